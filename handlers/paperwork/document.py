"""A Word document as Chinese offices know it: A4 with the margins of an official paper (GB/T 9704), 仿宋 for the text, blanks, hints in small grey."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph
from docx.text.run import Run

BODY, TITLE, HEADING, LATIN = "仿宋", "宋体", "黑体", "Times New Roman"

BODY_SIZE, TITLE_SIZE, CELL_SIZE, HINT_SIZE = Pt(14), Pt(22), Pt(11), Pt(9)
"""四号, 二号, and two small sizes for cells and hints."""

GREY = RGBColor(0x80, 0x80, 0x80)

FOOT = "本草稿由工会机器人根据您说的话生成，提交前请自己核对，或请律师看一遍。"

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no place for (section 2.2)."""


def printable(text: str) -> str:
    """The text without characters that a document can't hold; every end of line is a plain one."""
    return _REFUSED.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


class Draft:
    """A document that is being written, from the top down."""

    def __init__(self, title: str, today: date) -> None:
        self._document = Document()
        self._set_page()
        self._set_body()
        properties = self._document.core_properties
        properties.title, properties.author, properties.comments, properties.language = title, "", "", "zh-CN"
        properties.created = properties.modified = datetime(today.year, today.month, today.day, tzinfo=UTC)
        heading = self._document.add_paragraph()
        heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
        heading.paragraph_format.space_after = Pt(18)
        self._write(heading, title, font=TITLE, size=TITLE_SIZE, bold=True)

    def _set_page(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
        section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
        foot = section.footer.paragraphs[0]
        foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._write(foot, FOOT, size=HINT_SIZE, grey=True)

    def _set_body(self) -> None:
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = LATIN, BODY_SIZE
        properties = style.element.get_or_add_rPr()
        properties.get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
        language = properties.makeelement(qn("w:lang"), {qn("w:val"): "en-US", qn("w:eastAsia"): "zh-CN"})
        properties.append(language)
        spacing = style.paragraph_format
        spacing.space_after, spacing.line_spacing = Pt(0), 1.5

    def _write(
        self, paragraph: Paragraph, text: str, *, font: str = "", size: Pt | None = None, bold: bool = False, grey: bool = False
    ) -> Run:
        run = paragraph.add_run(printable(text))
        if font:
            run.font.name = LATIN
            run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if size is not None:
            run.font.size = size
        if grey:
            run.font.color.rgb = GREY
        run.font.bold = bold or None
        return run

    def heading(self, text: str) -> None:
        """The name of a part: 请求事项."""
        paragraph = self._document.add_paragraph()
        paragraph.paragraph_format.space_before = Pt(10)
        paragraph.paragraph_format.keep_with_next = True
        self._write(paragraph, text, font=HEADING)

    def line(self, text: str, *, indent: bool = False) -> None:
        """A paragraph; indent: its first line by two characters, as running text is."""
        paragraph = self._document.add_paragraph()
        if indent:
            paragraph.paragraph_format.first_line_indent = BODY_SIZE * 2
        self._write(paragraph, text)

    def numbered(self, texts: Sequence[str]) -> None:
        """1. …； 2. …。"""
        for number, text in enumerate(texts, 1):
            self.line(f"{number}. {text}{'。' if number == len(texts) else '；'}")

    def story(self, text: str) -> None:
        """What a person told, word for word, a paragraph for each of its lines."""
        for line in printable(text).split("\n"):
            if line.strip():
                self.line(line.strip(), indent=True)

    def hint(self, text: str) -> None:
        """What to fill in above, small and grey, to be struck out before the paper is handed in."""
        self._write(self._document.add_paragraph(), f"（{text}）", size=HINT_SIZE, grey=True)

    def signature(self, who: str) -> None:
        """Who signs and on which day, on the right."""
        for text in (f"{who}（签名）：＿＿＿＿＿＿＿＿", "＿＿＿＿年＿＿月＿＿日"):
            paragraph = self._document.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.space_before = Pt(12)
            self._write(paragraph, text)

    def table(self, columns: Sequence[tuple[str, Cm]], rows: Sequence[Sequence[str]], *, grey_from: int) -> None:
        """A table with a line of column names. columns: (name, width). grey_from: the first row that only suggests."""
        table = self._document.add_table(rows=1, cols=len(columns), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, (_, width) in zip(table.columns, columns, strict=True):  # WPS and LibreOffice go by the columns, Word by the cells
            column.width = width
        lines = [[name for name, _ in columns], *rows]
        for number, line in enumerate(lines):
            cells = table.rows[0].cells if number == 0 else table.add_row().cells
            for cell, text, (_, width) in zip(cells, line, columns, strict=True):
                cell.width = width
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.line_spacing = 1.2
                self._write(paragraph, text, font=HEADING if number == 0 else "", size=CELL_SIZE, grey=number > grey_from)

    def to_bytes(self) -> bytes:
        """The file."""
        out = BytesIO()
        self._document.save(out)
        return out.getvalue()
