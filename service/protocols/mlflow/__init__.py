"""MLflow's protocols: its scoring server's for every model, and the list of endpoints of its deployment client."""
