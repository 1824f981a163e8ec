"""Where the model's code runs: one worker process, one pipe, nothing else."""
