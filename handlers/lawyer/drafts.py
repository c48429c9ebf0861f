"""文书草稿: the papers that a dispute needs on its path, filled in from the case, for the one who handles it."""

from __future__ import annotations

from handlers.choices import Choices, on_case
from handlers.conversation import Button, Reply, rows
from handlers.lawyer import at_hand
from handlers.paperwork import DOCX, TITLES, paper_of
from handlers.turn import Turn
from storage.models import CaseKind
from storage.types import CaseId
from union import papers
from union.errors import NotFound
from union.paths import path_for


async def show(turn: Turn, case_id: CaseId) -> list[Reply]:
    """What can be drafted."""
    case = await at_hand.look(turn, case_id, "draft")
    codes = path_for(case.nature).papers if case.kind is CaseKind.DISPUTE else ()
    if not codes:
        return [Reply(text="这件事没有可以起草的文书。", buttons=((at_hand.back(case),),))]
    buttons = [Button(label=TITLES[code], choice=f"c:paper:{case.id}:{code}") for code in codes]
    text = "按案件里的内容填好大半，横线的地方要补。发给职工前请先看一遍。"
    return [Reply(title=at_hand.titled("文书草稿", case), text=text, buttons=(*rows(buttons, 2), (at_hand.back(case),)))]


async def paper(turn: Turn, case_id: CaseId, code: str) -> list[Reply]:
    """One of them, as a file."""
    case = await at_hand.look(turn, case_id, "draft")
    try:
        name, data = await paper_of(turn.session, case, code, now=turn.now, own=False)
    except NotFound:
        return await show(turn, case_id)
    file_id = await papers.make(turn.session, name=name, mime=DOCX, data=data, now=turn.now)
    buttons = (Button(label="别的文书", choice=f"c:papers:{case.id}"), at_hand.back(case))
    return [
        Reply(
            title=at_hand.titled(TITLES[code], case), text="改好以后，在“写给职工”里直接发这个文件就行。", file=file_id, buttons=(buttons,)
        )
    ]


CHOICES: Choices = {"c:papers": on_case(show), "c:paper": on_case(paper)}
