"""What happened, on disk: the folder of one run, written as it happens and read back."""
