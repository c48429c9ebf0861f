"""What a worker asks for in writing, by topic: read from data/claims.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from handlers.wording import money
from knowledge import ArticleReference
from knowledge.numerals import to_chinese

CLAIMS_FILE = Path(__file__).parents[1] / "data" / "claims.toml"

GENERAL, FORMAL = "general", "formal"

BLANK = "＿＿＿＿"
"""Where the case does not know."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to ask for, and the articles it rests on. text may hold {amount}. when: whose case it is; empty for everybody's on the topic."""

    text: str
    laws: tuple[ArticleReference, ...]
    when: str = ""

    def filled(self, amount: Decimal | None) -> str:
        """The claim with the sum that the case names, or with a blank for one."""
        return self.text.replace("{amount}", f"{BLANK} 元" if amount is None else money(amount))


@dataclass(frozen=True, slots=True)
class TopicClaims:
    """What papers say on a topic. evidence: (what, what it proves). formal: names of laws, where the short one would not do in a paper."""

    cause: str
    arbitration: tuple[Claim, ...]
    maybe: tuple[Claim, ...]
    inspection: tuple[Claim, ...]
    evidence: tuple[tuple[str, str], ...]
    note: str
    formal: Mapping[str, str]

    def basis(self, claims: Sequence[Claim]) -> str:
        """《劳动合同法》第三十八条、第四十六条、《劳动法》第五十条: each article once, under the name of its law."""
        by_law: dict[str, dict[str, None]] = {}
        for article in (article for claim in claims for article in claim.laws):
            by_law.setdefault(article.law, {})[f"第{to_chinese(article.number)}条"] = None
        return "、".join(f"《{self.formal.get(law, law)}》{'、'.join(numbers)}" for law, numbers in by_law.items())


class BadClaims(ValueError):
    """The file of claims is wrong; the text says where and what is expected."""


def load_claims(path: Path = CLAIMS_FILE) -> Mapping[str, TopicClaims]:
    """The claims by topic, under "general" what is said on any other. Raises BadClaims."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadClaims(f"{path.name}: {error}") from error
    formal = raw.pop(FORMAL, {})
    found: dict[str, TopicClaims] = {}
    for topic, section in raw.items():
        try:
            found[topic] = _topic({**raw[GENERAL], **section}, formal)
        except (KeyError, TypeError, ValueError) as error:
            raise BadClaims(f"{path.name}: [{topic}]: {type(error).__name__} {error}") from error
    if GENERAL not in found:
        raise BadClaims(f"{path.name}: [{GENERAL}] is expected")
    return found


def _topic(section: Mapping[str, Any], formal: Mapping[str, str]) -> TopicClaims:
    return TopicClaims(
        cause=section["cause"],
        arbitration=_claims(section["arbitration"]),
        maybe=_claims(section["maybe"]),
        inspection=_claims(section["inspection"]),
        evidence=tuple((what, proves) for what, proves in section["evidence"]),
        note=section["note"],
        formal=formal,
    )


def _claims(tables: Sequence[Mapping[str, Any]]) -> tuple[Claim, ...]:
    return tuple(
        Claim(table["text"], tuple(ArticleReference(law, int(number)) for law, number in table["laws"]), table.get("when", ""))
        for table in tables
    )


@cache
def _shipped() -> Mapping[str, TopicClaims]:
    return load_claims()


def claims_on(topic: str) -> TopicClaims:
    """What papers say on a topic; what holds in general where there is nothing on it."""
    return _shipped().get(topic, _shipped()[GENERAL])
