import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.layout import InlineKeyboard, MenuKeyboard, Piece, keyboard, pieces, split, units
from handlers.conversation import Button, Reply
from union.emphasis import joined


def bold_words(piece: Piece) -> list[str]:
    """What is bold, cut out as Telegram does: by UTF-16 units. Half an emoji would raise."""
    wide = piece.text.encode("utf-16-le")
    return [wide[at * 2 : (at + length) * 2].decode("utf-16-le") for at, length in piece.bold]


PARAGRAPH = "用人单位应当按月支付工资。" * 10


@pytest.mark.parametrize(("text", "length"), [("", 0), ("工会", 2), ("a", 1), ("😀", 2), ("京卡🎉", 4)])
def test_a_text_is_as_long_as_telegram_counts_it(text: str, length: int) -> None:
    assert units(text) == length


def test_a_short_text_stays_whole() -> None:
    assert split("您好") == ["您好"]


def test_a_text_of_exactly_the_limit_stays_whole_and_one_more_unit_makes_two() -> None:
    assert [units(part) for part in split("工" * 4096)] == [4096]
    assert [units(part) for part in split("工" * 4097)] == [4096, 1]
    assert [units(part) for part in split("😀" * 2049)] == [4096, 2]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("一二三四五六\n\n七八\n九。十十十", "一二三四五六"),
        ("一二三四五六\n七八。九十十十", "一二三四五六"),
        ("一二三四五六。七八，九十十十", "一二三四五六。"),
        ("一二三四五六，七八九十十十", "一二三四五六，"),
        ("one two three four", "one two"),
        ("一二三四五六七八九十十十", "一二三四五六七八九十"),
    ],
)
def test_a_long_text_is_cut_between_paragraphs_else_lines_else_sentences_else_words(text: str, first: str) -> None:
    assert split(text, 10)[0] == first


def test_a_break_in_the_first_half_is_no_reason_for_a_tiny_message() -> None:
    assert split("一。二三四五六七八九十十十", 10)[0] == "一。二三四五六七八九"


@given(st.text(st.sampled_from("工会 。，\n😀a"), max_size=300), st.integers(2, 40))
def test_no_part_is_blank_or_too_long_and_no_word_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part.strip() and units(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_the_title_is_bold_and_measured_in_units() -> None:
    assert pieces(Reply(title="进展🎉", text="律师已接单")) == [Piece("进展🎉\n律师已接单", bold=((0, 4),))]


def test_only_the_first_part_of_a_long_text_has_the_title() -> None:
    first, *others = pieces(Reply(title="办理结果", text="\n\n".join([PARAGRAPH] * 60)))
    assert first.bold == ((0, 4),)
    assert first.text.startswith("办理结果\n用人")
    assert others
    assert all(part.bold == () for part in others)


def test_a_title_alone_is_a_message_and_blanks_are_none() -> None:
    assert pieces(Reply(title=" 通知 ", text="")) == [Piece("通知", bold=((0, 2),))]
    assert pieces(Reply(text=" \n ")) == []


def test_what_is_bold_in_the_text_is_measured_in_units_below_the_title() -> None:
    text, bold = joined([(" \n😀请", False), ("带😀证", True), ("，", False), ("九点", True)])
    (piece,) = pieces(Reply(title="体检🎉", text=text, bold=bold))
    assert piece == Piece("体检🎉\n😀请带😀证，九点", bold=((0, 4), (8, 4), (13, 2)))
    assert bold_words(piece) == ["体检🎉", "带😀证", "九点"]


def test_what_a_phone_can_not_show_moves_nothing_that_is_bold() -> None:
    text, bold = joined([("工\x00会", False), ("通\x00知", True)])
    assert pieces(Reply(text=text, bold=bold)) == [Piece("工会通知", bold=((2, 2),))]


@given(
    st.lists(st.tuples(st.text(st.sampled_from("工会。，\n 😀a"), max_size=20), st.booleans()), max_size=12),
    st.text(st.sampled_from("通知 😀"), max_size=12),
    st.integers(2, 40),
)
def test_bold_survives_the_cut_into_pieces(runs: list[tuple[str, bool]], title: str, limit: int) -> None:
    text, bold = joined(runs)
    laid = pieces(Reply(title=title, text=text, bold=bold), limit)
    said = "".join([title, *(part for part, is_bold in runs if is_bold)])
    assert "".join("".join(word for piece in laid for word in bold_words(piece)).split()) == "".join(said.split())
    assert [piece.text for piece in laid] == [piece.text for piece in pieces(Reply(title=title, text=text), limit)]


def test_stars_in_a_message_of_a_person_stay_as_they_were_written() -> None:
    assert pieces(Reply(text="**你们**\n- 到底管不管")) == [Piece("**你们**\n- 到底管不管")]


def test_what_no_phone_can_show_is_taken_out() -> None:
    assert pieces(Reply(text="工\x00会\ud83d")) == [Piece("工会?")]


def test_an_empty_menu_takes_the_menu_away_and_none_leaves_it() -> None:
    assert keyboard(Reply(text="好", menu=())) == MenuKeyboard(())
    assert keyboard(Reply(text="好", menu=(("法律咨询", "我要维权"),))) == MenuKeyboard((("法律咨询", "我要维权"),))
    assert keyboard(Reply(text="好")) is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=1", True),
        ("http://10.0.0.1:12351/", True),
        ("tg://user?id=1", True),
        ("http://localhost:12351/", False),
        ("javascript:alert(1)", False),
        ("ftp://example.org", False),
        ("http://[::1", False),
    ],
)
def test_a_link_that_telegram_would_refuse_costs_its_button_and_not_the_message(url: str, kept: bool) -> None:
    choice, link = Button(label="好", choice="ok"), Button(label="看", url=url)
    assert keyboard(Reply(text="好", buttons=((choice,), (link,)))) == InlineKeyboard(((choice,), (link,)) if kept else ((choice,),))
    assert keyboard(Reply(text="好", buttons=((link,),))) == (InlineKeyboard(((link,),)) if kept else None)
