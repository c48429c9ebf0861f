"""Counting the weights from the examples: `python -m bot knowledge learn`.

Four linear classifiers (topic, kind, nature, urgency) are fitted to the same signs and written as one table of whole numbers that
people can read. scikit-learn does the fitting and is needed here only: `pip install -e '.[learn]'`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .answers import load_answers
from .articles import load_digest
from .evaluate import is_kept_back
from .examples import Example, digest_of, read_examples
from .folder import data_folder
from .lexicon import Lexicon, load_lexicon, named_lists
from .signs import OWN, Signer, Signs
from .topics import Nature, RequestKind, Topic
from .variation import Variation
from .weights import BIAS, HUNDREDTHS, KINDS, NATURES, SCALES, TOPICS

LEAST_HOLDERS = 4  # a piece that hardly any example has says nothing about others
OWN_SHARE = 0.5  # how much the lexicon's own word counts before anything is learned
SLACK = 0.7  # the C of the support vector machines
NEGLIGIBLE = 0.2  # a piece that speaks less than this for every topic and kind is left out of the table

COPIES, VARIED_WORTH = 1, 0.4  # variations of each example, and what one of them counts beside it

Table = dict[str, npt.NDArray[np.float64]]
Matrix = Any  # scipy's sparse matrices have no types


def learn(examples: Sequence[Example], lexicon: Lexicon, variation: Variation, asked: Sequence[tuple[str, Topic]] = ()) -> Table:
    """The weights of every piece that tells something about topic or kind, and of every sign, on each of SCALES.

    `asked` are questions whose topic alone is known (those that the answers serve). Topics are learned from the examples and from
    COPIES variations of each; kind and nature hang on how a thing is said, so they are learned from the examples as they stand.
    """
    said = [*((example.text, example.topics[0]) for example in examples), *asked]
    known = {text for text, _ in said}
    varied = [(variation.vary(text, copy), topic) for copy in range(COPIES) for text, topic in said]
    about = [*said, *((text, topic) for text, topic in varied if text not in known)]
    signs = signs_of([text for text, _ in about], lexicon)
    holders = Counter(piece for each in signs for piece in each.pieces)
    words = sorted(piece for piece, count in holders.items() if count >= LEAST_HOLDERS and "=" not in piece)
    table = _table(words, signs, about, examples, len(said))
    # Learned once more with the telling pieces alone: what a piece is worth depends on how many others there are.
    telling = [word for word, row in zip(words, table, strict=False) if np.abs(row[: NATURES.start]).max() >= NEGLIGIBLE]
    table = _table(telling, signs, about, examples, len(said))
    table[len(telling) : -1] *= OWN_SHARE
    return dict(zip([*telling, *(f"={name}" for name in OWN), BIAS], table, strict=True))


def _table(
    words: Sequence[str], signs: Sequence[Signs], about: Sequence[tuple[str, Topic]], examples: Sequence[Example], said: int
) -> npt.NDArray[np.float64]:
    """Fits the four classifiers. The first of `about` are the examples, the first `said` are not varied."""
    matrix = _matrix(signs, {word: place for place, word in enumerate(words)})
    table = np.zeros((matrix.shape[1] + 1, len(SCALES)))
    kinds = [place for place, example in enumerate(examples) if example.kind is not None]
    disputes = [place for place, example in enumerate(examples) if example.nature is not None]
    worth = np.where(np.arange(len(about)) < said, 1.0, VARIED_WORTH)
    table[:, TOPICS] = _fit(matrix, [topic for _, topic in about], range(len(about)), list(Topic), worth)
    table[:, KINDS] = _fit(matrix, [example.kind for example in examples], kinds, list(RequestKind))
    table[:, NATURES] = _fit(matrix, [example.nature for example in examples], disputes, list(Nature))
    table[:, -1:] = _fit(matrix, [example.urgent for example in examples], kinds, [True])
    return table


def signs_of(texts: Sequence[str], lexicon: Lexicon) -> list[Signs]:
    """The signs of each text."""
    signer = Signer(lexicon)
    return [signer.find(lexicon.plain(text)) for text in texts]


def _matrix(signs: Sequence[Signs], place: Mapping[str, int]) -> Matrix:
    from scipy.sparse import csr_matrix, hstack

    rows, columns, values = [], [], []
    for row, each in enumerate(signs):
        known = [place[piece] for piece in each.pieces if piece in place]
        rows += [row] * len(known)
        columns += known
        values += [1 / np.sqrt(len(known) or 1)] * len(known)
    own = csr_matrix(np.array([[each.own.get(name, 0.0) * OWN_SHARE for name in OWN] for each in signs]))
    return hstack([csr_matrix((values, (rows, columns)), shape=(len(signs), len(place))), own]).tocsr()


def _fit(
    matrix: Matrix, labels: Sequence[Any], chosen: Sequence[int], scales: Sequence[Any], worth: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """A column of weights (pieces, own signs, bias) for each scale: one against the rest, rare scales weighing as much as common ones."""
    from sklearn.svm import LinearSVC

    told = np.array([str(labels[place]) for place in chosen])
    machine = LinearSVC(C=SLACK, class_weight="balanced", random_state=0).fit(matrix[chosen], told, sample_weight=worth)
    # Of two classes scikit-learn gives one column, that of the second in order: False, True.
    rows = np.column_stack([machine.coef_, machine.intercept_])
    columns = dict(zip(machine.classes_[-len(rows) :].tolist(), rows, strict=True))
    return np.stack([columns[str(scale)] for scale in scales], axis=1)


def write(weights: Table, counted_from: str, file: Path) -> int:
    """Write the table in hundredths; how many rows it has."""
    lines = [f"# {counted_from}", "\t".join(("", *SCALES))]
    lines += ["\t".join((name, *(str(round(float(weight) * HUNDREDTHS)) for weight in row))) for name, row in weights.items()]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(weights)


def labelled(folder: Path) -> list[Example]:
    """Real questions that are not part of the project, in the form `evaluate` reads: those that it does not keep back.

    The written messages beside them are left out: the lexicon was made with an eye on them, so that they would teach to trust it too much.
    """
    rows = [
        json.loads(line) for name in ("dev", "dev_extra") for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [_of_row(row) for row in rows if not is_kept_back(row["id"])]


def _of_row(row: Mapping[str, Any]) -> Example:
    kind = {"grievance": RequestKind.DISPUTE, "consult": RequestKind.CONSULT}.get(row["dispute"])
    return Example(
        text=row["text"],
        topics=(Topic(row["primary"]), *map(Topic, row["secondary"])),
        kind=kind,
        nature=None,
        articles=(),
        hand="labelled",
    )


def main(arguments: Sequence[str]) -> int:
    """`python -m knowledge.learn [DIR]`: count the weights and write them beside the lexicon.

    They are counted from the package's own examples, and from the labelled messages of a folder if one is given.
    """
    if len(arguments) > 1:
        sys.stderr.write("usage: python -m knowledge.learn [DIR]\n")
        return 2
    folder = Path(str(data_folder()))
    examples = read_examples(folder / "examples")
    counted_from = digest_of(folder / "examples") + (" and labelled messages" if arguments else "")
    lexicon = load_lexicon(folder)
    answers = load_answers(folder / "answers", load_digest(folder), lexicon)
    asked = [(question, answer.topic) for answer in answers.all.values() for question in answer.questions]
    examples += labelled(Path(arguments[0])) if arguments else []
    learned = learn(examples, lexicon, Variation(named_lists(folder / "lexicon" / "synonyms.txt")), asked)
    rows = write(learned, counted_from, folder / "lexicon" / "weights.tsv")
    sys.stderr.write(f"{len(examples)} examples, {rows} rows\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
