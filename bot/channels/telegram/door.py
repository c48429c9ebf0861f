"""A Telegram door, whichever library speaks for it: starting, receiving, sending, stopping."""

from __future__ import annotations

import asyncio
import hmac
import re
from contextlib import suppress

import structlog

from bot.channels.base import Outgoing, Sent, StoreIncoming
from bot.channels.telegram.backoff import Backoff
from bot.channels.telegram.client import BotClient, CallFailed, read_json
from bot.channels.telegram.profiles import Profile
from bot.channels.telegram.reading import Reader
from bot.channels.telegram.receiving import Poller, Receiver
from bot.channels.telegram.sending import Sender
from bot.clock import Clock
from bot.errors import SettingsError
from handlers.conversation import Side

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class TelegramDoor:
    """A bot as a `Door`. In webhook mode the web app hands what arrives to `take`; otherwise one process of all runs `poll_forever`.

    A token or an address that is plainly wrong ends the start with one sentence: the operator is at the keyboard then and can mend it.
    If Telegram just can't be reached the program starts all the same, since the web door and the deadlines don't need it: the door
    keeps trying in the background (0.5 s, 1 s … 60 s), `ready` is false meanwhile, and messages wait in the outbox.
    """

    def __init__(
        self,
        client: BotClient,
        *,
        name: str,
        side: Side,
        profile: Profile,
        token_setting: str,
        api: str | None,
        store: StoreIncoming,
        clock: Clock,
        webhook_url: str | None,
        webhook_secret: str,
        bulk_rate: float,
    ) -> None:
        if webhook_url and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", webhook_secret):
            raise ValueError("a webhook needs a secret of 1 to 256 letters, digits, - or _")
        self.name = name
        self.bulk_rate = bulk_rate
        self.chat_rate = 1.0  # what Telegram asks for; short bursts may go over it
        self._client = client
        self._profile = profile
        self._token_setting = token_setting
        self._api = api
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret
        self._receiver = Receiver(client, Reader(name, side), store, clock)
        self._sender = Sender(client)
        self._ready = asyncio.Event()
        self._starting: asyncio.Task[None] | None = None
        self._polling: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the bot has been reached and set up; for health and `doctor`."""
        return self._ready.is_set()

    @property
    def polls(self) -> bool:
        """Whether this door is polled, so that one process must be elected to run `poll_forever`."""
        return not self._webhook_url

    async def start(self) -> None:
        """Checks the token, sets the bot's page and the webhook. Raises SettingsError if the operator must mend something first."""
        try:
            await self._set_up()
        except CallFailed as failure:
            if failure.refused and self._api:
                await self._client.close()
                raise SettingsError("UNION_TELEGRAM_API: nothing listens at this address.") from None
            log.warning("door.delayed", door=self.name, code=failure.code)
            self._starting = asyncio.create_task(self._keep_trying(failure))
        except SettingsError:
            await self._client.close()
            raise

    async def poll_forever(self) -> None:
        """Polls until it is cancelled or the door stops. Only one process at a time may run it: Telegram allows one poller a bot."""
        if self._polling and not self._polling.done():
            raise RuntimeError("this door is already polled")
        self._polling = asyncio.create_task(self._poll())
        try:
            await asyncio.wait({self._polling})
            with suppress(asyncio.CancelledError):
                self._polling.result()
        finally:
            await _end(self._polling)

    async def take(self, body: bytes, secret_header: str | None) -> bool:
        """Takes what was brought to the webhook; answer 200 when it returns True and 403 when False (the secret is wrong).

        Raises ValueError for a body that is no update (answer 400) and what `store` raises (answer 5xx: Telegram brings it again).
        """
        if not self._webhook_secret or not hmac.compare_digest(
            self._webhook_secret.encode(), (secret_header or "").encode("utf-8", "replace")
        ):
            return False
        update = read_json(body)
        if not isinstance(update, dict) or type(update.get("update_id")) is not int:
            raise ValueError("not an update")
        await self._receiver.accept([update])
        return True

    async def send(self, outgoing: Outgoing) -> Sent:
        """Sends one message. Raises Unreachable, TryLater or Refused, and nothing else."""
        return await self._sender.send(outgoing)

    async def fetch(self, handle: str) -> bytes:
        """The bytes of a file that arrived. Raises FileGone, or TryLater."""
        return await self._sender.fetch(handle)

    async def stop(self) -> None:
        """Stops receiving. A webhook stays set: Telegram keeps what comes until the program is back."""
        await _end(self._starting)
        await _end(self._polling)
        await self._receiver.answers.finish(2)

    async def close(self) -> None:
        """Stops, if `stop` was not called, and lets go of connections."""
        await self.stop()
        await self._client.close()

    async def _poll(self) -> None:
        await self._ready.wait()
        await Poller(self._client, self._receiver, self.name).run()

    async def _set_up(self) -> None:
        try:
            username = await self._client.me()
        except CallFailed as failure:
            if failure.code in {401, 404}:
                where = "the Bot API server at UNION_TELEGRAM_API" if self._api else "Telegram"
                raise SettingsError(
                    f"{self._token_setting} is not accepted by {where}: use the token that @BotFather shows for this bot."
                ) from None
            raise
        try:
            await self._client.describe(self._profile.commands, self._profile.short, self._profile.about)
        except CallFailed as failure:  # the bot works without; Telegram limits these calls when a program restarts often
            log.warning("profile.not_set", door=self.name, code=failure.code)
        if self._webhook_url:
            await self._set_webhook(self._webhook_url)
        else:
            await self._client.delete_webhook()
        self._ready.set()
        log.info("door.started", door=self.name, bot=username, webhook=bool(self._webhook_url))

    async def _set_webhook(self, url: str) -> None:
        try:
            await self._client.set_webhook(url, self._webhook_secret)
        except CallFailed as failure:
            if failure.code == 400:
                raise SettingsError("UNION_WEBHOOK_URL is not accepted by Telegram: it must be a public https:// address.") from None
            raise

    async def _keep_trying(self, failure: CallFailed) -> None:
        backoff = Backoff(0.5, 60)
        while not self.ready:
            await asyncio.sleep(max(backoff.next(), failure.retry_after))
            try:
                await self._set_up()
            except CallFailed as again:
                failure = again
                log.warning("door.delayed", door=self.name, code=failure.code)
            except SettingsError as error:  # only now could it be seen; the rest of the program is already at work
                log.error("door.unusable", door=self.name, why=str(error))


async def _end(task: asyncio.Task[None] | None) -> None:
    if task and not task.done():
        task.cancel()
        await asyncio.wait({task})
