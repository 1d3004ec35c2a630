"""A process that claims jobs until there are none, and prints their ids. Started by test_store_claims.py."""

import sys

from store.database import open_database, sessions, writing
from store.jobs import claims

db = sessions(open_database(sys.argv[1]))
while True:
    with writing(db) as s:
        held = claims.claim(s, "process", 30)
    if held is None:
        break
    sys.stdout.write(held.job_id + "\n")
