"""The folder that MLflow loads a model from: its description, and what loads the model's Python file, by its kind."""
