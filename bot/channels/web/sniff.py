"""What a file is, by its first bytes: what a browser says about it, or its name, is only a claim."""

from __future__ import annotations

import codecs

from handlers.conversation import FileKind

UNKNOWN = "application/octet-stream"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
)

_BRANDS: dict[bytes, str] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1"), "image/heic"),
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}

_MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")

_TEXT_SAMPLE = 64 * 1024


def mime_of(data: bytes) -> str:
    """The media type of a file, application/octet-stream if it is none that we know."""
    for start, mime in _STARTS:
        if data.startswith(start):
            return mime
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if data[:4] == b"PK\x03\x04":
        # Member names stand uncompressed in the archive; opening it would let a crafted one cost us memory.
        if b"word/document.xml" in data:
            return DOCX
        return XLSX if b"xl/workbook.xml" in data else UNKNOWN
    if data[:2] in _MP3_FRAMES:
        return "audio/mpeg"
    return "text/plain" if _is_text(data[:_TEXT_SAMPLE]) else UNKNOWN


def kind_of(mime: str) -> FileKind:
    """What a person would call it."""
    family = mime.partition("/")[0]
    return {"image": FileKind.PHOTO, "audio": FileKind.VOICE, "video": FileKind.VIDEO}.get(family, FileKind.DOCUMENT)


def shown_inline(mime: str) -> bool:
    """Whether a browser may show the file in place. Everything else is only ever saved."""
    return mime.startswith(("image/", "audio/", "video/")) or mime == "application/pdf"


def _is_text(sample: bytes) -> bool:
    if not sample or any(byte < 9 or 13 < byte < 32 for byte in sample):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            # Incremental: the sample may end in the middle of a character.
            codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        return True
    return False
