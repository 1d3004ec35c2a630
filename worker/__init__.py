"""The worker: it claims datasets and jobs, ingests, trains, records every epoch, and hands back the model.

Celery belongs here and nowhere else but in the service's hints. HTTP does not belong here. A message of the broker is a
hint; the database decides who works on what.
"""
