"""The launcher: starts, supervises and stops broker, migrations, service and workers on one machine.

Here belongs what restarts processes and leaves none behind. Of the other rooms it knows command lines, settings and the
readiness check, nothing else.
"""
