"""Bodies: how bytes from strangers become something to trust, a bounded piece at a time."""
