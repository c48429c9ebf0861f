"""What a conversation remembers survives the trip through the database, and a newer or older program reads what it knows of it."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from handlers.turn import Draft, State

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
values = st.dictionaries(texts, st.one_of(st.none(), texts, st.integers(0, 2**53), st.lists(st.integers(0, 9))), max_size=4)
drafts = st.builds(Draft, form=texts, id=texts, step=texts, values=values, about=st.integers(0, 2**53), editing=st.booleans())
states = st.builds(
    State,
    draft=st.none() | drafts,
    room=st.none() | st.integers(1, 2**53),
    topic=texts, request=texts, nature=texts, question=texts, then=texts, unsent=st.lists(texts, max_size=3),
    worked_out=st.none() | drafts,
)  # fmt: skip


@given(states)
def test_what_was_remembered_is_remembered(state: State) -> None:
    assert State.from_json(state.to_json()) == state


def test_nothing_to_remember_is_nothing_stored() -> None:
    assert State().to_json() is None
    assert State.from_json(None) == State()
    assert State.from_json(b"") == State()


def test_fields_that_this_program_does_not_know_are_dropped() -> None:
    stored = orjson.dumps({"topic": "wages", "mood": "angry", "draft": {"form": "f", "id": "i", "step": "s", "colour": "red"}})
    assert State.from_json(stored) == State(topic="wages", draft=Draft("f", "i", "s"))


def test_fields_that_an_older_program_did_not_write_have_their_defaults() -> None:
    assert State.from_json(b'{"room": 7}') == State(room=7)
