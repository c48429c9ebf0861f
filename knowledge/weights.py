"""How much each piece of a message speaks for each topic, kind, nature and for urgency: a table that anybody can read.

`data/lexicon/weights.tsv` has a row for each piece (one to three characters) and each of the lexicon's own signs (with a = before
it), and a column for each scale, in hundredths. `knowledge.learn` counts it from the example messages in `data/examples`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from math import sqrt

import numpy as np
import numpy.typing as npt

from .signs import OWN, Signs
from .topics import Nature, RequestKind, Topic

URGENT = "urgent"
SCALES: tuple[str, ...] = (*Topic, *RequestKind, *Nature, URGENT)
TOPICS = slice(0, len(Topic))
KINDS = slice(TOPICS.stop, TOPICS.stop + len(RequestKind))
NATURES = slice(KINDS.stop, KINDS.stop + len(Nature))
BIAS = "=*"  # the row that counts in every message
HUNDREDTHS = 100.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """The sum on every scale, and what made it up."""

    scores: list[float]
    rows: npt.NDArray[np.float32]  # what each piece that the table knows gave to each scale


class Weights:
    """The table in memory. Read only; weighing costs some 20 microseconds."""

    def __init__(self, names: Sequence[str], matrix: npt.NDArray[np.float32], counted_from: str = "") -> None:
        """`matrix` gives each piece, and each sign after a =, its weight on each of SCALES; `counted_from` names the examples behind it."""
        self._place = {name: place for place, name in enumerate(names)}
        self._matrix = matrix
        self._bias = self._place.pop(BIAS, None)
        self._own = {name: self._place.pop(f"={name}") for name in OWN if f"={name}" in self._place}
        self.counted_from = counted_from

    def __len__(self) -> int:
        return len(self._place)

    def weigh(self, signs: Signs) -> Weighed:
        """Add up what the signs say. A long message's pieces weigh less each, so that length alone decides nothing."""
        get, own = self._place.get, self._own
        known = [place for piece in signs.pieces if (place := get(piece)) is not None]
        rows = self._matrix.take(known, axis=0)
        scores = rows.sum(axis=0) / sqrt(len(known) or 1)
        spoken = [name for name in signs.own if name in own]
        if spoken:
            values = np.array([signs.own[name] for name in spoken], dtype=np.float32)
            scores += values @ self._matrix.take([own[name] for name in spoken], axis=0)
        if self._bias is not None:
            scores += self._matrix[self._bias]
        return Weighed(scores.tolist(), rows)

    def known(self, pieces: Iterable[str]) -> list[str]:
        """Those of the pieces that the table has, in the order of `Weighed.rows`."""
        return [piece for piece in pieces if piece in self._place]


def load_weights(file: Traversable) -> Weights:
    """Read the table. Raises ValueError, naming the line, if a row does not fit the heading."""
    lines = file.read_text(encoding="utf-8").splitlines()
    counted_from = lines[0].removeprefix("# ")
    heading = tuple(lines[1].split("\t")[1:])
    if heading != SCALES:
        raise ValueError(
            f"{file.name} line 2: the columns are not {' '.join(SCALES)}; count the weights again: python -m bot knowledge learn"
        )
    names, numbers = [], []
    for line in lines[2:]:
        name, _, rest = line.partition("\t")
        names.append(name)
        numbers.append(rest)
    values = np.fromstring("\t".join(numbers), dtype=np.float32, sep="\t")
    if len(values) != len(names) * len(SCALES):
        number = next(place for place, rest in enumerate(numbers, start=3) if rest.count("\t") != len(SCALES) - 1)
        raise ValueError(f"{file.name} line {number}: {len(SCALES)} whole numbers were expected")
    return Weights(names, values.reshape(len(names), len(SCALES)) / np.float32(HUNDREDTHS), counted_from)
