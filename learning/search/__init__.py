"""Hyperparameter search: what may be tried, what each trial draws, which trials go on, and which setting matters."""
