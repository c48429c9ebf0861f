"""Long lists out of spreadsheets: read as openpyxl reads them, whatever program wrote them, or refused in words."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from handlers.long_sheets import read_long_table
from handlers.sheets import LONG_LIST, BadSheet, Size, read_table
from tests.handlers.test_sheets import book, repacked

COLUMNS = ("手机号", "卡号", "备注")

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

_TEXTS = b'<Relationship Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="texts/all.xml" Id="rId9"/>'


def rows(data: bytes, **size: int) -> list[dict[str, object]]:
    limits = Size(LONG_LIST.file, size.get("unpacked", LONG_LIST.unpacked), size.get("rows", 100), size.get("looked_at", 200))
    return [dict(row) for row in read_long_table(data, sheet="名单", columns=COLUMNS, size=limits).rows]


def refusal(data: bytes, **size: int) -> str:
    with pytest.raises(BadSheet) as bad:
        rows(data, **size)
    return str(bad.value)


def with_page(sheet: str, texts: str = "") -> bytes:
    """A workbook whose sheet, and texts, are written by hand."""

    def change(name: str, data: bytes) -> bytes:
        if name.endswith("sheet1.xml"):
            return f"{_HEAD}{sheet}".encode()
        return data.replace(b"</Relationships>", _TEXTS + b"</Relationships>") if texts and name.endswith("workbook.xml.rels") else data

    more = {"xl/texts/all.xml": f"{_HEAD}{texts}".encode()} if texts else {}
    return repacked(book(("手机号",), ("x",)), change, **more)


def test_texts_and_numbers_are_read_by_column() -> None:
    assert rows(book(("手机号", "卡号"), ("139", 9900001111), (13900001234.0, None))) == [
        {"手机号": "139", "卡号": 9900001111},
        {"手机号": 13900001234},
    ]


def test_gaps_between_cells_and_rows_keep_their_places() -> None:
    page = (
        f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>手机号</t></is></c>'
        '<c r="C1" t="inlineStr"><is><t>备注</t></is></c></row><row r="4"><c r="C4"><v>7</v></c></row></sheetData></worksheet>'
    )
    assert rows(with_page(page)) == [{}, {}, {"手机号": None, "备注": 7}]


def test_rows_and_cells_may_lack_their_names_and_bear_a_prefix() -> None:
    page = (
        f'<x:worksheet xmlns:x="{_SPACE[7:-1]}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>手机号</x:t></x:is></x:c></x:row>'
        "<x:row><x:c><x:v>1.3900001234E10</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert rows(with_page(page)) == [{"手机号": 13900001234.0}]


def test_a_text_in_several_pieces_is_one_and_its_pronunciation_is_none_of_it() -> None:
    page = (
        f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    texts = (
        f"<sst {_SPACE}><si><t>手机号</t></si><si><r><t>139</t></r><r><t>00001234</t></r><rPh sb='0' eb='1'><t>いち</t></rPh></si></sst>"
    )
    assert rows(with_page(page, texts)) == [{"手机号": "13900001234"}]


def test_a_formula_is_refused_whatever_it_comes_to() -> None:
    table = read_long_table(book(("手机号",), ("=1+1",), ("139",)), sheet="名单", columns=COLUMNS)
    assert list(table.refused) == [(2, "手机号")]
    assert [row.get("手机号") for row in table.rows] == [None, "139"]


def test_the_sheet_of_that_name_is_taken_or_else_the_first() -> None:
    made = Workbook()
    made.active.title = "说明"
    made.active.append(["备注"])
    made.active.append(["这页不是"])
    page = made.create_sheet("名单")
    page.append(["手机号"])
    page.append(["139"])
    out = BytesIO()
    made.save(out)
    assert rows(out.getvalue()) == [{"手机号": "139"}]
    assert rows(book(("手机号",), ("138",), title="别的")) == [{"手机号": "138"}]


def test_too_many_rows_are_refused_and_empty_ones_below_are_not_counted() -> None:
    assert "最多 3 行" in refusal(book(("手机号",), *[("139",)] * 4), rows=3)
    assert len(rows(book(("手机号",), *[("139",)] * 3, *[(None,)] * 5), rows=3)) == 3
    page = f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="900000"/></sheetData></worksheet>'
    assert "超过 200 行" in refusal(with_page(page))


def test_what_unpacks_to_too_much_is_not_opened() -> None:
    assert "展开后太大" in refusal(book(("手机号",), *[("139",)] * 50), unpacked=2_000)


def test_declared_entities_are_not_opened() -> None:
    page = f'<!DOCTYPE x [<!ENTITY a "1">]><worksheet {_SPACE}><sheetData/></worksheet>'
    assert "不该有的内容" in refusal(with_page(page))


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<worksheet",
        f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row></sheetData></worksheet>',
        f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1" t="s"><v>x</v></c></row></sheetData></worksheet>',
        f'<worksheet {_SPACE}><sheetData><row r="x"/></sheetData></worksheet>',
        f'<worksheet {_SPACE}><sheetData><row r="1"><c r="A1"><v>abc</v></c></row></sheetData></worksheet>',
    ],
)
def test_a_damaged_sheet_is_refused_in_words(page: str) -> None:
    assert "可能损坏了" in refusal(with_page(page))


def test_a_workbook_without_its_parts_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(book(("手机号",)))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if "_rels/workbook" not in name:
                new.writestr(name, old.read(name))
    assert "可能损坏了" in refusal(out.getvalue())


_CELLS = st.one_of(
    st.none(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="_"), max_size=20).filter(
        lambda text: text[:1] not in ("=", "#")
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=5))
def test_it_reads_what_openpyxl_reads(lines: list[tuple[Any, ...]]) -> None:
    data = book(COLUMNS, *lines)

    def plain(table_rows: Any) -> list[dict[str, object]]:
        return [{title: row.get(title) for title in COLUMNS if row.get(title) not in (None, "")} for row in table_rows]

    assert plain(read_long_table(data, sheet="名单", columns=COLUMNS).rows) == plain(read_table(data, sheet="名单", columns=COLUMNS).rows)
