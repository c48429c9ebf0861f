"""The marks of a notice's text: what they mean, what is wrong with them, and that everything else stays as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from union.emphasis import joined, marked, read, runs_of, within

texts = st.text(st.sampled_from("工会 *-·\n😀a<b>&_`{}"), max_size=80)


def bold(text: str) -> list[str]:
    found = read(text)
    return [found.text[start:end] for start, end in found.bold]


@pytest.mark.parametrize(
    ("typed", "shown", "emphasized"),
    [
        ("周六**上午九点**来", "周六上午九点来", ["上午九点"]),
        ("**一**和**二**\n**三**", "一和二\n三", ["一", "二", "三"]),
        ("😀**😀要紧**", "😀😀要紧", ["😀要紧"]),
        ("- 身份证\n- **京卡**\n其他", "· 身份证\n· 京卡\n其他", ["京卡"]),
        ("-不是\n 1 - 2\n", "-不是\n 1 - 2\n", []),
        ("<b>字</b> *斜* _线_ `码` [名](https://a.cn)", "<b>字</b> *斜* _线_ `码` [名](https://a.cn)", []),
        ("详见 **https://example.cn/a**", "详见 https://example.cn/a", ["https://example.cn/a"]),
    ],
)
def test_two_stars_make_bold_and_a_dash_makes_a_line_of_a_list(typed: str, shown: str, emphasized: list[str]) -> None:
    assert (read(typed).text, bold(typed)) == (shown, emphasized)


@pytest.mark.parametrize(
    ("typed", "unpaired", "empty"),
    [
        ("好\n好\n请**带证件", (3,), ()),
        ("**一\n二**", (1, 2), ()),
        ("****", (), (1,)),
        ("好** **好", (), (1,)),
        ("**一** **", (1,), ()),
    ],
)
def test_marks_that_are_not_right_are_named_by_line_and_stay_letters(typed: str, unpaired: tuple[int, ...], empty: tuple[int, ...]) -> None:
    found = read(typed)
    assert (found.unpaired, found.empty) == (unpaired, empty)
    assert "**" in found.text


@given(texts.filter(lambda text: "**" not in text))
def test_a_text_without_marks_is_unchanged(text: str) -> None:
    found = read(text)
    assert (found.bold, found.unpaired, found.empty) == ((), (), ())
    assert found.text == "\n".join("· " + line[2:] if line.startswith("- ") else line for line in text.split("\n"))


@given(texts)
def test_bold_lies_within_the_text_in_order_on_one_line_and_no_word_is_lost(text: str) -> None:
    found = read(text)
    at = 0
    for start, end in found.bold:
        assert at <= start < end <= len(found.text)
        assert "\n" not in found.text[start:end]
        at = end
    assert found.text.replace("*", "").replace("·", "-") == text.replace("*", "").replace("·", "-")
    assert joined(runs_of(found.text, found.bold)) == (found.text, found.bold)


@given(texts, st.integers(0, 80), st.integers(0, 80))
def test_a_piece_has_the_bold_that_lies_in_it(text: str, one: int, other: int) -> None:
    found = read(text)
    start, end = sorted((min(one, len(found.text)), min(other, len(found.text))))
    places = {place for a, b in found.bold for place in range(a, b)}
    assert {start + place for a, b in within(found.bold, start, end) for place in range(a, b)} == places & set(range(start, end))


def test_what_an_app_has_made_bold_gets_its_marks_back_in_every_line() -> None:
    assert marked("请带 身份证\n\n京卡来", ((2, 10),)) == "请带 **身份证**\n\n**京卡**来"
    assert marked("不变", ()) == "不变"
