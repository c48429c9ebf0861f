"""The code of a case: eight digits that can be said over a phone, the last of which catches a wrong or swapped one."""

from __future__ import annotations

import secrets

# A quasigroup of order 10 with x∘x = 0 and no x≠y with (c∘x)∘y = (c∘y)∘x: every single wrong digit and every swap of neighbours is caught
# (H. M. Damm, 2004).
_TABLE = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def check_digit(digits: str) -> int:
    """The digit that makes `digits` a valid code when it is put at the end; 0 for a valid code."""
    row = 0
    for digit in digits:
        row = _TABLE[row][int(digit)]
    return row


def new_code() -> str:
    """A random code. Uniqueness is the database's business."""
    body = str(1_000_000 + secrets.randbelow(9_000_000))
    return f"{body}{check_digit(body)}"


def spoken(code: str) -> str:
    """The code in two groups, as it is shown and said: 4829 1376."""
    return f"{code[:4]} {code[4:]}"


def read_code(text: str) -> str | None:
    """The code that somebody typed, spaces and full-width digits forgiven; None when it can't be one."""
    digits = "".join(str(int(c)) for c in text if c.isdecimal())
    if len(digits) != 8 or check_digit(digits) != 0:
        return None
    return digits
