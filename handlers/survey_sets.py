"""What a sign-up, a survey or a vote can begin with (data/surveys.toml)."""

from __future__ import annotations

import pathlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from storage.models import SurveyKind
from union.survey_questions import Question, from_json

FILE = pathlib.Path(__file__).parent / "data" / "surveys.toml"

KIND: Mapping[SurveyKind, str] = {
    SurveyKind.SIGN_UP: "报名",
    SurveyKind.SURVEY: "调查",
    SurveyKind.APPRAISAL: "会员评议",
    SurveyKind.CONSENT: "年度计划表决",
    SurveyKind.WAGES: "工资调查",
}
"""What each kind is called."""


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """One of them. label: on the button; about: what it is for, in a line."""

    code: str
    kind: SurveyKind
    label: str
    about: str
    questions: tuple[Question, ...]


@cache
def ready_made() -> Mapping[str, ReadyMade]:
    """All of them by their code, in the order of the screen."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {
        code: ReadyMade(
            code,
            SurveyKind(table["kind"]),
            table["label"],
            table["about"],
            from_json([{"key": f"q{number}", **question} for number, question in enumerate(table["questions"], 1)]),
        )
        for code, table in raw.items()
    }
