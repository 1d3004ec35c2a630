"""Tracking: jobs logged to an MLflow server, apart from their training."""
