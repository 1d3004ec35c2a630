"""The operating system's affair, with the standard library alone: parent death, memory and cores, logging, shutdown.

Nothing of the product belongs here; every other room may import it.
"""
