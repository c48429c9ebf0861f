"""The steps in which a notice is written: title and text with their variables, a picture or file, the buttons under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from handlers import receiving
from handlers.conversation import Kind
from handlers.staff.notice_problems import told
from handlers.steps import Again, Answered, Ask, Offer, Pick, Problem, Step, Value, Values
from handlers.turn import Turn
from handlers.wording import shorten
from handlers.worker import welcome
from storage.models import Category, StoredFile
from storage.types import FileId
from union import emphasis, notice_content, notices
from union.errors import NotFound
from union.notice_content import MOST_BUTTONS, BadContent, Do, NoticeButton

SERVICES: Sequence[str] = (welcome.ASK, welcome.CLAIM, welcome.MINE, welcome.SERVICES, welcome.NEARBY)
"""Words of the members' menu that a button may open."""

MARKS = "要加粗的字前后各写两个星号：**重点**；一行开头写“- ”（减号加空格），就是列表里的一行。"
"""What may be marked in the text, for whoever writes it."""

_ACK, _ASK_US = "已阅", "我要咨询"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words(Ask):
    """Title or text (the key says which): its length, the variables in it, and the marks in the text."""

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        """As `Ask`. Telegram's apps make `**重点**` into bold before they send it: the marks are put back."""
        said = turn.incoming
        if self.key == "text" and said.kind is Kind.TEXT and said.bold:
            return await self.from_words(turn, values, emphasis.marked(said.text, said.bold))
        return await Ask.read(self, turn, values, choice)

    async def from_words(self, turn: Turn, values: Values, text: str) -> Answered:
        """The words, if a notice may say them."""
        typed = notice_content.tidy(text)
        try:
            notice_content.check_words(self.key, typed)
        except BadContent as error:
            return Problem(told(error))
        return Value(typed)

    def shown(self, value: Any) -> str:
        if value is None:
            return Step.shown(self, value)
        return shorten(emphasis.read(value).text if self.key == "text" else value, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryStep(Pick):
    """What it is about: people subscribe by it. 紧急通知 only for those who may send at night."""

    async def offer(self, turn: Turn, values: Values) -> Offer:
        choices = await self._open_to(turn)
        return [choices[i : i + self.width] for i in range(0, len(choices), self.width)]

    async def _open_to(self, turn: Turn) -> Sequence[tuple[str, str]]:
        urging = notices.may_urge(await turn.actor())
        return [choice for choice in self.choices if urging or choice[1] != Category.EMERGENCY]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        answer = await Pick.read(self, turn, values, choice)
        if isinstance(answer, Value) and answer.value not in [value for _, value in await self._open_to(turn)]:
            return Problem("紧急通知夜里也会响，只有区、市和产业工会可以发。请选别的类别，或者请上级代发。")
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFile(Step):
    """A picture, video or file to send along. Kept as {"file", "name"}."""

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        file = turn.incoming.file
        if file is None:
            return Problem("请发一张图片或一个文件；不需要就点“跳过”。")
        if problem := receiving.too_large(turn):
            return Problem(problem)
        try:
            notice_content.check_file(file.kind, file.size)
            file_id = await receiving.register(turn)
            await notice_content.check_stored_file(turn.session, file_id)  # the page knows the true size
        except BadContent as error:
            return Problem(told(error))
        except NotFound:
            return Problem("文件没有收到，请再发一次。")
        return Value({"file": file_id, "name": _file_name(file.name, file.kind)})

    def shown(self, value: Any) -> str:
        return value["name"] if value else "没有"


async def stored_file(turn: Turn, file_id: FileId | None) -> dict[str, Any] | None:
    """The value of the step for a file that is kept already."""
    file = await turn.session.get(StoredFile, file_id) if file_id else None
    return None if file is None else {"file": file.id, "name": _file_name(file.name, file.kind)}


def _file_name(name: str, kind: str) -> str:
    """What a file is called on the screen: by its kind where it has no name, as a picture taken with a phone."""
    return shorten(name, 40) or {"photo": "图片", "video": "视频"}.get(kind, "文件")


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons(Step):
    """Up to three buttons: 已阅, 咨询, a service of the menu, a link, a form of registration. Kept as a list of what a notice keeps."""

    def question(self, values: Values) -> str:
        chosen = self._chosen(values)
        if values.get(f"{self.key}.adding") == "link":
            return "链接按钮：发“按钮上的字 网址”，例如：看全文 https://www.example.cn/a"
        if values.get(f"{self.key}.adding") == "service":
            return "点一下打开哪项服务？"
        if values.get(f"{self.key}.adding") == "survey":
            return "哪一个报名或调查？"
        if not chosen:
            return self.ask
        return f"现在有：{self.shown(chosen)}。最多 {MOST_BUTTONS} 个，还要加吗？"

    def _chosen(self, values: Values) -> list[dict[str, Any]]:
        return list(values.get(f"{self.key}.list") or values.get(self.key) or ())

    async def offer(self, turn: Turn, values: Values) -> Offer:
        adding = values.get(f"{self.key}.adding")
        back = [("换一种", "other")]
        if adding == "link":
            return [back]
        if adding == "service":
            return [*[[(word, f"service:{number}")] for number, word in enumerate(SERVICES)], back]
        if adding == "survey":
            surveys = await notices.open_surveys(turn.session, await turn.actor(), turn.now)
            return [*[[(shorten(survey.title, 30), f"survey:{survey.id}")] for survey in surveys], back]
        chosen = self._chosen(values)
        done = [[("就这些", "done"), ("全部去掉", "none")]] if chosen else []
        if len(chosen) >= MOST_BUTTONS:
            return done
        kinds = [[(_ACK, "ack"), ("咨询", "ask"), ("打开服务", "service")], [("链接", "link"), ("报名或调查", "survey")]]
        return [*kinds, *done]

    async def read(self, turn: Turn, values: Values, choice: str) -> Answered:
        if choice in ("link", "service", "survey", "other"):
            return await self._adding(turn, choice)
        if choice == "done":
            return Value(self._chosen(values), {f"{self.key}.adding": ""})
        if choice == "none":
            return Again({f"{self.key}.list": [], self.key: [], f"{self.key}.adding": ""})
        button = await self._picked(turn, choice) if choice else self._typed(turn, values)
        return button if isinstance(button, Problem) else self._added(values, button)

    async def _adding(self, turn: Turn, choice: str) -> Answered:
        if choice == "survey" and not await notices.open_surveys(turn.session, await turn.actor(), turn.now):
            return Problem("现在没有开放的报名或调查。请先到“报名和调查”里建一个。")
        return Again({f"{self.key}.adding": "" if choice == "other" else choice})

    def _added(self, values: Values, button: NoticeButton) -> Answered:
        chosen = self._chosen(values)
        kept = button.to_json()
        if kept in chosen:
            return Again({f"{self.key}.adding": ""}, "这个按钮已经有了。")
        try:
            notice_content.check_button(button)
        except BadContent as error:
            return Problem(told(error))
        if button.do is Do.SURVEY and any(one["do"] == Do.SURVEY for one in chosen):
            return Problem("一条通知只能带一个报名或调查。")
        if len(chosen) >= MOST_BUTTONS:
            return Problem(f"最多 {MOST_BUTTONS} 个按钮。")
        chosen.append(kept)
        if len(chosen) == MOST_BUTTONS:
            return Value(chosen, {f"{self.key}.list": chosen, f"{self.key}.adding": ""})
        return Again({f"{self.key}.list": chosen, f"{self.key}.adding": ""})

    async def _picked(self, turn: Turn, choice: str) -> NoticeButton | Problem:
        kind, _, rest = choice.partition(":")
        if choice == "ack":
            return NoticeButton(_ACK, Do.ACK)
        if choice == "ask":
            return NoticeButton(_ASK_US, Do.ASK)
        if kind == "service" and rest.isdecimal() and int(rest) < len(SERVICES):
            return NoticeButton(SERVICES[int(rest)], Do.SERVICE, SERVICES[int(rest)])
        if kind == "survey":
            surveys = await notices.open_surveys(turn.session, await turn.actor(), turn.now)
            if found := next((survey for survey in surveys if str(survey.id) == rest), None):
                label = "我要报名" if found.kind == "sign_up" else "我要参加"
                return NoticeButton(label, Do.SURVEY, str(found.id))
        return Problem("请点下面的按钮选一个。")

    def _typed(self, turn: Turn, values: Values) -> NoticeButton | Problem:
        """看全文 https://…: what stands before the address is on the button."""
        if turn.incoming.kind is not Kind.TEXT:
            return Problem("请点下面的按钮；链接请打字。")
        *words, url = turn.incoming.text.split() or [""]
        if "://" not in url and values.get(f"{self.key}.adding") != "link":
            return Problem("请点下面的按钮选一种；链接请写成“看全文 https://…”。")
        return NoticeButton(" ".join(words) or "查看详情", Do.LINK, url)

    def skipped(self, values: Values) -> Any:
        return self._chosen(values)

    def shown(self, value: Any) -> str:
        return "、".join(f"[{one['label']}]" for one in value) if value else "没有"
