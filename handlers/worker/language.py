"""需要其他语言: which one somebody would rather speak with their lawyer."""

from __future__ import annotations

from handlers.choices import Choices, Take
from handlers.conversation import Button, Reply, rows
from handlers.languages import languages
from handlers.turn import Turn
from handlers.worker.welcome import privacy_notice
from union import people

LANGUAGE = "w:lang"
BUTTON = Button(label="需要其他语言", choice=LANGUAGE)
CHINESE = "zh"


async def choose(turn: Turn, code: str = "") -> list[Reply]:
    """The list, or the choice from it. What somebody speaks is kept, so it needs their consent first."""
    if turn.person_id is None:
        turn.state.then = "language"
        return [privacy_notice(continuing=True)]
    if code == CHINESE:
        await people.would_rather_speak(turn.session, turn.person_id, None)
        return [Reply(text="记下了：普通话。")]
    if code not in languages():
        buttons = [Button(label=language.button, choice=f"{LANGUAGE}:{language.code}") for language in languages().values()]
        chinese = Button(label="普通话", choice=f"{LANGUAGE}:{CHINESE}")
        return [Reply(text="您和律师说话，用哪种语言方便？", buttons=(*rows(buttons, 2), (chinese,)))]
    await people.would_rather_speak(turn.session, turn.person_id, code)
    label = languages()[code].label
    return [Reply(text=f"记下了：{label}。以后派律师时，先找会{label}的；一时没有，也会有律师联系您，请告诉他您需要{label}。")]


def _take() -> Take:
    async def take(turn: Turn, parts: list[str]) -> list[Reply]:
        return await choose(turn, parts[0])

    return take


CHOICES: Choices = {LANGUAGE: _take()}
