"""For operators: health, metrics, the installation check, the adoption of files, and the bootstrap key."""
