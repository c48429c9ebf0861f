"""What a notice says: title, text, variables, buttons, a picture or file; and what of it a door, or the union, would not take."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Category, FileStatus, Notice, StoredFile
from storage.types import FileId, SurveyId
from union import emphasis
from union.doors import MEGABYTE, limits
from union.errors import UnionError

SHORTEST_TITLE, LONGEST_TITLE = 2, 30
SHORTEST_TEXT, LONGEST_TEXT = 5, 1000
MOST_BUTTONS = 3

MOST_BOLD = 60
"""Places in bold: Telegram draws a hundred of such things in a message, and addresses and numbers are among them."""

NAME, UNIT = "{姓名}", "{单位}"
VARIABLES = (NAME, UNIT)
"""What is filled in for each person: their name, and the unit they belong to."""

LONGEST_VALUE = 40
"""Characters that a variable may come to: what is longer is cut (the register's longest unit has 34)."""

_BRACED = re.compile(r"\{([^{}\n]{0,20})\}")

PHOTO, VOICE = "photo", "voice"


class Do(StrEnum):
    """What a button of a notice does."""

    LINK = "link"  # opens the address in `value`
    ACK = "ack"  # 已阅
    ASK = "ask"  # leads to a question of one's own
    SERVICE = "service"  # opens the word of the menu in `value`
    SURVEY = "survey"  # opens the form whose number is in `value`


@dataclass(frozen=True, slots=True)
class NoticeButton:
    """A button under a notice."""

    label: str
    do: Do
    value: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored with a notice."""
        return {"label": self.label, "do": self.do.value, "value": self.value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NoticeButton:
        """What `to_json` wrote."""
        return cls(data["label"], Do(data["do"]), str(data["value"]))


@dataclass(frozen=True, slots=True)
class Content:
    """What is written. urgent: it may go out at night."""

    title: str
    text: str
    category: Category = Category.SERVICE
    urgent: bool = False
    buttons: Sequence[NoticeButton] = field(default=())
    file_id: FileId | None = None

    @property
    def survey_id(self) -> SurveyId | None:
        """The form behind one of the buttons."""
        return next((SurveyId(int(button.value)) for button in self.buttons if button.do is Do.SURVEY), None)

    def to_json(self) -> dict[str, Any]:
        """What a template keeps: everything but the file, which is of its day."""
        buttons = [button.to_json() for button in self.buttons if button.do is not Do.SURVEY]
        return {"title": self.title, "text": self.text, "category": self.category.value, "urgent": self.urgent, "buttons": buttons}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Content:
        """What `to_json` wrote."""
        buttons = tuple(NoticeButton.from_json(button) for button in data["buttons"])
        return cls(data["title"], data["text"], Category(data["category"]), data["urgent"], buttons)

    @classmethod
    def of(cls, notice: Notice) -> Content:
        """What a notice says."""
        buttons = tuple(NoticeButton.from_json(button) for button in notice.buttons)
        return cls(notice.title, notice.text, notice.category, notice.urgent, buttons, notice.file_id)


class BadContent(UnionError):
    """What can't go out as it is. part: title, text, buttons, file. problem: a code. given, allowed: what it is and what it may be."""

    code = "notice.bad_content"

    def __init__(self, part: str, problem: str, given: object = "", allowed: object = "") -> None:
        super().__init__(f"{part}: {problem}")
        self.part = part
        self.problem = problem
        self.given = given
        self.allowed = allowed


def unknown_variable(text: str) -> str:
    """The first {…} in a text that is none of the variables; empty when there is none."""
    return next((found[0] for found in _BRACED.finditer(text) if found[0] not in VARIABLES), "")


def tidy(text: str) -> str:
    """What was typed, with the wide braces of Chinese keyboards made plain where they enclose one of the variables."""
    for variable in VARIABLES:
        text = text.replace(variable.replace("{", "｛").replace("}", "｝"), variable)
    return text.strip()


def check_words(part: str, text: str) -> None:
    """Title or text, its length without the marks. Raises BadContent: "short", "long", "lines" for a title on more than one, "variable",
    and for the text "unpaired" and "empty" with the number of the line, "bold"."""
    typed = text
    if part == "text":
        text = _without_marks(typed)
    shortest, longest = (SHORTEST_TITLE, LONGEST_TITLE) if part == "title" else (SHORTEST_TEXT, LONGEST_TEXT)
    if len(text) < shortest or not any(character.isalnum() for character in text):
        raise BadContent(part, "short", len(text), shortest)
    if len(text) > longest:
        raise BadContent(part, "long", len(text), longest)
    if part == "title" and "\n" in text:
        raise BadContent(part, "lines")
    if unknown := unknown_variable(typed) or unknown_variable(text):
        raise BadContent(part, "variable", unknown)


def _without_marks(typed: str) -> str:
    """Raises BadContent for marks that are not right."""
    read = emphasis.read(typed)
    for problem, lines in (("unpaired", read.unpaired), ("empty", read.empty)):
        if lines:
            raise BadContent("text", problem, lines[0])
    if len(read.bold) > MOST_BOLD:
        raise BadContent("text", "bold", len(read.bold), MOST_BOLD)
    return read.text


def check_button(button: NoticeButton) -> None:
    """Raises BadContent: "label", "link"."""
    if not 1 <= len(button.label) <= limits().label or "\n" in button.label:
        raise BadContent("buttons", "label", len(button.label), limits().label)
    if button.do is Do.LINK and not _opens(button.value):
        raise BadContent("buttons", "link", button.value[:60])


def _opens(url: str) -> bool:
    """Whether every door opens it: https, a host with a dot, nobody's name or password in it."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and "." in (parts.hostname or "").strip(".")
            and parts.username is None
            and len(url) <= limits().url
            and not any(character.isspace() or character in '"<>\\^`{|}' for character in url)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def check_file(kind: str, size: int) -> None:
    """A picture or file, its size in bytes. Raises BadContent: "kind" for a voice message, "large"."""
    if kind == VOICE:
        raise BadContent("file", "kind")
    most = limits().photo if kind == PHOTO else limits().file
    if size > most * MEGABYTE:
        raise BadContent("file", "large", -(-size // MEGABYTE), most)


def check(content: Content) -> None:
    """Everything that can be said without looking anything up. Raises BadContent."""
    check_words("title", content.title)
    check_words("text", content.text)
    if len(content.buttons) > MOST_BUTTONS:
        raise BadContent("buttons", "many", len(content.buttons), MOST_BUTTONS)
    for button in content.buttons:
        check_button(button)
    if sum(button.do is Do.SURVEY for button in content.buttons) > 1:
        raise BadContent("buttons", "surveys")


async def check_stored_file(session: AsyncSession, file_id: FileId | None) -> None:
    """The file as it is kept. Raises BadContent: "gone" for one that its door would not give, and as `check_file`."""
    if file_id is None:
        return
    file = await session.get(StoredFile, file_id)
    if file is None or file.status is FileStatus.GONE:
        raise BadContent("file", "gone")
    check_file(file.kind, file.size)
