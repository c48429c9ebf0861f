"""One employer under the several names that people give it: 北京市劲松饭店有限责任公司, 劲松饭店（朝阳店）… are looked up as the same."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy.engine import Dialect

from storage.types import BlindIndex

_IN_BRACKETS = re.compile(r"\([^()]*\)|【[^【】]*】|\[[^\[\]]*\]")
_NOT_NAME = re.compile(r"[^\w]+")
_FRONT = re.compile(r"^(?:北京市|北京)")  # 中国银行 is not 北京银行, and 京东方 not 东方
_BACK = re.compile(
    r"(?:联合工会|工会委员会|工会|股份有限公司|有限责任公司|股份公司|有限公司|责任公司|集团公司|总公司|分公司|子公司|公司|集团|总店|分店|本店)$"
)
_SHORTEST = 2


def employer_key(name: str) -> str:
    """The part of an employer's name by which it is known: without the city, the legal form, its union, brackets, spaces and case.

    What would be left with fewer than two characters keeps its form, so that 北京公司 is not every firm of the city.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = _NOT_NAME.sub("", _IN_BRACKETS.sub("", text)) or _NOT_NAME.sub("", text)
    for ending in (_BACK, _FRONT):
        while len(shorter := ending.sub("", text)) >= _SHORTEST and shorter != text:
            text = shorter
    return text


class EmployerIndex(BlindIndex):
    """The keyed fingerprint of an employer's name, whatever form of it was given; compare it with the plain name.

    One context for every table, so that a case, a lawyer's declared conflict and a workplace can be held against one another.
    """

    cache_ok = True

    def __init__(self) -> None:
        super().__init__("case.employer")

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return super().process_bind_param(None if value is None else employer_key(value), dialect)
