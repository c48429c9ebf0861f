"""What every Telegram door keeps to when it fetches a file, whichever library it stands on, over real HTTP."""

from __future__ import annotations

import pytest

from bot.channels.base import FileGone, TryLater
from tests.bot.channels.telegram.conftest import House
from tests.botapi import FaultKind


class TestFetching:
    async def test_a_file_that_arrived_can_be_fetched_whole(self, house: House) -> None:
        phone = await house.phone()
        data = bytes(range(256)) * 4000
        async with house.polling() as door:
            await phone.document(data, "合同.pdf")
            (incoming,) = await house.inbox.until(1)
            assert incoming.file
            assert incoming.file.size == len(data)
            assert await door.fetch(incoming.file.handle) == data

    async def test_a_file_that_is_gone_or_too_large_is_gone(self, house: House) -> None:
        door = house.door()
        with pytest.raises(FileGone):
            await door.fetch("never seen")
        house.api.files["large"] = bytes(20 * 1024 * 1024 + 1)
        with pytest.raises(FileGone):
            await door.fetch("large")
        house.api.files["lost"] = b"1"
        house.api.fail(house.token, "file", "404")
        with pytest.raises(FileGone):
            await door.fetch("lost")

    @pytest.mark.parametrize("kind", ["500", "502", "disconnect", "429"])
    async def test_a_download_in_trouble_is_tried_later(self, house: House, kind: FaultKind) -> None:
        house.api.files["here"] = b"1234"
        house.api.fail(house.token, "file", kind)
        door = house.door()
        with pytest.raises(TryLater):
            await door.fetch("here")
        assert await door.fetch("here") == b"1234"
