"""The worker: it claims datasets and jobs, ingests, trains, and records every epoch and the model.

Celery belongs here and nowhere else but in the service's hints. HTTP does not belong here. A message of the broker is a
hint; the database decides who works on what.
"""
