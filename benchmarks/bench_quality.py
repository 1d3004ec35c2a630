"""How good models are by default, beside linear models, forests, boosted trees and scikit-learn's MLP: real tables.

Every contestant has its defaults, one core, and the same rows: 70 % to learn from, the rest to be measured on, for each
seed. Prints ranks and normalised scores, and wins minus losses; --json writes each result as well.
"""

import argparse
import json
import time
from pathlib import Path

import pandas as pd
from quality.contestants import PEERS, GradusService
from quality.real_tables import TABLES
from quality.scores import measure, summarize
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).parents[1]
PRESETS = ("fast", "balanced")
SUBJECT = "Gradus, balanced"


def main() -> None:
    """Train everything, and print what came of it."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--all", action="store_true", help="all tables; by default eight small ones")
    arguments.add_argument("--tables", help="these tables, between commas")
    arguments.add_argument("--seeds", type=int, default=1, help="how many splits")
    arguments.add_argument("--gradus", type=Path, default=ROOT / ".venv/bin/gradus", help="the program")
    arguments.add_argument("--json", type=Path, help="the file for all results, written after each table")
    arguments.add_argument("--peers", type=Path, help="such a file, of which all but the subject is taken over")
    given = arguments.parse_args()
    names = given.tables.split(",") if given.tables else None
    tables = [each for each in TABLES if (each.name in names if names else given.all or each.short)]
    known = {
        (each["table"], each["seed"], each["contestant"]): each
        for each in (json.loads(given.peers.read_text()) if given.peers else [])
        if each["contestant"] != SUBJECT
    }
    service = GradusService(given.gradus)
    try:
        contestants = {f"Gradus, {preset}": service.create_contestant(preset=preset) for preset in PRESETS} | PEERS
        results: list[dict[str, object]] = []
        for table in tables:
            rows = table.read()
            classes = None if table.task == "regression" else rows[table.target]
            for seed in range(given.seeds):
                train, test = train_test_split(rows, test_size=0.3, random_state=seed, stratify=classes)
                for name, predict in contestants.items():
                    if (taken := known.get((table.name, seed, name))) is not None:
                        results.append(taken)
                        continue
                    began = time.monotonic()
                    predictions = predict(train, test.drop(columns=table.target), table.target, table.task, seed)
                    seconds = time.monotonic() - began
                    found = measure(predictions, test[table.target], table.task)
                    results.append(
                        {"table": table.name, "seed": seed, "contestant": name, **found._asdict(), "seconds": seconds}
                    )
                    print(f"{table.name:16} {seed} {name:18} {found.score:7.3f} {found.proper:7.3f} {seconds:6.1f} s")
            if given.json is not None:
                given.json.write_text(json.dumps(results, indent=1) + "\n")
    finally:
        service.stop()
    lines, duels = summarize(pd.DataFrame(results), SUBJECT, ["Gradus, fast", *PEERS])
    pd.set_option("display.width", 200, "display.max_columns", 20)
    print(f"\n{len(tables)} tables, {given.seeds} of each\n\n{lines.round(3).to_string()}")
    print(f"\n{SUBJECT} against each\n\n{duels.round(3).to_string()}")


if __name__ == "__main__":
    main()
