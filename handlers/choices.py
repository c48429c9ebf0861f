"""What stands behind a button about a case: a table in each module of a counter, from "c:accept" to the function that takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Concatenate

from handlers.conversation import Reply, parts_of
from handlers.turn import Turn
from storage.types import CaseId

Take = Callable[[Turn, list[str]], Awaitable[list[Reply]]]
"""Takes a press of a button; the strings are what stood behind its name. Raises ValueError for what no button of ours ever had."""

Choices = Mapping[str, Take]


def on_case(action: Callable[Concatenate[Turn, CaseId, ...], Awaitable[list[Reply]]]) -> Take:
    """For a button whose first part is a case's number; the parts after it are handed on as they are."""

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        case_id, rest = CaseId(int(parts[0])), parts[1:]
        try:
            return await action(turn, case_id, *rest)
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:  # too many or too few parts: not a button of ours
                raise ValueError("not a button of ours") from error
            raise

    return take


def plain(action: Callable[[Turn], Awaitable[list[Reply]]]) -> Take:
    """For a button behind which nothing else stands."""

    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        return await action(turn)

    return take


async def take(turn: Turn, choices: Choices, choice: str) -> list[Reply] | None:
    """Does what stands behind a button; None when the table has nothing for it. Raises ValueError, and what the action raises."""
    first, *rest = parts_of(choice)
    name = ":".join([first, *rest[:1]])
    action = choices.get(name)
    return None if action is None else await action(turn, rest[1:] or [""])
