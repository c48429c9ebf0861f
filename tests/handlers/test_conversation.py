"""The plain values between doors and conversations: they survive the database, and a bad one can't be made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation import Button, FileKind, FileReference, Incoming, Kind, Reply, Side, clean, pairs, rows
from union.emphasis import Spans, joined

texts = st.text(max_size=60).map(clean)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
files = st.builds(FileReference, handle=texts, kind=st.sampled_from(FileKind), name=texts, mime=texts, size=st.integers(0, 2**40))
coordinates = st.floats(-180, 180, allow_nan=False)
arrivals = st.builds(
    Incoming, door=texts, address=texts, event_id=texts, side=st.sampled_from(Side), kind=st.sampled_from(Kind), at=moments,
    text=texts, file=st.none() | files, place=st.none() | st.tuples(coordinates, coordinates), message_ref=texts, group=texts,
)  # fmt: skip
bold_texts = st.lists(st.tuples(texts, st.booleans()), max_size=5).map(joined)
labels = st.text(min_size=1, max_size=20).map(clean)
choices = st.text(st.characters(codec="ascii"), min_size=1, max_size=64)
buttons = st.builds(lambda label, choice: Button(label=label, choice=choice), labels, choices)
replies = st.builds(
    Reply, text=texts, title=texts, buttons=st.lists(st.lists(buttons, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
    file=st.none() | st.integers(1, 2**40), edit=texts, slot=texts,
)  # fmt: skip


@given(arrivals)
def test_what_came_in_is_the_same_after_the_inbox(incoming: Incoming) -> None:
    again = Incoming.from_json(incoming.door, incoming.address, incoming.event_id, incoming.to_json())
    assert again == incoming


@given(replies)
def test_what_goes_out_is_the_same_after_the_outbox(reply: Reply) -> None:
    assert Reply.from_json(reply.to_json(), edit=reply.edit, slot=reply.slot) == reply


@given(bold_texts)
def test_what_is_bold_survives_inbox_and_outbox(marked: tuple[str, Spans]) -> None:
    text, bold = marked
    reply = Reply(text=text, bold=bold)
    assert Reply.from_json(reply.to_json()) == reply
    said = Incoming(
        door="d", address="1", event_id="1", side=Side.DESK, kind=Kind.TEXT, at=datetime(2026, 11, 18, tzinfo=UTC), text=text, bold=bold
    )
    assert Incoming.from_json("d", "1", "1", said.to_json()) == said


@pytest.mark.parametrize("bold", [((0, 3),), ((1, 1),), ((1, 2), (0, 1)), ((-1, 1),)])
def test_nothing_is_bold_that_is_not_in_the_text(bold: Spans) -> None:
    with pytest.raises(ValueError, match="within the text"):
        Reply(text="工会", bold=bold)


@pytest.mark.parametrize("menu", [(), (("法律咨询", "我要维权"), ("更多",))])
def test_a_menu_survives_the_outbox_and_an_empty_one_is_not_none(menu: tuple[tuple[str, ...], ...]) -> None:
    assert Reply.from_json(Reply(text="好", menu=menu).to_json()).menu == menu
    assert Reply.from_json(Reply(text="好").to_json()).menu is None


def test_a_button_has_a_choice_or_a_link_and_not_both() -> None:
    with pytest.raises(ValueError, match="either"):
        Button(label="空")
    with pytest.raises(ValueError, match="either"):
        Button(label="两样", choice="a", url="https://example.org")


def test_a_choice_over_64_bytes_is_refused_in_bytes_and_not_in_characters() -> None:
    Button(label="好", choice="字" * 21)
    with pytest.raises(ValueError, match="64 bytes"):
        Button(label="好", choice="字" * 22)


def test_a_message_has_buttons_or_a_menu_and_not_both() -> None:
    with pytest.raises(ValueError, match="not both"):
        Reply(text="好", buttons=((Button(label="好", choice="a"),),), menu=())


@pytest.mark.parametrize(("dirty", "cleaned"), [("工\x00资", "工资"), ("工\ud83d资", "工?资"), ("👩‍👩‍👧 全角　好", "👩‍👩‍👧 全角　好")])
def test_text_is_made_storable_without_losing_more_than_it_must(dirty: str, cleaned: str) -> None:
    assert clean(dirty) == cleaned


@given(st.text())
def test_cleaned_text_can_be_encoded_and_holds_no_nul(text: str) -> None:
    assert b"\x00" not in clean(text).encode("utf-8")


def test_buttons_are_laid_in_rows_in_order() -> None:
    made = [Button(label=str(n), choice=str(n)) for n in range(5)]
    assert rows(made, 2) == ((made[0], made[1]), (made[2], made[3]), (made[4],))
    assert rows([], 2) == ()


def test_a_long_label_has_a_row_of_its_own() -> None:
    short, long = Button(label="仲裁受理", choice="a"), Button(label="最近一次向单位主张、投诉或单位答应", choice="b")
    assert pairs([short, long, short, short]) == ((short,), (long,), (short, short))
