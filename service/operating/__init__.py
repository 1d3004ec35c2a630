"""For operators: health, metrics, the installation check, and the bootstrap key."""
