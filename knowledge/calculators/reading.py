"""From what a person types to a value: one answer at a time, and what to say if it does not fit."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from ..numerals import NUMERALS, from_chinese
from ..quantities import read_amount, read_day
from .base import LARGEST_WAGE, BadInput, Input, Kind, Situation, Value

_LONGEST = 200
_FIRST_DAY, _LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)
_YES = {"是", "是的", "有", "对", "对的", "会", "要", "嗯", "好", "yes", "y", "true", "1", "√"}
_NO = {"不是", "否", "没有", "没", "无", "不", "不对", "不会", "不要", "不算", "no", "n", "false", "0", "×"}
_NUMBER = re.compile(rf"(?:大概|大约|约|共|一共)?(?P<number>[0-9]+(?:\.[0-9]+)?|[{NUMERALS}]+)?(?P<unit>[^0-9.]*)")
_SAID_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}|[一二][九〇零][一二三四五六七八九〇零]{2}年|[0-9]{2}年|[今去前]年|上一年")
_SAID_NEAR = re.compile(r"今|昨|前|刚|上个?月|上+个?(?:周|星期|礼拜)|本月|这个月")
_ENDINGS = ("多", "左右", "整", "了")


def read_input(asked: Input, text: str, situation: Situation) -> Value:
    """One typed answer as a value. Raises BadInput with what is expected."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).strip()
    value: Value
    match asked.kind:
        case Kind.MONEY:
            value = read_amount(plain)
        case Kind.DAY:
            value = _read_day(asked, plain, situation.today)
        case Kind.WHOLE:
            number = _read_number(asked, plain)
            value = int(number) if number is not None and number == number.to_integral_value() else None
        case Kind.NUMBER:
            value = _read_number(asked, plain)
        case Kind.YES_NO:
            value = _read_yes_no(plain)
        case Kind.CHOICE:
            value = _read_choice(asked, plain)
    if value is None:
        raise BadInput(asked.name, expected(asked))
    return bounded(asked, value, situation)


def expected(asked: Input) -> str:
    """What an input takes, in a sentence for the person."""
    example = f"，例如 {asked.example}" if asked.example else ""
    match asked.kind:
        case Kind.MONEY:
            return f"请填金额的数字（元）{example or '，例如 8000'}"
        case Kind.DAY:
            ahead = "" if asked.ahead else "，不能晚于今天"
            return f"请填年月日{example or '，例如 2021-03-15'}{ahead}"
        case Kind.WHOLE:
            return f"请填整数{_of_unit(asked)}{example or '，例如 3'}"
        case Kind.NUMBER:
            return f"请填数字{_of_unit(asked)}{example or '，例如 3 或 2.5'}"
        case Kind.YES_NO:
            return "请回答 是 或 否"
        case Kind.CHOICE:
            return "请选一个：" + "；".join(f"{place} {option.label}" for place, option in enumerate(asked.options, start=1))


def _of_unit(asked: Input) -> str:
    return f"（{asked.unit}）" if asked.unit else ""


def _read_day(asked: Input, plain: str, today: date) -> date | None:
    if not asked.ahead:
        return read_day(plain, today)
    # 12月31日 said of the day one leaves may be last year's or next month's: without a year it is asked again.
    if not _SAID_YEAR.search(plain) and not _SAID_NEAR.search(plain):
        return None
    been = read_day(plain, today)
    return been if been is not None else read_day(plain, _LAST_DAY) if re.search(r"(?:19|20)[0-9]{2}", plain) else None


def _read_number(asked: Input, plain: str) -> Decimal | None:
    """A number with its unit behind it or none: 3, 三, 3年, 两年半, 半年."""
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return None
    written, unit = found["number"], found["unit"].strip()
    half = "半" in unit
    unit = unit.replace("半", "", 1).strip()
    for ending in _ENDINGS:
        unit = unit.removesuffix(ending)
    if unit not in {"", asked.unit, asked.unit.removeprefix("个"), f"个{asked.unit}"}:
        return None
    over = Decimal("0.5") if half else Decimal(0)
    if written is None:
        return over if half else None
    if written[0] not in NUMERALS:
        return Decimal(written) + over
    whole = None if written[0] in "百千万亿" else from_chinese(written)
    return None if whole is None else whole + over


def _read_yes_no(plain: str) -> bool | None:
    word = plain.lower().rstrip("。.!,，了的呢啊吧")
    return True if word in _YES else False if word in _NO else None


def _read_choice(asked: Input, plain: str) -> str | None:
    labels = {option.key: unicodedata.normalize("NFKC", option.label) for option in asked.options}
    for place, (key, label) in enumerate(labels.items(), start=1):
        if plain in {key, label, str(place)}:
            return key
    near = [key for key, label in labels.items() if len(plain) >= 2 and plain in label]
    return near[0] if len(near) == 1 else None


def typed(asked: Input, value: Value) -> Value:
    """The value if its type is the input's; whole numbers do for decimal ones. Raises BadInput."""
    match asked.kind:
        case Kind.MONEY | Kind.NUMBER:
            if isinstance(value, int) and not isinstance(value, bool):
                return Decimal(value)
            fits = isinstance(value, Decimal) and value.is_finite()
        case Kind.DAY:
            fits = type(value) is date
        case Kind.WHOLE:
            fits = type(value) is int
        case Kind.YES_NO:
            fits = isinstance(value, bool)
        case Kind.CHOICE:
            fits = value in {option.key for option in asked.options}
    if not fits:
        raise BadInput(asked.name, expected(asked))
    return value


def bounded(asked: Input, value: Value, situation: Situation) -> Value:
    """The value if it lies within what is possible. Raises BadInput."""
    if isinstance(value, date):
        last = _LAST_DAY if asked.ahead else situation.today
        if not _FIRST_DAY <= value <= last:
            raise BadInput(asked.name, expected(asked))
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        least = asked.least if asked.least is not None else Decimal(0)
        most = asked.most if asked.most is not None else LARGEST_WAGE
        if not least <= value <= most:
            raise BadInput(asked.name, f"{expected(asked)}。应在 {least:,f} 到 {most:,f} 之间")
    return value
