"""A person with a phone: what they do becomes updates, what the bot does is on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tests.botapi.methods import chat_json, new_file
from tests.botapi.state import Bot, Chat, Message


class Phone:
    """One person in the chat with one bot. What is done gives the number of the message, for `edit`."""

    def __init__(self, bot: Bot, user_id: int, first_name: str) -> None:
        self._bot = bot
        user = {"id": user_id, "is_bot": False, "first_name": first_name, "language_code": "zh-hans"}
        self._chat = bot.chats.setdefault(user_id, Chat(user))

    @property
    def user_id(self) -> int:
        return self._chat.id

    @property
    def menu(self) -> list[list[str]]:
        """The keyboard at the bottom of the screen."""
        return self._chat.menu

    def screen(self) -> list[Message]:
        """The messages in the chat, oldest first."""
        return list(self._chat.messages)

    def replies(self) -> list[Message]:
        """Only what the bot sent."""
        return [message for message in self._chat.messages if message.from_bot]

    async def wait_for(self, true: Callable[[list[Message]], bool], seconds: float = 60) -> list[Message]:
        """Waits until the screen is as wanted and gives it. Raises TimeoutError."""
        await self._bot.until(lambda: true(self.screen()), seconds)
        return self.screen()

    async def start(self, payload: str = "") -> int:
        """Presses 开始, or follows a link with a code."""
        return await self.say(f"/start {payload}".strip())

    async def say(self, text: str) -> int:
        return await self._send(text=text)

    async def tap(self, label: str) -> None:
        """Presses the newest button with this label or data, or else the key of the menu. Raises AssertionError if there is none."""
        for message in reversed(self._chat.messages):
            for button in message.buttons:
                if label in {button["text"], button.get("callback_data")} and "callback_data" in button:
                    await self._press(message, button["callback_data"])
                    return
        assert any(label in row for row in self._chat.menu), f"no button {label!r} on the screen"
        await self.say(label)

    async def photo(self, data: bytes = b"\xff\xd8photo", caption: str = "", group: str = "") -> int:
        small = new_file(self._bot, data[:3], ".jpg") | {"width": 90, "height": 60}
        large = new_file(self._bot, data, ".jpg") | {"width": 1280, "height": 960}
        return await self._send(photo=[small, large], caption=caption, media_group_id=group)

    async def document(self, data: bytes, name: str, mime: str = "application/pdf", caption: str = "") -> int:
        return await self._send(document=new_file(self._bot, data, "") | {"file_name": name, "mime_type": mime}, caption=caption)

    async def voice(self, data: bytes = b"OggS", seconds: int = 3) -> int:
        return await self._send(voice=new_file(self._bot, data, ".ogg") | {"duration": seconds, "mime_type": "audio/ogg"})

    async def sticker(self) -> int:
        file = new_file(self._bot, b"RIFF", ".webp")
        return await self._send(sticker=file | {"type": "regular", "width": 9, "height": 9, "is_animated": False, "is_video": False})

    async def location(self, latitude: float = 39.9, longitude: float = 116.4) -> int:
        return await self._send(location={"latitude": latitude, "longitude": longitude})

    async def contact(self, phone: str, own: bool = True) -> int:
        return await self._send(contact={"phone_number": phone, "first_name": "王芳", "user_id": self.user_id if own else 1})

    async def edit(self, message_id: int, text: str) -> None:
        """Changes an own text."""
        message = self._chat.find(message_id)
        assert message and not message.from_bot
        message.edits.append(message.text)
        message.raw = message.raw | {"text": text, "edit_date": int(time.time())}
        await self._bot.push(edited_message=message.raw)

    async def block(self) -> None:
        await self._membership("member", "kicked")

    async def unblock(self) -> None:
        await self._membership("kicked", "member")

    async def _send(self, **content: Any) -> int:
        number = next(self._bot.ids)
        raw = {"message_id": number, "date": int(time.time()), "chat": chat_json(self._chat), "from": self._chat.user}
        raw |= {key: value for key, value in content.items() if value}
        self._chat.messages.append(Message(id=number, from_bot=False, raw=raw))
        await self._bot.push(message=raw)
        return number

    async def _press(self, message: Message, data: str) -> None:
        query = f"q{len(self._bot.pressed) + 1}"
        self._bot.pressed.append(query)
        await self._bot.push(
            callback_query={"id": query, "from": self._chat.user, "message": message.raw, "chat_instance": "1", "data": data}
        )

    async def _membership(self, old: str, new: str) -> None:
        self._chat.blocked = new == "kicked"
        was, now = ({"user": self._bot.user, "status": s} | ({"until_date": 0} if s == "kicked" else {}) for s in (old, new))
        change = {"chat": chat_json(self._chat), "from": self._chat.user, "date": int(time.time())}
        await self._bot.push(my_chat_member=change | {"old_chat_member": was, "new_chat_member": now})
