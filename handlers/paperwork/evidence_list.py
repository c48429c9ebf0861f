"""证据清单: what the case holds, and under it what usually counts in such a matter."""

from __future__ import annotations

from docx.shared import Cm

from handlers.paperwork.case_paper import CasePaper
from handlers.paperwork.claims import BLANK
from handlers.paperwork.document import Draft
from handlers.wording import day

COLUMNS = (("序号", Cm(1.3)), ("证据名称", Cm(4.7)), ("证明什么", Cm(4.8)), ("份数页数", Cm(2.3)), ("原件/复印件", Cm(2.5)))

_COUNT, _WHICH = "＿份＿页", "□原件 □复印件"


def build(paper: CasePaper) -> bytes:
    """The list, as a .docx file."""
    draft = Draft("证据清单", paper.today)
    draft.line(f"提交人：{paper.name or BLANK * 2}　联系电话：{paper.phone or BLANK * 2}")
    draft.line(f"对方单位：{paper.employer}")
    draft.line(f"案由：{paper.claims.cause}")
    held = [
        [str(number), f"{piece.name}（{piece.kind}，{day(piece.received)}提交给工会）", "", _COUNT, _WHICH]
        for number, piece in enumerate(paper.files, 1)
    ]
    suggested = [
        [str(number), what, proves, _COUNT, _WHICH] for number, (what, proves) in enumerate(paper.claims.evidence, len(paper.files) + 1)
    ]
    draft.table(COLUMNS, [*held, *suggested], grey_from=len(held))
    draft.hint("灰字是这类事通常用得上的证据：有的留下，没有的划掉；“证明什么”一句话写清")
    draft.hint("照片和聊天记录打印出来，原来的手机和原件留着，开庭时要核对；证据在单位手里的，写明“由单位保管”")
    draft.signature("提交人")
    draft.line("签收人：＿＿＿＿＿＿　签收日期：＿＿＿＿年＿＿月＿＿日")
    return draft.to_bytes()
