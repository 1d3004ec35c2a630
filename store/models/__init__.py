"""Models: what training produced, how a reference finds one, and the insights stored with it."""
