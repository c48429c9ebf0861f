"""投诉书 to the labour inspectorate (劳动保障监察条例第9条)."""

from __future__ import annotations

from handlers.paperwork import parties
from handlers.paperwork.case_paper import CasePaper
from handlers.paperwork.document import Draft

WORKER, EMPLOYER = "投诉人", "被投诉人"


def build(paper: CasePaper) -> bytes:
    """The complaint, as a .docx file."""
    draft = Draft("劳动保障监察投诉书", paper.today)
    parties.worker(draft, paper, WORKER)
    parties.employer(draft, paper, EMPLOYER)
    draft.heading("投诉请求")
    draft.numbered([claim.filled(paper.amount) for claim in paper.claims.inspection])
    draft.hint("这是这类事最常见的请求，和您的情况不一样就改掉；同一件事已经申请仲裁或起诉的，监察会让您按仲裁或诉讼走")
    if paper.claims.note:
        draft.hint(paper.claims.note)
    if paper.name is None:
        draft.hint("投诉要写真名；不想让单位知道的，可以改成举报，监察要为举报人保密（《劳动保障监察条例》第九条）")
    draft.heading("事实与理由")
    parties.facts(draft, paper, WORKER)
    draft.line(f"以上请求的依据是{paper.claims.basis(paper.claims.inspection)}。请依法查处，并将结果告知{WORKER}。", indent=True)
    draft.line("此致", indent=True)
    draft.line(paper.office.name)
    draft.signature(WORKER)
    draft.line("附：1. 身份证复印件1份　2. 证据清单及证据复印件")
    return draft.to_bytes()
