"""您这类事的路: the steps that a dispute of this nature goes, the one it is on, what to bring and where to, and the papers for it."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.choices import Choices, on_case
from handlers.conversation import Button, ButtonRows, Reply, rows
from handlers.paperwork import DOCX, TITLES, paper_of
from handlers.turn import Turn
from handlers.wording import day, today
from handlers.worker.my_cases import own
from knowledge import ArticleReference
from storage.models import Case
from storage.types import CaseId
from union import papers
from union.codes import spoken
from union.errors import NotFound
from union.paths import Limit, Office, Path, PathStep, office_for, path_for

PATH, PAPER = "w:path", "w:paper"
"""The choices of these screens: w:path:<case id>, w:paper:<case id>:<code of the paper>."""


def words(path: Path, current_step_code: str | None, office: Office) -> str:
    """The whole way with a mark at each step, and what the present one asks for; fits on one screen of a phone."""
    now = path.place(current_step_code)
    step = path.steps[now]
    blocks = [
        "\n".join(_mark(each, place - now) for place, each in enumerate(path.steps)),
        f"这一步：{step.about}",
        f"带上：{'、'.join(step.documents)}",
        f"找谁：{_whom(office)}",
    ]
    return "\n\n".join([*blocks, "\n".join(["时限：", *(_limit(limit) for limit in step.limits)])])


def _mark(step: PathStep, ahead: int) -> str:
    return f"· {step.title}" if ahead > 0 else f"✓ {step.title}" if ahead < 0 else f"▶ {step.title}（现在）"


def _whom(office: Office) -> str:
    return "，".join(part for part in (office.name, office.address, f"电话 {office.phone}") if part)


def _limit(limit: Limit) -> str:
    return f"· {limit.words}（{ArticleReference(limit.law, limit.article).cite}）"


async def show(turn: Turn, case: Case) -> list[Reply]:
    """您这类事的路, for a case that is this person's. Raises NotFound if its unit is gone from the register."""
    path = path_for(case.nature)
    step = path.steps[path.place(case.step)]
    office = await office_for(turn.session, step, case.unit_id)
    stand = f"以上按{day(today(turn.now))}的规定，是法律信息，不是律师意见。"
    drafts = "下面可以拿写好大半的草稿。" if path.papers else ""
    text = f"{words(path, case.step, office)}\n\n{stand}{drafts}"
    return [Reply(title=f"您这类事的路：{path.title}", text=text, buttons=(*_drafts(path, step, case), (_back(case),)))]


def _drafts(path: Path, step: PathStep, case: Case) -> ButtonRows:
    """What can be drafted on the way; what the present step needs comes first."""
    codes: Sequence[str] = tuple(dict.fromkeys((*step.papers, *path.papers)))
    return rows([Button(label=f"{TITLES[code]}草稿", choice=f"{PAPER}:{case.id}:{code}") for code in codes])


def _back(case: Case) -> Button:
    return Button(label="回到案件", choice=f"w:case:{case.id}")


async def paper(turn: Turn, case: Case, code: str) -> list[Reply]:
    """A paper for a case that is this person's, as a file to correct and to print."""
    to_path = Button(label="看这类事的路", choice=f"{PATH}:{case.id}")
    try:
        name, data = await paper_of(turn.session, case, code, now=turn.now, own=True)
    except NotFound:
        return [Reply(text="您这件事用不上这份材料。要交什么，看看“您这类事的路”。", buttons=((to_path,),))]
    file_id = await papers.make(turn.session, name=name, mime=DOCX, data=data, now=turn.now)
    text = (
        f"案件 {spoken(case.code)} 的{TITLES[code]}草稿，Word 和 WPS 都能打开。\n"
        "横线的地方请自己补上，灰色小字是提示，打印前删掉；改好打印，签上名字和日期。\n"
        f"拿不准就先发给律师看一遍。这份文件保存 {_KEPT_DAYS} 天，随时可以再要一份。"
    )
    return [Reply(text=text, file=file_id, buttons=((to_path, _back(case)),))]


_KEPT_DAYS = 30
"""How long the tidying leaves a file that belongs to no case (storage.tidying)."""


async def _show(turn: Turn, case_id: CaseId) -> list[Reply]:
    return await show(turn, await own(turn, case_id))


async def _paper(turn: Turn, case_id: CaseId, code: str) -> list[Reply]:
    return await paper(turn, await own(turn, case_id, "draft"), code)


CHOICES: Choices = {PATH: on_case(_show), PAPER: on_case(_paper)}
