"""A stand-in for Telegram's Bot API server: real HTTP in the test's own loop, people with phones, and failures on demand.

async with BotApi(tokens={"111:member"}) as api:
    door = MembersTelegram("111:member", api=api.url, …)
    phone = api.phone("111:member", 1001)
    await phone.start()
    await phone.wait_for(lambda screen: "您好" in screen[-1].text)
    assert api.violations == []
"""

from tests.botapi.phone import Phone
from tests.botapi.server import BotApi
from tests.botapi.state import Call, Chat, Fault, FaultKind, Message

__all__ = ["BotApi", "Call", "Chat", "Fault", "FaultKind", "Message", "Phone"]
