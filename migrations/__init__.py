"""How the tables came to be: one step per file, each up and down, applied under a lock before anything starts."""
