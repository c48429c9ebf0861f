"""Phone and card numbers as people write them, brought to the one form in which they are kept and looked up."""

from __future__ import annotations

import re
import unicodedata

SHORTEST, LONGEST = 7, 32

_BETWEEN = re.compile(r"[\s\-‐-―().·]")
_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(1[3-9]\d{9})")


def plain_number(text: str) -> str:
    """Half-width, without spaces, dashes and brackets, a mobile number without the country's +86; empty for what can't be a number.

    ＋８６ 139-0000-1234 is 13900001234.
    """
    bare = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if mobile := _MOBILE.fullmatch(bare):
        return mobile[1]
    is_one = bare.isascii() and bare.isalnum() and SHORTEST <= len(bare) <= LONGEST and sum(c.isdigit() for c in bare) >= SHORTEST
    return bare if is_one else ""
