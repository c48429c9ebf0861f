"""The kinds of steps that a form can have: ask, pick, day, amount, place, phone, files. Each checks what comes in and says what it expects."""

from __future__ import annotations

import re
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from handlers import receiving
from handlers.conversation import Kind
from handlers.turn import Turn
from handlers.wording import day, money, shorten, today
from knowledge.quantities import read_amount, read_day
from storage.models import UnitKind
from storage.types import UnitId
from union import units
from union.errors import NotFound

Values = Mapping[str, Any]
Offer = Sequence[Sequence[tuple[str, str]]]

SAID = "~"
"""What the choice behind a suggestion begins with; a checksum of the answer follows."""

MOST_SUGGESTED = 2
LONGEST_SUGGESTED = 30  # characters on the button


@dataclass(frozen=True, slots=True)
class Value:
    """The answer, as it is kept in the draft (plain JSON). also: answers to other steps that were given along with it."""

    value: Any
    also: Values = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Again:
    """Something was taken, and the step goes on: values to keep, a line to say, a slot that the message replaces."""

    values: Values
    text: str = ""
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What came in doesn't answer the question; the text says what is expected."""

    text: str


Answered = Value | Again | Problem


@dataclass(frozen=True, slots=True)
class Said:
    """Words from earlier in the conversation that may answer a step. instead: those to try where the step can't take these.

    label: what stands on the button; the answer that the words come to, if it is empty.
    """

    text: str
    instead: str = ""
    label: str = ""


_always: Callable[[Values], bool] = lambda values: True  # noqa: E731
_nothing: Callable[[Turn, Values], Sequence[Said]] = lambda turn, values: ()  # noqa: E731


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(ABC):
    """A step. label: its name in the summary. ask: the question. when: whether it applies, given the earlier answers.

    suggest: what was said before and may be the answer. It stands on the first buttons and is never filled in by itself.
    """

    key: str
    label: str
    ask: str
    optional: bool = False
    when: Callable[[Values], bool] = _always
    suggest: Callable[[Turn, Values], Sequence[Said]] = _nothing

    def applies(self, values: Values) -> bool:
        """Whether the step belongs to the form, given what was answered so far."""
        return self.when(values)

    def question(self, values: Values) -> str:
        """The question as it is asked now."""
        return self.ask

    async def asked(self, turn: Turn, values: Values) -> str:
        """The same for a step that must look something up for it."""
        return self.question(values)

    async def offer(self, turn: Turn, values: Values) -> Offer:
        """Rows of (label, value) for buttons: the suggestions, unless the step has more."""
        return [[(label, choice)] for choice, (label, _) in (await self._suggested(turn, values)).items()]

    @abstractmethod
    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        """Reads the answer. choice: the value of the button that was pressed; empty when something else came in."""

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        """The answer that suggested words come to. A step that has no use for words is never suggested any."""
        return Problem("")

    async def _suggested(self, turn: Turn, values: Values) -> dict[str, tuple[str, Value | Again]]:
        """The suggestions that answer the step: for each choice the label and the answer."""
        found: dict[str, tuple[str, Value | Again]] = {}
        for said in self.suggest(turn, values):
            answer = await self.from_words(turn, values, said.text)
            if isinstance(answer, Problem) and said.instead:
                answer = await self.from_words(turn, values, said.instead)
            if not isinstance(answer, Problem):
                # The choice tells the answer, not its place in the list: a button never gives anything but what stood on it.
                label = shorten(said.label or f"刚才说的：{self.on_button(answer)}", LONGEST_SUGGESTED)
                found.setdefault(f"{SAID}{zlib.crc32(repr(answer).encode()):08x}", (label, answer))
            if len(found) == MOST_SUGGESTED:
                break
        return found

    async def _take_suggested(self, turn: Turn, values: Values, choice: str) -> Answered:
        """The answer behind the button of a suggestion, found anew: what it came from may have changed since."""
        found = (await self._suggested(turn, values)).get(choice)
        return (
            found[1] if found else Problem("这个按钮是按您原来说的话给的，现在对不上了（话改过，或者日子变了），没有填上。请看下面重新填。")
        )

    def on_button(self, answer: Value | Again) -> str:
        """The answer on the button of a suggestion."""
        return self.shown(answer.value) if isinstance(answer, Value) else ""

    def skipped(self, values: Values) -> Any:
        """What is kept when the step is skipped."""
        return None

    def shown(self, value: Any) -> str:
        """The answer in the summary."""
        return "（没有填）" if value is None else str(value)


def _typed(turn: Turn) -> str | None:
    return turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else None


_NOT_TEXT: Mapping[Kind, str] = {
    Kind.FILE: "这一步请打字回答，照片和文件等到“证据”那一步再发。",
    Kind.PLACE: "这一步不需要位置，请打字回答。",
    Kind.CONTACT: "这一步不需要名片，请打字回答。",
    Kind.EDITED: "改动前面的消息不会改变已经填好的内容。要改，请点“上一步”，或到最后核对时点“修改”。",
    Kind.OTHER: "这种消息我看不懂，请打字回答。",
}


def _not_text(turn: Turn) -> Problem:
    return Problem(_NOT_TEXT.get(turn.incoming.kind, "请打字回答这一步。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Step):
    """Free text."""

    shortest: int = 1
    longest: int = 2000

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice.startswith(SAID):
            return await self._take_suggested(turn, values, choice)
        if choice:
            return Problem("这个按钮已经过期了，请打字回答。")
        text = _typed(turn)
        return _not_text(turn) if text is None else await self.from_words(turn, values, text)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        if len(text) < self.shortest or not any(c.isalnum() for c in text):
            return Problem("没有看到文字内容。" if self.shortest == 1 else f"写得再具体一点好吗？至少 {self.shortest} 个字。")
        if len(text) > self.longest:
            return Problem(f"内容有 {len(text)} 个字，这一步最多 {self.longest} 个字，请说得短一些。")
        return Value(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick(Step):
    """One of a few. choices: (label, value); a typed label works as well."""

    choices: tuple[tuple[str, str], ...]
    width: int = 2

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [self.choices[i : i + self.width] for i in range(0, len(self.choices), self.width)]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        typed = _typed(turn)
        for label, value in self.choices:
            if choice == value or (typed and typed == label):
                return Value(value)
        return Problem("请点下面的按钮选一个。")

    def shown(self, value: Any) -> str:
        return next((label for label, known in self.choices if known == value), Step.shown(self, value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Step):
    """A day in the past, as people say it: 上个月, 去年10月, 2026年8月15日."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [
            *await Step.offer(self, turn, values),
            [("这个月", "这个月"), ("上个月", "上个月"), ("两个月前", "两个月前")],
            [("三个月前", "三个月前"), ("半年前", "半年前"), ("一年前", "一年前")],
        ]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice.startswith(SAID):
            return await self._take_suggested(turn, values, choice)
        text = choice or _typed(turn)
        return _not_text(turn) if text is None else await self.from_words(turn, values, text)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        found = today(turn.now).replace(day=1) if text == "这个月" else read_day(text, today(turn.now))
        if found is None:
            return Problem("没看懂这个日期。可以写：2026年8月、8月15日、去年10月、三个月前（不能是将来的日子）。")
        return Value(found.isoformat())

    def on_button(self, answer: Value | Again) -> str:
        # Who says a month is taken to mean its first.
        return re.sub("(?<=月)1日$", "", Step.on_button(self, answer))

    def shown(self, value: Any) -> str:
        return Step.shown(self, value) if value is None else day(date.fromisoformat(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(Step):
    """A sum in 元, as people say it: 3万5, 一万二千, 35000."""

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice.startswith(SAID):
            return await self._take_suggested(turn, values, choice)
        text = _typed(turn)
        return _not_text(turn) if text is None else await self.from_words(turn, values, text)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        found = read_amount(text)
        if found is None:
            return Problem("没看懂金额。可以写：35000、3万5、一万二千元。")
        return Value(str(found))

    def shown(self, value: Any) -> str:
        return money(None if value is None else Decimal(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Step):
    """A district and a street, picked, typed or by position. Kept as {"unit": id, "name": text}."""

    def _district(self, values: Values) -> UnitId | None:
        return values.get(f"{self.key}.district")

    def question(self, values: Values) -> str:
        chosen = values.get(f"{self.key}.name")
        return f"{chosen}的哪个街道（乡镇）？不在下面就直接打字。" if chosen else self.ask

    async def offer(self, turn: Turn, values: Values) -> Offer:
        district = self._district(values)
        if district is None:
            found = await units.units_of_kind(turn.session, UnitKind.DISTRICT)
            return [*await Step.offer(self, turn, values), *_in_rows([(unit.short, str(unit.id)) for unit in found], 4)]
        streets = await units.children(turn.session, district, UnitKind.STREET)
        last = [("不清楚街道", "none"), ("换一个区", "other")]
        return [*await Step.offer(self, turn, values), *_in_rows([(unit.place, str(unit.id)) for unit in streets], 2), last]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if turn.incoming.place is not None:
            street = await units.nearest_street(turn.session, *turn.incoming.place)
            if street is None:
                return Problem("这个位置不在北京。请选单位所在的区。")
            return await self._taken(turn, street.id)
        if choice.startswith(SAID):
            return await self._take_suggested(turn, values, choice)
        if choice:
            return await self._chosen(turn, values, choice)
        text = _typed(turn)
        if text is None:
            return Problem("请选一个区，或者把区和街道的名字打出来；也可以发送位置。")
        return await self._named(turn, values, text)

    async def _chosen(self, turn: Turn, values: Values, choice: str) -> Answered:
        district = self._district(values)
        if choice == "other":
            return Again({f"{self.key}.district": None, f"{self.key}.name": ""})
        if choice == "none" and district is not None:
            return await self._taken(turn, district)
        pick_one = Problem("请点下面的按钮选一个。")
        if len(choice) > 18:  # no number that a table can hold
            return pick_one
        try:
            unit = await units.unit_card(turn.session, UnitId(int(choice)))
        except (ValueError, NotFound):
            return pick_one
        if unit.kind not in (UnitKind.DISTRICT, UnitKind.STREET):
            return pick_one
        return await self._taken(turn, unit.id, ask_street=True)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        district = self._district(values)
        found = await self._find(turn, text)
        # Only what there is just one of; and where a district was chosen already, only what lies in it.
        if len(found) != 1 or (district is not None and (found[0].id == district or f".{district}." not in f".{found[0].path}")):
            return Problem("")
        return await self._taken(turn, found[0].id, ask_street=True)

    def on_button(self, answer: Value | Again) -> str:
        name: str = answer.value["name"] if isinstance(answer, Value) else answer.values[f"{self.key}.name"]
        return name.replace(" ", "")

    async def _find(self, turn: Turn, text: str) -> list[units.UnitCard]:
        return [unit for unit in await units.find_by_name(turn.session, text) if unit.kind in (UnitKind.DISTRICT, UnitKind.STREET)]

    async def _named(self, turn: Turn, values: Values, text: str) -> Answered:
        district = self._district(values)
        found = await self._find(turn, text)
        if district is not None and len(found) > 1:
            found = [unit for unit in found if f".{district}." in f".{unit.path}"]
        if len(found) > 1:
            return Problem(f"不止一个区有“{text[:20]}”，请先选区。")
        if not found:
            if district is not None:
                unit = await units.unit_card(turn.session, district)
                # A street that our register lacks must not stop anybody: the district is enough to find a lawyer.
                return Value({"unit": unit.id, "name": f"{unit.place} {text[:30]}"})
            return Problem("没找到这个地方。请选一个区，或者写街道的全名，例如“劲松街道”。")
        return await self._taken(turn, found[0].id, ask_street=True)

    async def _taken(self, turn: Turn, unit_id: UnitId, *, ask_street: bool = False) -> Answered:
        unit = await units.unit_card(turn.session, unit_id)
        if unit.kind is UnitKind.DISTRICT and ask_street:
            return Again({f"{self.key}.district": unit.id, f"{self.key}.name": unit.place})
        if unit.kind is UnitKind.DISTRICT:
            return Value({"unit": unit.id, "name": f"{unit.place}（街道不清楚）"})
        above = await units.ladder(turn.session, unit.id)
        district = next((u for u in above if u.kind is UnitKind.DISTRICT), None)
        return Value({"unit": unit.id, "name": f"{district.place} {unit.place}" if district else unit.place})

    def shown(self, value: Any) -> str:
        return value["name"] if value else "（没有填）"


def _in_rows(pairs: Sequence[tuple[str, str]], width: int) -> list[Sequence[tuple[str, str]]]:
    return [pairs[i : i + width] for i in range(0, len(pairs), width)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Step):
    """A phone number, typed or shared as one's own contact card."""

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if turn.incoming.kind not in (Kind.TEXT, Kind.CONTACT):
            return _not_text(turn)
        digits = re.sub(r"[\s\-()（）+]", "", turn.incoming.text)
        mobile = re.fullmatch(r"(?:0?086|86)?(1[3-9]\d{9})", digits)
        if mobile:
            return Value(mobile[1])
        if re.fullmatch(r"0\d{9,11}", digits):
            return Value(digits)
        return Problem("这不像一个电话号码。请写 11 位手机号，例如 139 开头的号码；座机请带区号。")

    def shown(self, value: Any) -> str:
        return Step.shown(self, value) if not value else f"{value[:3]}****{value[-4:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files(Step):
    """Photos, documents, voice. Kept as a list of the numbers of stored files."""

    most: int = 20

    def question(self, values: Values) -> str:
        files = values.get(f"{self.key}.files")
        return f"已经收到 {len(files)} 份，可以接着发；发完了点下面。" if files else self.ask

    async def offer(self, turn: Turn, values: Values) -> Offer:
        return [[("发完了，下一步", "done")]] if values.get(f"{self.key}.files") else ()

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        files: list[int] = list(values.get(f"{self.key}.files") or ())
        if choice == "done":
            return Value(files)
        if turn.incoming.file is None:
            return Problem("请发照片、文件或语音。" + ("都发完了就点“发完了，下一步”。" if files else "没有的话点“跳过”。"))
        if problem := receiving.too_large(turn):
            return Problem(problem)
        if len(files) >= self.most:
            return Problem(f"已经有 {self.most} 份材料了，先提交吧，其余的以后可以再发给律师。")
        files.append(await receiving.register(turn))
        # The photos of an album arrive one by one: one message counts them all.
        slot = f"album:{turn.incoming.group}" if turn.incoming.group else ""
        return Again({f"{self.key}.files": files}, slot=slot)

    def skipped(self, values: Values) -> Any:
        return list(values.get(f"{self.key}.files") or ())

    def shown(self, value: Any) -> str:
        return f"{len(value)} 份" if value else "没有"
