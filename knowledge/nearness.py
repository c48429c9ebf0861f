"""Which of many sample questions a message is nearest to: the cosine between the pieces they are written with.

A piece is one, two or three characters in a row (`text.pieces`); a piece that few questions have weighs more. This is what search
engines do with words, and it needs no dictionary: 没签合同 and 没跟我签劳动合同 share 没, 签, 合同 …
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Similarities = npt.NDArray[np.float32]


COMMON, LEAST_COMMON = 0.1, 8  # the share, and the number, of questions from which on a piece is common


class Nearness:
    """An index over sample questions, each given by its pieces. Built once; finding costs some 100 microseconds for 2,000 questions."""

    def __init__(self, questions: Sequence[Iterable[str]]) -> None:
        self._count = len(questions)
        self._number: dict[str, int] = {}
        numbers, places = array("i"), array("i")
        for place, pieces in enumerate(questions):
            for piece in pieces:
                numbers.append(self._number.setdefault(piece, len(self._number)))
                places.append(place)
        piece_of, place_of = np.frombuffer(numbers, dtype=np.int32), np.frombuffer(places, dtype=np.int32)
        holders = np.bincount(piece_of, minlength=len(self._number))
        self._rarity = np.log((1 + self._count) / np.maximum(holders, 1)) ** 2
        length = np.sqrt(np.maximum(np.bincount(place_of, self._rarity[piece_of], self._count), 1e-9))
        order = np.argsort(piece_of, kind="stable")
        self._places = place_of[order]
        self._weights = self._rarity[piece_of[order]] / length[self._places]
        starts = np.concatenate([[0], np.cumsum(holders)]).tolist()
        # What every tenth question has (我, 不, 公司) tells none of them apart and would cost most of the time: it counts in the lengths only.
        tells = holders <= max(LEAST_COMMON, self._count * COMMON)
        self._number = {piece: number for piece, number in self._number.items() if tells[number]}
        self._spans = [slice(first, last) for first, last in pairwise(starts)]

    def __len__(self) -> int:
        return self._count

    def find(self, pieces: Iterable[str]) -> Similarities:
        """How near the message with these pieces is to each question, 0 to 1, in the order they were given."""
        known = [number for piece in pieces if (number := self._number.get(piece)) is not None]
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        spans = [self._spans[number] for number in known]
        places = np.concatenate([self._places[span] for span in spans])
        weights = np.concatenate([self._weights[span] for span in spans])
        length = np.sqrt(self._rarity[known].sum()) or 1.0
        return (np.bincount(places, weights, self._count) / length).astype(np.float32)
