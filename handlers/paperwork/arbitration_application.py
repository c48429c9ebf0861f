"""仲裁申请书 (劳动争议调解仲裁法第28条)."""

from __future__ import annotations

from handlers.paperwork import parties
from handlers.paperwork.case_paper import CasePaper
from handlers.paperwork.document import Draft

WORKER, EMPLOYER = "申请人", "被申请人"


def build(paper: CasePaper) -> bytes:
    """The application, as a .docx file."""
    draft = Draft("劳动人事争议仲裁申请书", paper.today)
    parties.worker(draft, paper, WORKER)
    parties.employer(draft, paper, EMPLOYER)
    _claims(draft, paper)
    draft.heading("事实与理由")
    parties.facts(draft, paper, WORKER)
    basis = paper.claims.basis(paper.claims.arbitration)
    draft.line(f"以上请求的依据是{basis}。为维护合法权益，请依法支持{WORKER}的请求。", indent=True)
    draft.heading("证据和证据来源，证人姓名和住所")
    draft.line("见所附《证据清单》。证人：＿＿＿＿　住所：＿＿＿＿＿＿＿＿（没有证人的划掉）", indent=True)
    draft.line("此致", indent=True)
    draft.line(paper.office.name)
    draft.signature(WORKER)
    draft.line("附：1. 申请书副本＿＿份（按被申请人人数）　2. 身份证复印件1份　3. 证据清单及证据复印件")
    return draft.to_bytes()


def _claims(draft: Draft, paper: CasePaper) -> None:
    draft.heading(f"请求事项（案由：{paper.claims.cause}）")
    draft.numbered([claim.filled(paper.amount) for claim in paper.claims.arbitration])
    draft.hint("这是这类事最常见的请求，和您的情况不一样就改掉；金额是您估的数，请写清怎么算出来的，漏写的请求仲裁不会管")
    for claim in paper.claims.maybe:
        draft.hint(f"{claim.when}，可以加一条：{claim.filled(paper.amount)}，依据{paper.claims.basis([claim])}")
    if paper.claims.note:
        draft.hint(paper.claims.note)
