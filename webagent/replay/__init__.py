"""A recorded session through the real agent again, and what was no more as it had been."""
