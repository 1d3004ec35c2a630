"""Golden bits: what small trainings gave when the arithmetic's number was last raised, for each kind of kernels."""

import json
import os
from pathlib import Path

import pytest

from tests.unit.worker.golden_bits import TRAININGS, read_forced
from worker.fingerprint import ARITHMETIC

GOLDEN = json.loads(Path(__file__).with_name("golden_bits.json").read_text())
"""What `golden_bits.py` printed, by the number of the arithmetic and the kind of environment."""


def test_the_arithmetic_of_this_number_gives_its_golden_bits() -> None:
    found = read_forced()
    by_kind = GOLDEN.get(str(ARITHMETIC), {})

    assert list(GOLDEN) == [str(ARITHMETIC)], "record the bits of the new number alone, for every kind that stands here"
    assert found["arithmetic"] == ARITHMETIC
    assert all(set(golden) == set(TRAININGS) for golden in by_kind.values())
    for name, golden in next(iter(by_kind.values())).items():
        assert found["bits"][name]["inputs"] == golden["inputs"], f"encoders give other bits on all kinds: {name}"
    if found["kind"] not in by_kind:
        advice = (
            f"golden_bits.json has no bits of {found['kind']!r}: add what `golden_bits.py` prints under FORCED with "
            "a version of Gradus whose bits are right on a kind that it has"
        )
        if os.environ.get("CI"):
            pytest.fail(advice)
        pytest.skip(advice)
    assert found["bits"] == by_kind[found["kind"]], (
        "The arithmetic gives other bits. If that is meant, raise ARITHMETIC in worker/fingerprint.py and record them "
        "anew; if not, a change altered the results of users."
    )
