"""The page itself: a few files, read and compressed once, and the headers that keep everything foreign out."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, HTTPException, Request, Response

_STATIC = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_GUARD = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".html": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    data: bytes
    packed: bytes
    etag: str
    media_type: str

    @classmethod
    def of(cls, name: str, data: bytes) -> Asset:
        """Compresses and fingerprints it."""
        digest = hashlib.sha256(data).hexdigest()[:16]
        return cls(data, gzip.compress(data, mtime=0), f'"{digest}"', _TYPES[Path(name).suffix])

    def answer(self, request: Request, headers: dict[str, str]) -> Response:
        """The file, or 304 when the browser has it already."""
        headers = {**_GUARD, "ETag": self.etag, "Vary": "Accept-Encoding", **headers}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.data, media_type=self.media_type, headers=headers)


def add_page(router: APIRouter) -> None:
    """Adds the page (`/` for workers, `/desk` for lawyers and staff) and its parts to the router.

    The parts' address holds a fingerprint of all of them together, so a browser keeps them for ever and a new version is fetched whole.
    """
    data = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir()) if path.suffix in (".css", ".js")}
    version = hashlib.sha256(b"".join(data.values())).hexdigest()[:12]
    parts = {name: Asset.of(name, content) for name, content in data.items()}
    html = (_STATIC / "page.html").read_text(encoding="utf-8").replace("/chat/static/version/", f"/chat/static/{version}/")
    page = Asset.of("page.html", html.encode())

    async def show_page(request: Request) -> Response:
        return page.answer(request, {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-cache"})

    async def show_part(asked: str, name: str, request: Request) -> Response:
        part = parts.get(name)
        if part is None:
            raise HTTPException(404)
        return part.answer(request, {"Cache-Control": "public, max-age=31536000, immutable" if asked == version else "no-cache"})

    router.add_api_route("/", show_page, methods=["GET", "HEAD"])
    router.add_api_route("/desk", show_page, methods=["GET", "HEAD"])
    router.add_api_route("/chat/static/{asked}/{name}", show_part, methods=["GET", "HEAD"])
