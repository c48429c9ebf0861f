"""A case's code can be said over a phone: whatever single mistake is made in saying it, it is caught."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from union.codes import check_digit, new_code, read_code, spoken

bodies = st.integers(1_000_000, 9_999_999).map(str)
codes = bodies.map(lambda body: f"{body}{check_digit(body)}")


@given(codes, st.integers(0, 7), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(code: str, place: int, off: int) -> None:
    wrong = str((int(code[place]) + off) % 10)
    assert read_code(code[:place] + wrong + code[place + 1 :]) is None


@given(codes, st.integers(0, 6))
def test_every_swap_of_neighbours_is_caught(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert read_code(swapped) == (code if swapped == code else None)


def test_every_wrong_digit_and_swap_of_a_hundred_codes_is_caught_without_exception() -> None:
    for _ in range(100):
        code = new_code()
        for place in range(8):
            for digit in "0123456789":
                changed = code[:place] + digit + code[place + 1 :]
                assert (read_code(changed) == code) == (changed == code)


@given(codes)
def test_a_code_is_read_back_however_it_is_spaced_or_typed(code: str) -> None:
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    for typed in (code, spoken(code), f" {code[:4]}-{code[4:]} ", full_width, f"编号：{spoken(code)}。"):
        assert read_code(typed) == code


def test_too_few_or_too_many_digits_are_no_code() -> None:
    code = new_code()
    assert read_code(code[:7]) is None
    assert read_code(code + "0") is None
    assert read_code("") is None


def test_a_new_code_has_eight_digits_and_never_begins_with_zero() -> None:
    for _ in range(200):
        code = new_code()
        assert len(code) == 8
        assert code[0] != "0"
        assert check_digit(code) == 0


def test_a_code_is_shown_in_two_groups_of_four() -> None:
    assert spoken("48291376") == "4829 1376"
