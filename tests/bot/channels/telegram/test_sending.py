import pytest

from bot.channels.base import Refused, SendError, TryLater, Unreachable
from bot.channels.telegram.client import CallFailed, answer_error
from bot.channels.telegram.sending import reason, send_error


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (CallFailed(403, "Forbidden: bot was blocked by the user"), Unreachable),
        (CallFailed(403, "Forbidden: bot can't initiate conversation with a user"), Unreachable),
        (CallFailed(400, "Bad Request: chat not found"), Unreachable),
        (CallFailed(400, "Bad Request: user is deactivated"), Unreachable),
        (CallFailed(400, "Bad Request: BUTTON_DATA_INVALID"), Refused),
        (CallFailed(400, "Bad Request: something never seen"), Refused),
        (CallFailed(413, "Request Entity Too Large"), Refused),
        (CallFailed(429, "Too Many Requests", retry_after=7), TryLater),
        (CallFailed(500), TryLater),
        (CallFailed(502), TryLater),
        (CallFailed(401, "Unauthorized"), TryLater),
        (CallFailed(0), TryLater),
    ],
)
def test_every_failure_is_one_of_the_three_errors(failure: CallFailed, expected: type[SendError]) -> None:
    assert type(send_error(failure)) is expected


def test_only_a_429_holds_back_the_other_sends_and_for_as_long_as_it_says() -> None:
    throttled, down = send_error(CallFailed(429, retry_after=7)), send_error(CallFailed(0))
    assert isinstance(throttled, TryLater)
    assert (throttled.seconds, throttled.throttled) == (7, True)
    assert isinstance(down, TryLater)
    assert (down.seconds, down.throttled) == (1, False)


def test_a_reason_that_could_hold_what_a_person_wrote_is_not_passed_on() -> None:
    assert reason(CallFailed(400, "Bad Request: message is too long")) == "message is too long"
    assert reason(CallFailed(400, "Bad Request: inline keyboard button 'Wang Fang' is odd")) == "not named here"
    assert "Wang" not in str(send_error(CallFailed(400, "Bad Request: 'Wang Fang' is odd")))


def test_a_page_of_something_on_the_way_is_never_the_word_of_the_bot_api() -> None:
    assert answer_error(404, b"<html>Not Found</html>").code == 502
    assert answer_error(401, b'{"login": "proxy"}').code == 502
    assert answer_error(413, b"<html>Too Large</html>").code == 413
    assert answer_error(401, b'{"ok": false, "description": "Unauthorized"}').code == 401
    assert answer_error(429, '{"ok": false, "parameters": {"retry_after": 7}}').retry_after == 7
