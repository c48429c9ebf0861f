"""Which sample question a message is nearest to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from knowledge.nearness import Nearness
from knowledge.text import pieces

QUESTIONS = ["年假没休完怎么算钱", "公司不给交社保", "被辞退有没有补偿"]


def _index() -> Nearness:
    return Nearness([pieces(question) for question in QUESTIONS])


def test_the_same_question_is_as_near_as_can_be() -> None:
    near = _index().find(pieces(QUESTIONS[1]))
    assert near.argmax() == 1
    assert near[1] > 0.99


def test_rare_pieces_count_for_more_than_common_ones() -> None:
    near = _index().find(pieces("社保怎么办"))
    assert near.argmax() == 1


def test_nothing_in_common_is_not_near() -> None:
    assert not _index().find(pieces("zzz")).any()


@given(st.text(max_size=80))
def test_nearness_lies_between_nothing_and_the_same(text: str) -> None:
    near = _index().find(pieces(text))
    assert len(near) == len(QUESTIONS)
    assert ((near >= 0) & (near <= 1.0001)).all()
