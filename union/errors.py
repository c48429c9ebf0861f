"""What can go wrong in the union's own business. Each error has a code that a conversation turns into words; none carries personal text."""

from __future__ import annotations


class UnionError(Exception):
    """The root. code: a stable name for the kind of error."""

    code = "union.error"


class NotFound(UnionError):
    """There is no such thing, or it isn't yours: deliberately the same for both, so that nobody can probe for cases."""

    code = "not.found"


class IllegalTransition(UnionError):
    """A case can't go from where it is to where it was to go. status: where it is; action: what was tried."""

    code = "case.illegal_transition"

    def __init__(self, status: str, action: str) -> None:
        super().__init__(f"{action} is not possible for a case that is {status}")
        self.status = status
        self.action = action


class NotAllowed(UnionError):
    """The person's roles don't reach this."""

    code = "not.allowed"


class BadInvite(UnionError):
    """A code that lets nobody in. reason: "unknown", "used" or "expired"."""

    code = "invite.bad"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InConflict(UnionError):
    """The lawyer, or somebody of the firm, has the employer as a client."""

    code = "case.in_conflict"
