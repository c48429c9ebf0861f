"""When a notice is to go out, as staff say it: 现在, 明天上午9点, 每周一 9:00, 每月15号, 每月最后一天下午3点, 12月31日前7天、3天、1天."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from handlers.conversation import Kind
from handlers.moments import coming_parts, read_moment
from handlers.steps import Again, Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import day, moment
from knowledge.numerals import from_chinese
from storage.models import Notice
from union.calendar import BEIJING
from union.notice_life import timing_of
from union.notice_schedule import LAST_DAY, BadTiming, Every, Repeat, Timing, coming

NOW, WEEK, MONTH, BEFORE = "now", "week", "month", "before"

USUAL_TIME = time(9)
"""When no time is said."""

_ROUND_THE_YEAR = timedelta(days=300)
"""A day said without its year that lies so far ahead has just gone by: nobody means the next year's."""

_A_MOMENT = timedelta(seconds=1)

_WEEKDAYS = "一二三四五六日"
_WEEK = re.compile(r"每(?:个)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])(?P<time>.*)")
_MONTH = re.compile(r"每(?:个)?月(?:的)?(?:(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})[日号]|(?P<last>最后一天|月底|月末))(?P<time>.*)")
_WITHOUT_EVERY = {"week": re.compile(r"周|星期|礼拜"), "month": re.compile(r"[\d一二三四五六七八九十]{1,3}[日号]|最后一天|月底|月末")}
"""周五下午3点, 15号: how a repetition is said where the screen has asked for every week, or every month."""
_BEFORE = re.compile(r"(?P<target>.+?[日号])(?:之?前)(?P<days>[\d一二三四五六七八九十两、,，和天]+?)天(?P<time>[^天]*)")

Asked = Mapping[str, tuple[str, Sequence[Sequence[tuple[str, str]]]]]

_MORE: Asked = {
    WEEK: (
        "每周星期几、几点？可以点，也可以写，例如“每周一 9:00”。",
        [[(f"周{name}", f"每周{name}") for name in _WEEKDAYS[:4]], [(f"周{name}", f"每周{name}") for name in _WEEKDAYS[4:]]],
    ),
    MONTH: (
        "每月几号、几点？可以点，也可以写，例如“每月15号下午3点”。没有 31 号的月份在最后一天发。",
        [[("1 号", "每月1号"), ("10 号", "每月10号"), ("15 号", "每月15号"), ("最后一天", "每月最后一天")]],
    ),
    BEFORE: ("哪一天之前、提前几天？例如“12月31日前7天”，或者“12月31日前7天、3天、1天 上午10点”。", ()),
}


def read_repeat(text: str, now: datetime) -> Repeat | None:
    """The repetition in a typed answer; None when there is none in it. Never raises."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text[:60]))
    try:
        if found := _WEEK.fullmatch(plain):
            weekday = 7 if found["weekday"] == "天" else _WEEKDAYS.index(found["weekday"]) + 1
            return Repeat(Every.WEEK, _time(found["time"], now), weekday=weekday)
        if found := _MONTH.fullmatch(plain):
            return Repeat(Every.MONTH, _time(found["time"], now), day=LAST_DAY if found["last"] else _number(found["day"]))
        if found := _BEFORE.fullmatch(plain):
            target = read_moment(f"{found['target']}上午9点", now)
            days = tuple(sorted({_number(part) for part in re.split(r"[、,，和天]+", found["days"]) if part}, reverse=True))
            return Repeat(Every.BEFORE, _time(found["time"], now), target=target.astimezone(BEIJING).date(), days=days) if target else None
    except (ValueError, OverflowError):
        return None
    return None


def _number(written: str) -> int:
    value = int(written) if written.isdecimal() else from_chinese(written)
    if value is None:
        raise ValueError(written)
    return int(value)


def _time(text: str, now: datetime) -> time:
    """The time of day at the end of an answer. Raises ValueError for what is none."""
    if not text:
        return USUAL_TIME
    found = read_moment(text, now)
    if found is None:
        raise ValueError(text)
    return found.astimezone(BEIJING).time()


def to_json(timing: Timing) -> dict[str, Any]:
    """As the form's draft keeps it."""
    return {"at": timing.at.isoformat() if timing.at else "", "repeat": timing.repeat.to_json() if timing.repeat else None}


def from_json(data: Mapping[str, Any]) -> Timing:
    """What `to_json` wrote."""
    at = datetime.fromisoformat(data["at"]) if data["at"] else None
    return Timing(at, Repeat.from_json(data["repeat"]) if data["repeat"] else None)


def repeat_words(repeat: Repeat) -> str:
    """每周一 9:00, 每月15号 9:00, 2026年12月31日之前 7、3、1 天 9:00."""
    clock = f"{repeat.at.hour}:{repeat.at.minute:02}"
    match repeat.every:
        case Every.WEEK:
            return f"每周{_WEEKDAYS[repeat.weekday - 1]} {clock}"
        case Every.MONTH:
            return f"每月{'最后一天' if repeat.day == LAST_DAY else f'{repeat.day} 号'} {clock}"
        case Every.BEFORE:
            target = day(repeat.target) if repeat.target else ""
            return f"{target}之前 {'、'.join(str(days) for days in sorted(repeat.days, reverse=True))} 天 {clock}"


def words(timing: Timing, now: datetime) -> str:
    """When it goes out; of a repetition the next times."""
    if timing.repeat:
        times = "、".join(moment(at) for at in coming(timing.repeat, now, 3))
        return f"{repeat_words(timing.repeat)}（接下来：{times or '没有了'}）"
    if timing.at is None:
        return "马上发（要审批的，批准后马上发）"
    later = timing.at.astimezone(BEIJING).year != now.astimezone(BEIJING).year
    return f"{timing.at.astimezone(BEIJING).year}年{moment(timing.at)}" if later else moment(timing.at)


def words_of(notice: Notice, now: datetime) -> str:
    """When a notice goes out; of a repetition from the time that it is planned for on: one that was skipped is not among the next."""
    planned = notice.send_at - _A_MOMENT if notice.repeat and notice.send_at else now
    return words(timing_of(notice), max(now, planned))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTime(Step):
    """When it goes out: at once, at a moment, or again and again. Kept as `to_json` writes it, with its words under "words"."""

    def question(self, values: Values) -> str:
        more = _MORE.get(values.get(f"{self.key}.kind") or "")
        return more[0] if more else self.ask

    async def offer(self, turn: Turn, values: Values) -> Offer:
        if more := _MORE.get(values.get(f"{self.key}.kind") or ""):
            return [*more[1], [("换一种", "other")]]
        parts = [[(part.label, part.choice) for part in row] for row in coming_parts(turn.now)]
        return [[("马上发", NOW)], *parts, [("每周", WEEK), ("每月", MONTH), ("某天之前", BEFORE)]]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if not choice and turn.incoming.kind is not Kind.TEXT:
            return Problem("请点下面的按钮，或者打字写个时间，例如“明天上午9点”。")
        if choice in _MORE or choice == "other":
            return Again({f"{self.key}.kind": choice if choice in _MORE else ""})
        said = choice or turn.incoming.text.strip()
        timing = self._timing(self._again(values, said), turn.now)
        if timing is None:
            return Problem("没看懂这个时间。可以写：明天上午9点、11月25日 14:30、每周一 9:00、每月15号、12月31日前7天。")
        if timing.at is not None and timing.at - turn.now > _ROUND_THE_YEAR and str(timing.at.year) not in said:
            return Problem(
                f"今年的{timing.at.month}月{timing.at.day}日已经过了。真要定在明年，请连年份一起写，例如“{day(timing.at)}上午9点”。"
            )
        try:
            checked = timing.checked(turn.now)
        except BadTiming as error:
            return Problem(
                "这个时间已经过了，请写一个以后的时间，例如“明天上午9点”。" if error.problem == "past" else "时间太远了，最多定到一年以后。"
            )
        return Value({**to_json(checked), "words": words(checked, turn.now)}, {f"{self.key}.kind": ""})

    def _again(self, values: Values, said: str) -> str:
        """What was said, with the 每 that the screen has said already."""
        kind = values.get(f"{self.key}.kind") or ""
        found = _WITHOUT_EVERY[kind].match(said) if kind in _WITHOUT_EVERY else None
        return said if found is None else f"每{'月' if kind == MONTH else ''}{said}"

    def _timing(self, said: str, now: datetime) -> Timing | None:
        if said in (NOW, "现在", "马上", "马上发", "立即", "立刻"):
            return Timing()
        if repeat := read_repeat(said, now):
            return Timing(None, repeat)
        part = next((part for row in coming_parts(now) for part in row if said in (part.choice, part.label)), None)
        at = part.at if part else read_moment(said, now)
        return Timing(at) if at else None

    def shown(self, value: Any) -> str:
        return value["words"] if value else Step.shown(self, value)
