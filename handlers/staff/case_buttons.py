"""The few buttons under a case's card for staff who don't handle it themselves; the rest is behind 更多 (handlers/staff/more)."""

from __future__ import annotations

from handlers.conversation import Button, ButtonRows
from storage.models import Case
from union.lifecycle import OPEN


def reassign_button(case: Case) -> Button:
    """改派: to another lawyer, or a colleague."""
    return Button(label="改派", choice=f"s:reassign:{case.id}")


def urge_button(case: Case) -> Button:
    """催办: one more reminder for the one responsible."""
    return Button(label="催办", choice=f"s:urge:{case.id}")


def staff_buttons(case: Case, files: int, twins: int = 0) -> ButtonRows:
    """What stands under the card. files: how many there are. twins: other open cases of the same worker that may be the same matter."""
    found: list[tuple[Button, ...]] = []
    if case.status in OPEN:
        found.append((reassign_button(case), urge_button(case)))
    if twins:
        found.append((Button(label=f"可能重复（{twins}），看看", choice=f"s:links:{case.id}"),))
    read = [Button(label="看全文", choice=f"c:show:{case.id}")]
    if files:
        read.append(Button(label=f"看材料（{files}）", choice=f"c:files:{case.id}"))
    found.append(tuple(read))
    found.append((Button(label="办理经过", choice=f"c:history:{case.id}"), Button(label="更多", choice=f"s:more:{case.id}")))
    return tuple(found)
