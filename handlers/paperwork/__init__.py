"""A worker's papers for the offices, filled in from the case: 仲裁申请书, 投诉书, 证据清单, as files for Word and WPS."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from handlers.paperwork.case_paper import CasePaper, gather
from handlers.wording import today
from storage.models import Case
from union.codes import spoken
from union.errors import NotFound
from union.paths import path_for

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

TITLES: Mapping[str, str] = {
    "arbitration_application": "仲裁申请书",
    "inspection_complaint": "投诉书",
    "evidence_list": "证据清单",
}
"""What can be drafted, by the codes that the paths use."""


async def paper_of(session: AsyncSession, case: Case, code: str, *, now: datetime, own: bool) -> tuple[str, bytes]:
    """A paper for a case: the name of the file and what is in it. Whether the case is this person's business is the caller's to check.

    own: it is for the worker, with their phone; for whoever handles the case that stays blank, because they never see it.
    Raises NotFound for a paper that is of no use on the path of this case.
    """
    step = next((step for step in path_for(case.nature).steps if code in step.papers), None)
    if step is None or code not in TITLES:
        raise NotFound
    paper = await gather(session, case, step, today(now))
    if not own:
        paper = replace(paper, phone=None)
    data = await asyncio.to_thread(_build, code, paper)
    return f"{TITLES[code]}-{spoken(case.code)}.docx", data


def _build(code: str, paper: CasePaper) -> bytes:
    # Imported with the first paper: the library is large, and most conversations never ask for one.
    from handlers.paperwork import arbitration_application, evidence_list, inspection_complaint

    builders = {
        "arbitration_application": arbitration_application.build,
        "inspection_complaint": inspection_complaint.build,
        "evidence_list": evidence_list.build,
    }
    return builders[code](paper)
