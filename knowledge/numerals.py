"""Chinese numerals, both ways."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import cache

_DIGITS = "零一二三四五六七八九"
_VALUES = {
    **{char: value for value, char in enumerate(_DIGITS)},
    **{char: value for value, char in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
NUMERALS = "".join({*_VALUES, *_UNITS, *_LARGE})


@cache  # a few hundred articles, cited again and again
def to_chinese(number: int) -> str:
    """1 to 9999 as an article's number is written: 47 -> 四十七, 103 -> 一百零三."""
    if not 0 < number < 10_000:
        raise ValueError(f"no article has the number {number}")
    written, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + name
        gap = not digit
    return written.removeprefix("一") if written.startswith("一十") else written


def from_chinese(written: str) -> int | None:
    """An integer written in Chinese numerals; 三万五 and 一千二 are read the way they are spoken. None if it is not one."""
    if not written:
        return None
    if all(char in _VALUES for char in written):  # 二〇二六
        return int("".join(str(_VALUES[char]) for char in written))
    total, section, digit, last = 0, 0, 0, 1
    after_zero = False
    for char in written:
        if char in _VALUES:
            digit, after_zero = _VALUES[char], after_zero or _VALUES[char] == 0
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit, last, after_zero = 0, _UNITS[char], False
        elif char in _LARGE:
            total = (total + section + digit) * _LARGE[char]
            section, digit, last, after_zero = 0, 0, _LARGE[char], False
        else:
            return None
    if digit and not after_zero and last > 10:  # 三万五 is 35000, 三万零五 is 30005
        digit *= last // 10
    return total + section + digit


def decimal_of(written: str) -> Decimal | None:
    """A number in Arabic digits, with separators and a decimal point if any."""
    try:
        return Decimal(written.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None
