"""The history of the tables: one step per file, each up and down, applied under a lock before anything starts."""
