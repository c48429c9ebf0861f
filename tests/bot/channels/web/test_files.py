"""Files through the page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from fastapi import FastAPI

from bot.channels.web.limits import Budget
from bot.channels.web.sniff import DOCX, UNKNOWN, XLSX, mime_of
from handlers.conversation import FILE_LIMIT, FileKind, Reply
from storage.database import Database
from storage.models import FileStatus, StoredFile
from tests.bot.channels.web.conftest import visit
from tests.bot.channels.web.house import House

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


async def upload(client: httpx.AsyncClient, own_id: str, data: bytes, **query: str) -> httpx.Response:
    return await client.post("/chat/files", params={"id": own_id, **query}, content=data)


async def test_a_file_is_stored_and_handed_to_the_house(client: httpx.AsyncClient, house: House, database: Database) -> None:
    answer = await upload(client, "file-0001", PNG, name="C:\\照片\\工资条\n.png", caption="九月的", group="album-1")
    shown = answer.json()["message"]
    assert (shown["text"], shown["delivered"], shown["file"]["name"], shown["file"]["mime"]) == ("九月的", True, "工资条.png", "image/png")
    (heard,) = house.heard
    assert (heard.text, heard.group) == ("九月的", "album-1")
    assert heard.file
    assert (heard.file.kind, heard.file.size, heard.file.name) == (FileKind.PHOTO, len(PNG), "工资条.png")
    async with database.begin() as session:
        stored = await session.get_one(StoredFile, int(heard.file.handle), options=[sa.orm.undefer(StoredFile.data)])
        assert (stored.door, stored.status, stored.data, stored.address) == ("web", FileStatus.STORED, PNG, heard.address)


async def test_a_repeated_file_is_one_file(client: httpx.AsyncClient, house: House, database: Database) -> None:
    first = await upload(client, "file-0001", PNG, name="一.png")
    again = await upload(client, "file-0001", PNG, name="一.png")
    assert first.json() == again.json()
    address = house.heard[0].address
    async with database.connect() as connection:
        count = await connection.scalar(sa.select(sa.func.count()).select_from(StoredFile).where(StoredFile.address == address))
    assert (count, len(house.heard)) == (1, 1)


async def test_a_file_of_20_mb_is_taken_and_a_byte_more_is_not(client: httpx.AsyncClient, house: House) -> None:
    assert (await upload(client, "file-0001", PNG.ljust(FILE_LIMIT, b"x"))).status_code == 200
    refused = await upload(client, "file-0002", PNG.ljust(FILE_LIMIT + 1, b"x"))
    assert (refused.status_code, "20 MB" in refused.json()["detail"]) == (413, True)
    assert len(house.heard) == 1


async def test_a_file_that_does_not_say_its_size_is_cut_off_at_20_mb(client: httpx.AsyncClient, house: House) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 2 * FILE_LIMIT:
            sent += 1 << 20
            yield b"x" * (1 << 20)

    answer = await client.post("/chat/files?id=file-0001", content=endless())
    assert answer.status_code == 413
    assert sent <= FILE_LIMIT + (2 << 20)
    assert house.heard == []


async def test_an_empty_file_and_a_bad_id_are_refused(client: httpx.AsyncClient) -> None:
    assert (await upload(client, "file-0001", b"")).status_code == 400
    assert (await upload(client, "", PNG)).status_code == 400
    assert (await upload(client, "file-0001", PNG, caption="字" * 4097)).status_code == 413


async def test_files_on_their_way_are_held_in_bounded_memory() -> None:
    budget = Budget(10)
    with budget.share() as mine:
        mine.take(8)
        with pytest.raises(Exception, match="503"), budget.share() as other:
            other.take(3)
    with budget.share() as later:
        later.take(10)


async def test_a_file_is_given_to_those_who_were_shown_it_and_nobody_else(app: FastAPI, client: httpx.AsyncClient, house: House) -> None:
    url = (await upload(client, "file-0001", PNG, name="工资条.png")).json()["message"]["file"]["url"]
    mine = await client.get(url)
    assert (mine.status_code, mine.content, mine.headers["content-type"]) == (200, PNG, "image/png")
    async with visit(app) as lawyer:
        await lawyer.post("/chat/session")
        assert (await lawyer.get(url)).status_code == 404
        file_id = int(house.heard[0].file.handle) if house.heard[0].file else 0
        assert (await lawyer.get(f"/chat/files/{file_id}")).status_code == 404
        await house.say(house.starts[1].address, Reply(text="职工的材料", file=file_id))
        shown = (await lawyer.get("/chat/history?before=9999999999")).json()["messages"][0]["file"]
        assert (shown["name"], shown["size"]) == ("工资条.png", len(PNG))
        assert (await lawyer.get(shown["url"])).content == PNG
        assert (await client.get(shown["url"])).status_code == 404


@pytest.mark.parametrize("path", ["0?proof=a", "999999999999?proof=é", "x", "1/../1", "٣"])
async def test_a_guessed_file_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/chat/files/{path}")).status_code == 404


async def test_a_file_that_is_gone_says_so(client: httpx.AsyncClient, house: House) -> None:
    await house.say(house.starts[0].address, Reply(text="材料", file=10**9))
    shown: dict[str, Any] = (await client.get("/chat/history?before=9999999999")).json()["messages"][0]
    assert shown["file"] == {"id": 10**9, "gone": True}


@pytest.mark.parametrize(
    ("data", "name", "disposition", "media_type"),
    [
        (PNG, "一.png", "inline", "image/png"),
        (b"%PDF-1.7 x", "合同.pdf", "inline", "application/pdf"),
        (b"OggS\x00\x02", "录音.ogg", "inline", "audio/ogg"),
        (b"<html><script>alert(1)</script>", "页.html", "attachment", "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.svg", "attachment", "application/octet-stream"),
        (b"MZ\x90\x00", "坏.png", "attachment", "application/octet-stream"),
    ],
)
async def test_only_pictures_sound_film_and_pdf_open_in_place(
    client: httpx.AsyncClient, data: bytes, name: str, disposition: str, media_type: str
) -> None:
    url = (await upload(client, "file-0001", data, name=name)).json()["message"]["file"]["url"]
    answer = await client.get(url)
    assert answer.headers["content-disposition"].startswith(f"{disposition}; filename*=UTF-8''%")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_part_of_a_recording_can_be_asked_for(client: httpx.AsyncClient) -> None:
    url = (await upload(client, "file-0001", b"OggS456789")).json()["message"]["file"]["url"]
    for wanted, part, said in (("bytes=0-1", b"Og", "0-1/10"), ("bytes=8-", b"89", "8-9/10"), ("bytes=-3", b"789", "7-9/10")):
        answer = await client.get(url, headers={"Range": wanted})
        assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, part, f"bytes {said}")
    for odd in ("bytes=9-2", "bytes=-", "lines=1-2", "bytes=0-1,3-4"):
        assert (await client.get(url, headers={"Range": odd})).status_code == 200


def archive(member: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("[Content_Types].xml", "x")
        file.writestr(member, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (PNG, "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"OggS", "audio/ogg"),
        (archive("word/document.xml"), DOCX),
        (archive("xl/workbook.xml"), XLSX),
        (archive("a.txt"), UNKNOWN),
        ("劳动合同".encode(), "text/plain"),
        ("劳动合同".encode("gb18030"), "text/plain"),
        (("字" * 30000).encode(), "text/plain"),
        (b"a\x00b", UNKNOWN),
        (b"\xff\xff\xff", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, mime: str) -> None:
    assert mime_of(data) == mime
