"""A process that claims jobs until there are none, and prints their ids. Started by test_store_claims.py."""

import sys

from store.database import begin_write, make_session_factory, open_database
from store.jobs import claims

db = make_session_factory(open_database(sys.argv[1]))
while True:
    with begin_write(db) as s:
        held = claims.claim(s, "process", 30)
    if held is None:
        break
    sys.stdout.write(held.job_id + "\n")
