"""Files through the page: taking one in, and giving one out to whoever was shown it."""

from __future__ import annotations

import re
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import HTTPException, Request, Response

from bot.channels.web.door import WebDoor
from bot.channels.web.limits import Share, read_body
from bot.channels.web.sniff import shown_inline
from bot.channels.web.taking import Upload
from bot.channels.web.visitors import Visitor
from bot.channels.web.wire import TOO_LONG, Pictures, checked_id
from handlers.conversation import FILE_LIMIT, TEXT_LIMIT, clean
from storage.models import FileStatus, StoredFile

TOO_LARGE = f"文件太大了：最大 {FILE_LIMIT // 1024 // 1024} MB。可以分开发送，或者压缩、截图后再发。"
EMPTY = "这个文件是空的，请重新选择。"

_NAME_LIMIT = 200

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


async def read_upload(request: Request, share: Share) -> tuple[str, Upload]:
    """The message's id and the file of an upload request. Raises 400, 408, 413 or 503, each with a sentence for the person."""
    query = request.query_params
    own_id = checked_id(query.get("id"))
    caption = clean(query.get("caption", ""))
    if len(caption) > TEXT_LIMIT:
        raise HTTPException(413, TOO_LONG)
    data = await read_body(request, FILE_LIMIT, TOO_LARGE, share)
    if not data:
        raise HTTPException(400, EMPTY)
    name = _plain_name(query.get("name", ""))
    return own_id, Upload(name=name, caption=caption, group=clean(query.get("group", ""))[:64], data=data)


def _plain_name(name: str) -> str:
    # A path or control characters in a name are of no use to anybody who later saves the file.
    name = clean(name).replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in name if c.isprintable()).strip()[-_NAME_LIMIT:] or "文件"


async def give_out(door: WebDoor, pictures: Pictures, visitor: Visitor, number: str, request: Request) -> Response:
    """The file, if this person was shown it; 404 otherwise, the same whether it is missing or not theirs."""
    missing = HTTPException(404, "没有这个文件，或者它已经删除。")
    if not number.isdecimal() or len(number) > 18:
        raise missing
    if not pictures.proven(visitor.address, int(number), request.query_params.get("proof", "")):
        raise missing
    statement = sa.select(StoredFile.name, StoredFile.mime, StoredFile.data).where(
        StoredFile.id == int(number), StoredFile.status == FileStatus.STORED
    )
    async with door.database.connect() as connection:
        row = (await connection.execute(statement)).first()
    if row is None or row.data is None:
        raise missing
    return _answer(row.name, row.mime, row.data, request.headers.get("range", ""))


def _answer(name: str, mime: str, data: bytes, wanted: str) -> Response:
    # The stored type is believed only in so far as we know the family: a door may have passed on what a stranger claimed.
    inline = shown_inline(mime) and mime != "image/svg+xml"
    headers = {
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
        "Accept-Ranges": "bytes",
    }
    media_type = mime if inline else "application/octet-stream"
    part = _part(wanted, len(data))
    if part is None:
        return Response(data, media_type=media_type, headers=headers)
    first, last = part
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Response(data[first : last + 1], status_code=206, media_type=media_type, headers=headers)


def _part(wanted: str, size: int) -> tuple[int, int] | None:
    """The first and last byte of a single range (Safari plays no sound without it), None for the whole file."""
    match = _RANGE.fullmatch(wanted)
    if not match or not (match[1] or match[2]):
        return None
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    return (first, last) if first <= last else None
