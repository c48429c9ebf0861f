"""Amounts and days as workers type them: 三万五, 8k, 去年10月, 前天."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .numerals import NUMERALS, decimal_of, from_chinese

LARGEST_AMOUNT = Decimal(1_000_000_000)
_LONGEST = 200  # an answer to a form's question, not a story
_MONEY = re.compile(rf"[元块圆kw千万亿百]|\d{{5}}|[{NUMERALS}]{{2}}")
_HOTLINE = re.compile(r"1[02]\d{3}|1\d{10}|\d{7,}")  # 12333 was rung, not owed
_SCALES = {"": 1, "十": 10, "百": 100, "千": 1_000, "k": 1_000, "w": 10_000, "万": 10_000, "千万": 10_000_000, "亿": 100_000_000}
_C = NUMERALS
_ARABIC = re.compile(
    r"(?P<minus>(?<!\d)-|负)?(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<scale>千万|[百千万亿kw])?(?P<rest>\d{1,4})?"
    r"(?P<more>[多来几])?\s*(?P<unit>元|块|圆|rmb|人民币)?(?P<other>[年月日号天岁个人点级周次号时])?"
)
_CHINESE = re.compile(
    rf"(?P<minus>负)?(?P<number>[{_C}]+)(?P<more>[多来几])?(?P<scale>[百千万亿])?\s*(?P<unit>元|块|圆)?(?P<other>[年月日号天岁个人点级周次时])?"
)


def read_amount(text: str) -> Decimal | None:
    """The amount of money (元) in a typed answer; None if there is none, or it is negative or absurd. Never raises.

    If there are several numbers, one marked as money (元, 块, 万, k) goes before bare ones, of which the
    largest is taken; 3个月 and 8号 are no money.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).lower().replace("¥", "").replace("￥", "")
    marked: list[Decimal] = []
    bare: list[Decimal] = []
    for _, found, value in _sums(plain):
        if found["minus"]:
            return None
        (marked if _is_marked(found, value) else bare).append(value)
    amount = marked[0] if marked else max(bare, default=None)
    if amount is None or amount > LARGEST_AMOUNT:
        return None
    return _to_the_cent(amount)


def find_amounts(plain: str) -> list[Decimal]:
    """The amounts of money (元) that a story names, in its order, each once: only what is marked as money (元, 块, 万, k) or is large. Never raises."""
    if not _MONEY.search(plain):
        return []
    told = sorted(
        (place, value)
        for place, found, value in _sums(plain.lower())
        if _is_marked(found, value) and not found["minus"] and not _HOTLINE.fullmatch(found.group())
    )
    return list(dict.fromkeys(_to_the_cent(value) for _, value in told if 0 < value <= LARGEST_AMOUNT))


def _sums(plain: str) -> Iterator[tuple[int, re.Match[str], Decimal]]:
    """Every number that may be a sum of money: where it stands, how it was found, and its value."""
    for pattern, value_of in ((_ARABIC, _arabic_value), (_CHINESE, _chinese_value)):
        for found in pattern.finditer(plain):
            if found["other"] and not found["unit"]:
                continue
            value = value_of(found)
            if value is not None or found["minus"]:
                yield found.start(), found, value or Decimal(0)


def _is_marked(found: re.Match[str], value: Decimal) -> bool:
    return bool(found["unit"] or found["scale"]) or value >= 10_000


def _to_the_cent(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP).normalize() + Decimal(0)


def _arabic_value(found: re.Match[str]) -> Decimal | None:
    number = decimal_of(found["number"])
    if number is None:
        return None
    scale = _SCALES[found["scale"] or ""]
    value = number * scale
    rest = found["rest"]
    if rest and scale > 1:  # 3万5 is 35000, 3万5000 too
        value += int(rest) * (scale // 10 if len(rest) == 1 else 1)
    return value


def _chinese_value(found: re.Match[str]) -> Decimal | None:
    written = found["number"]
    number = from_chinese(written)
    # 一样 and 千万别 are no amounts: a lone digit needs a unit, and a unit needs a digit (十 does not).
    lone = len(written) == 1 and not found["scale"] and not found["unit"]
    if number is None or (lone and written != "十") or written[0] in "百千万亿":
        return None
    # 两千多万: what stands after 多 scales what stands before it.
    return Decimal(number) * _SCALES[found["scale"] or ""]


def amount_text(amount: Decimal) -> str:
    """As it is shown to people: 35,000 元, 12.50 元."""
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f} 元" if whole else f"{amount:,.2f} 元"


_N = rf"(\d{{1,4}}|[{_C}]+)"
_CALENDAR = re.compile(r"[年月日号周前]|礼拜|星期|\d[-/.]\d|20\d{6}")
EARLIEST_DAY = date(1950, 1, 1)
_DayOf = Callable[[re.Match[str], date], date | None]
_RELATIVE_YEARS = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3, "上一年": 1}
_RELATIVE_DAYS = {"今天": 0, "今日": 0, "今早": 0, "今晚": 0, "刚才": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "大前天": 3}
_MONTHS_AGO = {"这个月": 0, "本月": 0, "上个月": 1, "上月": 1, "上上个月": 2, "上上月": 2, "前个月": 2}
_WEEKDAYS = {char: place for place, char in enumerate("一二三四五六日")} | {"天": 6}
_Y = rf"(?:(\d{{4}}|\d{{2}}|[{_C}]{{2,4}})年|(大前年|上一年|今年|去年|前年))"
_YEAR_MONTH_DAY = re.compile(rf"{_Y}的?{_N}月(?:份)?(?:{_N}[日号])?")
_NUMERIC = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2}))?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
_RELATIVE_MONTH_DAY = re.compile(rf"(上上个月|上上月|这个月|上个月|前个月|本月|上月)(?:{_N}[日号])?")
_MONTH_DAY = re.compile(rf"{_N}月(?:份)?(?:{_N}[日号])?")
_NUMERIC_MONTH_DAY = re.compile(r"(?<![\d.])(\d{1,2})[-/.](\d{1,2})(?![\d.])")
_AGO = re.compile(rf"(?:{_N}|(半))\s*(个半月|个月|个星期|个礼拜|星期|礼拜|年半|年|周|天|日)多?(?:以?前|之前)")
_WEEKDAY = re.compile(r"(上上|上)?个?(?:周|星期|礼拜)([一二三四五六日天])")
_YEAR_ONLY = re.compile(rf"{_Y}(年?底|年?初)?")
_A_YEAR = re.compile(r"\d{4}|[今去前上大]")
_DAY_ONLY = re.compile(rf"{_N}[日号]")


_AHEAD = ("明年", "后年", "明天", "后天", "下个月", "下月", "下周", "将来", "以后")


def read_day(text: str, today: date) -> date | None:
    """The day in a typed answer, seen from `today`; a month alone means its first. None if there is none or it lies ahead.

    A month or day without a year is the last one that has been: 10月 said in August is last year's. Never raises.
    """
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).strip()
    if any(word in plain for word in _AHEAD):
        return None
    for pattern, day_of in _READERS:
        found = pattern.search(plain)
        if found:
            return _day(day_of, found, today)
    for words, days in sorted(_RELATIVE_DAYS.items(), key=lambda pair: -len(pair[0])):
        if words in plain:
            return today - timedelta(days=days)
    return None


def find_days(plain: str, today: date) -> list[date]:
    """The days that a story names, in its order, each once, none of them ahead of `today`. Never raises."""
    if not _CALENDAR.search(plain):
        return []
    told: list[tuple[int, date]] = []
    taken: list[tuple[int, int]] = []
    for pattern, day_of in _READERS:
        for found in pattern.finditer(plain):
            start, end = found.span()
            if pattern is _YEAR_ONLY and not _A_YEAR.match(found.group()):
                continue  # 干了12年 is no year; an answer to "which year?" is
            if plain[max(0, start - 1) : end].startswith(_AHEAD) or plain[max(0, start - 2) : end].startswith(_AHEAD):
                taken.append((start, end))
                continue
            if any(start < other_end and end > other_start for other_start, other_end in taken):
                continue  # what a fuller reading has covered: the 3月 of 2024年3月
            taken.append((start, end))
            day = _day(day_of, found, today)
            if day is not None:
                told.append((start, day))
    return list(dict.fromkeys(day for _, day in sorted(told)))


def _day(day_of: _DayOf, found: re.Match[str], today: date) -> date | None:
    try:
        day = day_of(found, today)
    except (ValueError, OverflowError):
        return None
    return day if day is not None and EARLIEST_DAY <= day <= today else None


def _number(written: str) -> int:
    value = int(written) if written.isdecimal() else from_chinese(written)
    if value is None:
        raise ValueError(written)
    return value


def _year(absolute: str | None, relative: str | None, today: date) -> int:
    if relative:
        return today.year - _RELATIVE_YEARS[relative]
    year = _number(absolute or "")
    return year + 2000 if year < 100 else year


def _minus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = (date(year + month // 11, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _full(found: re.Match[str], today: date) -> date:
    absolute, relative, month, day = found.groups()
    return date(_year(absolute, relative, today), _number(month), _number(day) if day else 1)


def _digits(found: re.Match[str], _today: date) -> date:
    year, month, day = found.groups()
    return date(int(year), int(month), int(day) if day else 1)


def _relative_month(found: re.Match[str], today: date) -> date:
    words, day = found.groups()
    month = _minus_months(today.replace(day=1), _MONTHS_AGO[words])
    return month.replace(day=_number(day)) if day else month


def _month_day(found: re.Match[str], today: date) -> date:
    month, day = found.groups()
    said = date(today.year, _number(month), _number(day) if day else 1)
    return said if said <= today else said.replace(year=today.year - 1)


def _ago(found: re.Match[str], today: date) -> date:
    written, half, unit = found.groups()
    count = 0 if half else _number(written)
    if unit.endswith("年") or unit == "年半":
        months = 6 if half else count * 12 + (6 if unit == "年半" else 0)
        return _minus_months(today, months)
    if unit in {"个月", "个半月"}:
        days = 15 if half or unit == "个半月" else 0
        return _minus_months(today, count) - timedelta(days=days)
    return today - timedelta(days=count * (1 if unit in {"天", "日"} else 7))


def _weekday(found: re.Match[str], today: date) -> date:
    before, name = found.groups()
    monday = today - timedelta(days=today.weekday() + 7 * len(before or ""))
    day = monday + timedelta(days=_WEEKDAYS[name])
    return day if day <= today else day - timedelta(days=7)


def _year_only(found: re.Match[str], today: date) -> date:
    absolute, relative, part = found.groups()
    return date(_year(absolute, relative, today), 12 if part and part.endswith("底") else 1, 1)


def _day_only(found: re.Match[str], today: date) -> date:
    day = _number(found.group(1))
    month = today if day <= today.day else _minus_months(today.replace(day=1), 1)
    return month.replace(day=day)


_READERS: tuple[tuple[re.Pattern[str], _DayOf], ...] = (
    (_YEAR_MONTH_DAY, _full),
    (_NUMERIC, _digits),
    (_COMPACT, _digits),
    (_AGO, _ago),
    (_RELATIVE_MONTH_DAY, _relative_month),
    (_MONTH_DAY, _month_day),
    (_NUMERIC_MONTH_DAY, _month_day),
    (_WEEKDAY, _weekday),
    (_YEAR_ONLY, _year_only),
    (_DAY_ONLY, _day_only),
)
