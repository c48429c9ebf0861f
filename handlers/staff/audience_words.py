"""An audience in words: 朝阳区及以下的会员，持京卡，关注技能培训."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from handlers import interests, languages
from handlers.wording import ROLE, shorten
from knowledge.topics import Topic
from storage.models import NoticeList, Survey, UnitKind
from union import audience as audiences
from union import units
from union.audience import CHINESE, Audience, Count
from union.people import Actor

DOOR: Mapping[str, str] = {"member_telegram": "Telegram", "web": "网页", "desk_telegram": "工作台"}

UNITS_NAMED = 4
UNITS_SHOWN = 12
_LONGEST = 40


async def audience_words(session: AsyncSession, audience: Audience) -> str:
    """The whole sentence."""
    named = await condition_words(session, audience)
    where = await _where(session, audience, named.pop("line", ""))
    whom = _whom(audience)
    if audience.role is not None or audience.member is not None:
        named.pop("role" if audience.role is not None else "member", None)
    return "，".join([f"{where}的{whom}", *named.values()])


async def condition_words(session: AsyncSession, audience: Audience) -> dict[str, str]:
    """Each condition that is given, by its name in the audience: 持京卡, 关注技能培训 …"""
    found: dict[str, str] = {}
    if audience.line is not None:
        found["line"] = f"{(await units.unit_card(session, audience.line)).short}系统"
    if audience.role is not None:
        found["role"] = ROLE[audience.role]
    if audience.member is not None:
        found["member"] = "会员" if audience.member else "还没入会的"
    if audience.card is not None:
        found["card"] = "持京卡" if audience.card else "没有京卡"
    if audience.interests:
        found["interests"] = f"关注{_either([interests.label(code) for code in audience.interests])}"
    if audience.took_part is not None:
        title = await session.scalar(sa.select(Survey.title).where(Survey.id == audience.took_part))
        found["took_part"] = f"报上了《{shorten(title or '', _LONGEST)}》"
    if audience.case_topics:
        found["case_topics"] = f"有在办的{_either([topic_word(topic) for topic in audience.case_topics])}案件"
    if audience.languages:
        found["languages"] = f"说{_either([language_word(code) for code in audience.languages])}"
    if audience.doors:
        found["doors"] = f"从{_either([door_word(door) for door in audience.doors])}收"
    if audience.list_id is not None:
        name = await session.scalar(sa.select(NoticeList.name).where(NoticeList.id == audience.list_id))
        found["list_id"] = f"在名单《{shorten(name or '', _LONGEST)}》里"
    return found


async def _where(session: AsyncSession, audience: Audience, line: str) -> str:
    cards = await units.cards(session, audience.units)
    chosen = [cards[unit_id] for unit_id in audience.units if unit_id in cards]
    if not chosen:
        return line or "（已经没有的单位）"
    places = "、".join(unit.place for unit in chosen[:UNITS_NAMED])
    more = f"等 {len(chosen)} 个单位" if len(chosen) > UNITS_NAMED else ""
    with_below = "" if all(unit.kind is UnitKind.WORKPLACE for unit in chosen) else "及以下"
    return f"{places}{more}{with_below}{line}"


def _whom(audience: Audience) -> str:
    if audience.role is not None:
        return ROLE[audience.role]
    return {True: "会员", False: "还没入会的职工", None: "所有人"}[audience.member]


def _either(words: list[str]) -> str:
    return "或".join(words)


def topic_word(code: str) -> str:
    """工资; the code itself for a topic that is no longer in the list."""
    return Topic(code).label if code in list(Topic) else code


def language_word(code: str) -> str:
    """普通话, 维吾尔语 …"""
    return languages.label(None if code == CHINESE else code)


def door_word(door: str) -> str:
    """Telegram, 网页 …"""
    return DOOR.get(door, door)


def counted_words(counted: Count) -> str:
    """能收到 4 人（Telegram 3，网页 1）；另有 3 人收不到：2 人没打开过或拉黑了机器人，1 人不收通知."""
    doors = "，".join(f"{door_word(door)} {number:,}" for door, number in counted.by_door.items())
    text = f"能收到 {counted.reachable:,} 人" + (f"（{doors}）" if doors else "")
    why = []
    if counted.unreachable:
        why.append(f"{counted.unreachable:,} 人没打开过或拉黑了机器人")
    if counted.unwilling:
        why.append(f"{counted.unwilling:,} 人不收通知")
    return f"{text}；另有 {counted.unreachable + counted.unwilling:,} 人收不到：{'，'.join(why)}" if why else text


async def details(session: AsyncSession, actor: Actor, audience: Audience) -> str:
    """看人数: by unit, and ten of them."""
    counted = await audiences.count(session, actor, audience)
    if not counted.reachable:
        return await advice(session, actor, audience)
    cards = await units.cards(session, list(counted.by_unit))
    most = sorted(counted.by_unit.items(), key=lambda entry: -entry[1])
    lines = [f"{cards[unit_id].place} {number:,}" for unit_id, number in most[:UNITS_SHOWN] if unit_id in cards]
    if rest := most[UNITS_SHOWN:]:
        lines.append(f"其余 {len(rest)} 个单位 {sum(number for _, number in rest):,}")
    drawn = await audiences.sample(session, actor, audience)
    people = "、".join(f"{one.name or '没留名'}（{one.unit}）" for one in drawn)
    return f"各单位能收到的人数：{'，'.join(lines)}\n\n随机抽 {len(drawn)} 人看看：{people}"


async def advice(session: AsyncSession, actor: Actor, audience: Audience) -> str:
    """What to change where nobody would get it."""
    counted = await audiences.count(session, actor, audience)
    if await audiences.list_gone(session, audience):
        return "这份表格名单 30 天没有用，里面的人已经按规定清掉了。请点“加一个条件”里的“表格名单”，重新发一次表格。"
    lines = ["这样选，现在没有人能收到。"]
    if counted.unreachable + counted.unwilling:
        lines.append(f"符合的有 {counted.unreachable + counted.unwilling:,} 人，但他们没打开过或拉黑了机器人，或者不收通知。")
    named = await condition_words(session, audience)
    for name in audience.conditions:
        wider = (await audiences.count(session, actor, audience.without(name))).reachable
        if wider:
            lines.append(f"去掉“{named[name]}”，就有 {wider:,} 人。")
    if len(lines) == 1 or not audience.conditions:
        lines.append("请换一个单位，或者去掉几个条件。" if audience.conditions else "请换一个单位，或者选上一级。")
    return "\n".join(lines)
