"""会员服务 and 附近站点, in their first, simple shape: where to go and whom to call."""

from __future__ import annotations

import math

from handlers.conversation import Reply
from handlers.turn import Turn
from handlers.worker import survey
from handlers.worker.welcome import CLAIM, HOTLINE
from union import points


def services() -> list[Reply]:
    """会员服务: what there is, and how to get it today."""
    text = (
        "· 法律咨询、法律援助：直接在这里问，或点“" + CLAIM + "”\n"
        "· 入会、京卡·互助服务卡：带身份证到所在街道工会服务站办理\n"
        "· 技能补助：取得国家职业资格的会员可以申请（一级 2000 元、二级 1000 元）\n"
        "· 困难帮扶、心理疏导、劳动争议调解：到区职工服务中心\n"
        f"· 不知道找谁：{HOTLINE}"
    )
    return [Reply(title="会员服务", text=text, buttons=((survey.BUTTON,),))]


def nearby() -> list[Reply]:
    """附近站点: asks for a position or a name."""
    return [Reply(text="把您的位置发给我（点输入框旁的回形针或“位置”），就告诉您最近的工会站点。也可以发：/nearby 朝阳")]


async def near(turn: Turn, latitude: float, longitude: float) -> list[Reply]:
    """The three nearest service points."""
    found = await points.nearest(turn.session, latitude, longitude, 3)
    if not found:
        return [Reply(text=f"附近没有登记的站点。请打{HOTLINE}问一问。")]
    lines = [
        f"{number}. {point.name}（{point.kind}）\n   约 {_far(meters)} · {point.address}\n   {point.hours} · 电话 {point.phone}"
        for number, (point, meters) in enumerate(found, 1)
    ]
    return [Reply(title="离您最近的工会站点", text="\n".join(lines))]


async def in_district(turn: Turn, name: str) -> list[Reply]:
    """/nearby 朝阳."""
    found = await points.in_unit_named(turn.session, name, 5)
    if not found:
        return [Reply(text="没找到这个地方的站点。请写区名，例如：/nearby 朝阳；或者把位置发给我。")]
    lines = [
        f"{number}. {point.name}（{point.kind}）\n   {point.address}\n   {point.hours} · 电话 {point.phone}"
        for number, point in enumerate(found, 1)
    ]
    return [Reply(title=f"{name}的工会站点", text="\n".join(lines))]


def _far(meters: float) -> str:
    return f"{math.ceil(meters / 100) * 100:.0f} 米" if meters < 1000 else f"{meters / 1000:.1f} 公里"
