"""How good models are by default, beside what else a person could train on the same table."""
