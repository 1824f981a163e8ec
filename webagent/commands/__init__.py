"""The commands beside `run`: each a file of its own."""
