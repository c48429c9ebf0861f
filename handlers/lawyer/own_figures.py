"""A lawyer's own figures: what they see of their work, and nobody else's."""

from __future__ import annotations

from handlers.choices import Choices, plain
from handlers.conversation import Reply
from handlers.figure_words import NOTHING, ROWS_READ, block, whole
from handlers.turn import Turn
from storage.models import Role
from union import figures

MONTHS = 6

_NOT_A_LAWYER = "这里是律师看自己办案情况的地方。工会干部请看“统计”。"


async def own_figures(turn: Turn) -> list[Reply]:
    """我的数据: the last six months, all together and one by one."""
    actor = await turn.actor()
    if not actor.has(Role.LAWYER):
        return [Reply(text=_NOT_A_LAWYER)]
    together, rows = await figures.of_lawyer(turn.session, actor, turn.house.rules, turn.now, months=MONTHS)
    if not together.cases:
        return [Reply(title=f"我的数据 · 近 {MONTHS} 个月", text=NOTHING)]
    by_month = [block(f"{row.key.year}年{row.key.month}月", row.figures) for row in reversed(rows)]
    text = f"{whole(together)}\n· 按受理的日子算，只有现在由您承办的案件。"
    return [
        Reply(title=f"我的数据 · 近 {MONTHS} 个月", text=text),
        Reply(title="按月", text="\n\n".join([ROWS_READ, *by_month])),
    ]


CHOICES: Choices = {"c:figures": plain(own_figures)}
