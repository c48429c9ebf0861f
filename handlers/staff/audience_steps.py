"""发给谁: the step in which an audience is built with buttons. It begins with one's own units; after every change the count is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.conversation import Kind
from handlers.sheets import BadSheet
from handlers.staff import audience_list, audience_menus
from handlers.staff.audience_menus import ALSO, LIST, MENUS, UNIT
from handlers.staff.audience_words import advice, audience_words, condition_words, counted_words, details
from handlers.steps import Again, Answered, Offer, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import shorten
from storage.types import FileId
from union import audience as audiences
from union import units
from union.audience import Audience, BadAudience, EmptyAudience
from union.errors import NotAllowed, NotFound, UnionError
from union.people import Actor

OPEN, SET, DROP = "m:", "s:", "x:"
"""What the choices begin with: open a menu, choose something in it, take a condition away."""

MAIN, ADD, SEE, DONE, CHECK = "m:", "m:add", "see", "done", "check"

_NOT_YOURS = "这个范围不归您管辖，只能发给您自己的单位和它下面的人。请重新选。"
_PICK = "请点下面的按钮选一个。"
_LABEL = 24


async def value_of(turn: Turn, stored: Mapping[str, Any]) -> dict[str, Any]:
    """An audience as the step keeps it: {"audience", "words", "count", "missing"}, counted now. Raises BadAudience, NotFound, NotAllowed."""
    audience = Audience.from_json(stored)
    counted = await audiences.count(turn.session, await turn.actor(), audience)
    words = await audience_words(turn.session, audience)
    missing = counted.unreachable + counted.unwilling
    return {"audience": audience.to_json(), "words": words, "count": counted.reachable, "missing": missing}


def audience_of(value: Mapping[str, Any]) -> Audience:
    """The audience out of what the step keeps. Raises BadAudience."""
    return Audience.from_json(value["audience"])


async def words_of(turn: Turn, stored: Mapping[str, Any]) -> str:
    """A stored audience in words. Raises BadAudience."""
    return await audience_words(turn.session, Audience.from_json(stored))


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceStep(Step):
    """Who is meant. In the draft stand, besides the answer: .now, the audience as it is being built; .at, the open menu; .file, a sheet under way."""

    async def _audience(self, turn: Turn, values: Values) -> Audience:
        """The audience as it stands. Raises NotAllowed for somebody who sends no notices (any more)."""
        kept = values.get(f"{self.key}.now") or (values.get(self.key) or {}).get("audience")
        try:
            return Audience.from_json(kept) if kept else audiences.start_from(await turn.actor())
        except BadAudience:
            return audiences.start_from(await turn.actor())

    def _menu(self, values: Values) -> str:
        return values.get(f"{self.key}.at") or ""

    def _now(self, audience: Audience, *, at: str = "") -> Values:
        return {f"{self.key}.now": audience.to_json(), f"{self.key}.at": at, f"{self.key}.file": 0}

    async def asked(self, turn: Turn, values: Values) -> str:
        """The question: what is chosen so far and how many that is; or that of the open menu."""
        at = self._menu(values)
        if at == "add":
            return "加什么条件？几个条件同时满足的才发。"
        if at in MENUS:
            return MENUS[at].ask
        try:
            audience = await self._audience(turn, values)
            counted = await audiences.count(turn.session, await turn.actor(), audience)
        except UnionError:
            return f"{self.ask}\n\n{_NOT_YOURS}"
        return f"{self.ask}\n\n现在选的是：{await audience_words(turn.session, audience)}\n{counted_words(counted)}"

    async def offer(self, turn: Turn, values: Values) -> Offer:
        at = self._menu(values)
        try:
            audience = await self._audience(turn, values)
        except NotAllowed:
            return ()
        if at == "add":
            found = [(label, f"{OPEN}{name}") for label, name in await audience_menus.offered(turn, audience)]
            return [*_rows(found, 3), [("返回", MAIN)]]
        if at in MENUS:
            found = [(label, f"{SET}{at}:{value}") for label, value in await MENUS[at].options(turn, audience)]
            fetched = [[("看核对结果", CHECK)]] if at == LIST and values.get(f"{self.key}.file") else []
            return [*_rows(found, 3), *fetched, [("返回", MAIN)]]
        named = await condition_words(turn.session, audience)
        taken = [(shorten(f"去掉“{named[name]}”", _LABEL), f"{DROP}{name}") for name in audience.conditions if name in named]
        return [[("换单位", f"{OPEN}{UNIT}"), ("加一个条件", ADD)], *_rows(taken, 2), [("看人数", SEE), ("就这些", DONE)]]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        """One press, a unit's name, or a spreadsheet."""
        try:
            audience = await self._audience(turn, values)
            if turn.incoming.file is not None or choice == CHECK:
                return await self._sheet(turn, values, audience)
            if not choice:
                return await self._named(turn, values, audience)
            return await self._pressed(turn, values, audience, choice)
        except (ValueError, BadAudience):
            return Problem(_PICK)
        except (NotAllowed, NotFound):
            return Problem(_NOT_YOURS)

    async def _pressed(self, turn: Turn, values: Values, audience: Audience, choice: str) -> Answered:
        if choice == DONE:
            return await self._done(turn, audience)
        if choice == SEE:
            return Again(self._now(audience), await details(turn.session, await turn.actor(), audience))
        if choice.startswith(OPEN):
            name = choice.removeprefix(OPEN)
            if name not in ("", "add", *MENUS):
                raise ValueError("no such menu")
            return Again(self._now(audience, at=name))
        if choice.startswith(DROP):
            smaller = audience.without(choice.removeprefix(DROP))
            await audiences.permit(turn.session, await turn.actor(), smaller)
            return Again(self._now(smaller))
        if not choice.startswith(SET):
            raise ValueError("no choice of ours")
        name, _, value = choice.removeprefix(SET).partition(":")
        return Again(self._now(await audience_menus.choose(turn, audience, name, value)))

    async def _done(self, turn: Turn, audience: Audience) -> Answered:
        actor = await turn.actor()
        try:
            await audiences.check(turn.session, actor, audience)
        except EmptyAudience:
            return Problem(await advice(turn.session, actor, audience))
        return Value(await value_of(turn, audience.to_json()), also=self._now(audience))

    async def _named(self, turn: Turn, values: Values, audience: Audience) -> Answered:
        """What was typed: something that the open menu offers, or else the name of a unit."""
        typed = turn.incoming.text.strip() if turn.incoming.kind is Kind.TEXT else ""
        if not typed:
            return Problem(f"{_PICK}{'也可以直接打单位的名字。' if self._menu(values) in ('', UNIT, ALSO) else ''}")
        at = self._menu(values)
        if at in MENUS:
            for label, value in await MENUS[at].options(turn, audience):
                if typed == label:
                    return Again(self._now(await audience_menus.choose(turn, audience, at, value)))
        if at not in ("", UNIT, ALSO):
            return Problem(_PICK)
        found = await self._units_named(turn, audience, typed, also=at == ALSO)
        if not found:
            return Problem(f"您管辖的范围里没有找到“{shorten(typed, 20)}”。请写单位的全名，或者点下面的按钮选。")
        if len(found) > 1:
            return Problem(f"有 {len(found)} 个单位都叫“{shorten(typed, 20)}”，请写全名，例如“朝阳区八里庄街道”。")
        return Again(self._now(found[0]))

    async def _units_named(self, turn: Turn, audience: Audience, typed: str, *, also: bool) -> list[Audience]:
        actor: Actor = await turn.actor()
        found = []
        for unit in await units.find_by_name(turn.session, typed):
            changed = audience_menus.with_unit(audience, unit, also=also)
            try:
                await audiences.permit(turn.session, actor, changed)
            except (NotAllowed, NotFound):
                continue
            found.append(changed)
        return found

    async def _sheet(self, turn: Turn, values: Values, audience: Audience) -> Answered:
        """A list out of a file. Telegram's files are fetched in the background, so there is a button to look again."""
        file, pending = turn.incoming.file, f"{self.key}.file"
        if problem := audience_list.too_large(turn):
            return Problem(problem)
        if file is None and not values.get(pending):
            return Problem(MENUS[LIST].ask)
        try:
            file_id = await audience_list.register(turn) if file is not None else FileId(values[pending])
            name = (file.name if file is not None else values.get(f"{self.key}.name")) or "名单"
            found = await audience_list.make(turn, file_id, name)
        except NotFound:
            return Problem("文件没有收到，请再发一次。")
        except BadSheet as bad:
            return Again(self._now(audience, at=LIST), str(bad))
        if found is None:
            waiting = {**self._now(audience, at=LIST), pending: file_id, f"{self.key}.name": name}
            return Again(waiting, "表格正在接收，过几秒点“看核对结果”。")
        if found.list_id is None:
            return Again(self._now(audience, at=LIST), audience_list.told(found))
        return Again(self._now(replace(audience, list_id=found.list_id)), audience_list.told(found))

    def shown(self, value: Any) -> str:
        """朝阳区及以下的会员，能收到 4 人，另有 1 人收不到."""
        if not value:
            return Step.shown(self, value)
        missing = f"，另有 {value['missing']:,} 人收不到" if value.get("missing") else ""
        return f"{value['words']}，能收到 {value['count']:,} 人{missing}"


def _rows(pairs: Sequence[tuple[str, str]], most: int) -> list[Sequence[tuple[str, str]]]:
    """So many beside each other, at most, as a phone shows whole."""
    longest = max((len(label) for label, _ in pairs), default=0)
    width = min(most, 3 if longest <= 6 else 2 if longest <= 10 else 1)
    return [pairs[i : i + width] for i in range(0, len(pairs), width)]
