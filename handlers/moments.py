"""A moment that lies ahead, as people say it: 明天下午3点, 今晚八点半, 11月25日 14:30, 周五上午. And the step of a form that asks for one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.conversation import Kind
from handlers.steps import Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import moment
from knowledge.numerals import from_chinese
from union.calendar import BEIJING

_LONGEST = 40
_N = r"\d{1,2}|[一二两三四五六七八九十]{1,3}"
_NEAR: Mapping[str, int] = {
    "大后天": 3,
    "后天": 2,
    "明天": 1,
    "明日": 1,
    "明": 1,
    "今天": 0,
    "今日": 0,
    "今": 0,
    "昨天": -1,
    "昨": -1,
    "前天": -2,
}
_WEEKDAYS = {char: place for place, char in enumerate("一二三四五六日")} | {"天": 6}

PARTS: Mapping[str, int] = {"上午": 9, "中午": 12, "下午": 14, "晚上": 19}
"""The parts of a day, and the hour that is meant when none is said."""

_OTHER_PARTS: Mapping[str, str] = {"早上": "上午", "早晨": "上午", "早": "上午", "傍晚": "晚上", "晚": "晚上", "夜里": "晚上"}

_ENDS: Mapping[str, int] = {"上午": 12, "中午": 14, "下午": 18, "晚上": 22}
"""The hour at which a part of a day is over."""

_DAY = (
    rf"(?:(?P<near>{'|'.join(_NEAR)})|(?P<weeks>下下|下|这|本)?个?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?:(?P<year>\d{{4}})[年\-/.])?(?P<month>{_N})[月\-/.](?P<day>{_N}|\d{{1,2}})[日号]?|(?P<only>{_N})[日号])"
)
_TIME = rf"(?P<hour>{_N})(?:点钟?|时|(?=:))(?::(?P<clock>\d{{2}})|(?P<half>半)|(?P<quarters>[一三])刻|(?P<minute>[零〇]?(?:\d{{1,2}}|[一二三四五六七八九十]{{1,3}}))分?)?"
_PART = rf"(?P<part>{'|'.join([*PARTS, *_OTHER_PARTS])})"
_MOMENT = re.compile(rf"(?:{_DAY})?(?:{_PART})? ?(?:{_TIME})?(?:左右|以后|之后|吧|[。.!])*")
_SPACE = re.compile(r"[\s,，、的在]+")
_IDLE_SPACE = re.compile(r"(?<!\d) | (?!\d)")  # 12/1 10:00 needs its own


def read_moment(text: str, now: datetime) -> datetime | None:
    """The moment in a typed answer, seen from `now`; None when there is none, or no hour in it. It may lie behind. Never raises.

    A part of a day alone means its usual hour; 3点 alone is in the afternoon. Without a day it is the next time that hour comes.
    """
    plain = _IDLE_SPACE.sub("", _SPACE.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST])))
    found = _MOMENT.fullmatch(plain)
    if found is None or not (found["part"] or found["hour"]):
        return None
    here = now.astimezone(BEIJING)
    try:
        at = _time(found)
        day = _day(found, here.date())
        if day is not None:
            return datetime.combine(day, at, BEIJING)
        soon = datetime.combine(here.date(), at, BEIJING)
        return soon if soon >= here else soon + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _number(written: str) -> int:
    value = int(written) if written.isdecimal() else from_chinese(written.lstrip("零〇"))
    if value is None:
        raise ValueError(written)
    return int(value)


def _time(found: re.Match[str]) -> time:
    part = _OTHER_PARTS.get(found["part"] or "", found["part"])
    if found["hour"] is None:
        return time(PARTS[part or "上午"])
    hour = _number(found["hour"])
    if (
        (part in ("下午", "晚上") and 1 <= hour < 12)
        or (part == "中午" and hour < 3)
        or (part is None and 1 <= hour <= 6 and not found["clock"])
    ):
        hour += 12
    minute = (
        30 if found["half"] else 15 * _number(found["quarters"]) if found["quarters"] else _number(found["clock"] or found["minute"] or "0")
    )
    return time(hour, minute)


def _day(found: re.Match[str], today: date) -> date | None:
    if found["near"]:
        return today + timedelta(days=_NEAR[found["near"]])
    if found["weekday"]:
        monday = today - timedelta(days=today.weekday())
        ahead = {"下": 1, "下下": 2}.get(found["weeks"] or "", 0)
        day = monday + timedelta(days=_WEEKDAYS[found["weekday"]], weeks=ahead)
        return day + timedelta(weeks=1) if found["weeks"] is None and day < today else day
    if found["only"]:
        day = today.replace(day=_number(found["only"]))
        return day if day >= today else _next_month(day)
    if found["month"]:
        year = int(found["year"]) if found["year"] else today.year
        day = date(year, _number(found["month"]), _number(found["day"]))
        return day if found["year"] or day >= today else day.replace(year=year + 1)
    return None


def _next_month(day: date) -> date:
    return day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day, to be picked. at: when it begins, or now when it has begun."""

    label: str
    choice: str
    at: datetime


def coming_parts(now: datetime, days: int = 2) -> Sequence[Sequence[Part]]:
    """The parts of today and the days after that are not over yet, a row for each day."""
    today = now.astimezone(BEIJING).date()
    rows = []
    for ahead, word in enumerate(("今天", "明天", "后天")[:days]):
        day = today + timedelta(days=ahead)
        row = [
            Part(f"{word}{part}", f"{day.isoformat()}{part}", max(now, datetime.combine(day, time(PARTS[part]), BEIJING)))
            for part in ("上午", "下午", "晚上")
            if datetime.combine(day, time(_ENDS[part]), BEIJING) > now
        ]
        if row:
            rows.append(row)
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Step):
    """A moment ahead, kept as an ISO text. furthest: how far ahead at most. parts: whether the parts of today and tomorrow stand on buttons."""

    furthest: timedelta = timedelta(days=14)
    parts: bool = True

    async def offer(self, turn: Turn, values: Values) -> Offer:
        # The choice holds the day: pressed tomorrow, 明天下午 still means the afternoon that stood on the screen.
        return [[(part.label, part.choice) for part in row] for row in coming_parts(turn.now)] if self.parts else ()

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if not choice and turn.incoming.kind is not Kind.TEXT:
            return Problem("请打字写个时间，例如“明天下午3点”。")
        parts = [part for row in coming_parts(turn.now) for part in row]
        said = choice or turn.incoming.text.strip()
        found = next((part.at for part in parts if said in (part.choice, part.label)), None) or read_moment(said, turn.now)
        if found is None:
            return Problem("没看懂这个时间。可以写：明天下午3点、周五上午、11月25日 14:30。")
        if found < turn.now:
            return Problem("这个时间已经过了，请写一个以后的时间，例如“明天下午3点”。")
        if found > turn.now + self.furthest:
            return Problem(f"时间太远了，请写 {self.furthest.days} 天以内的。")
        return Value(found.isoformat())

    def shown(self, value: object) -> str:
        return Step.shown(self, value) if value is None else moment(datetime.fromisoformat(str(value)))
