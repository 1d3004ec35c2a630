"""For operators: health, metrics, the doctor, and the first key."""
