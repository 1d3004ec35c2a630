"""The operating system's affairs: parent death, memory, cores, flags shared by processes, the log.

Only the standard library is imported here, and structlog for the log. Nothing of the product belongs here; every other
room may import it.
"""
