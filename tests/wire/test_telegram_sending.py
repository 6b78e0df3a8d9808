"""What goes to Telegram: texts as they stand, buttons, files fetched; and what each error asks us to do."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram.constants import InlineKeyboardButtonLimit, MessageLimit
from telegram_server import BOT_ID, TOKEN, Refused, plain
from wire_world import ASHA, BRAND, Wire

from bot.channels.protocol import ChannelError, Outbound
from bot.channels.telegram.channel import as_html, keyboard
from dialogs.turn import Button

MESSAGE = Outbound(7, BRAND, BOT_ID, "conversation", ("telegram_id", str(ASHA)), "reply", "hello")
EPOCH = datetime(2026, 3, 12, tzinfo=UTC)


def failed(wire: Wire, **changes: Any) -> ChannelError:
    """The error of sending a message."""
    with pytest.raises(ChannelError) as refusal:
        wire.channel.send(replace(MESSAGE, **changes))
    return refusal.value


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "5 < 6 & 7 > 3",
        "<b>not bold</b> <script>",
        "&lt; stays as it is &amp;",
        "clause 2.1#2 (see _here_) [link](https://example.com)! ~ ` | {x}",
        "₹1,25,000.50 नमस्ते 🙂 \\ * ** 2*3*4",
        "a * b * c",
    ],
)
def test_a_text_arrives_as_it_was_written(wire: Wire, text: str) -> None:
    wire.channel.send(replace(MESSAGE, text=text))
    assert wire.server.texts() == [text]
    assert wire.server.refused == []


def test_what_stands_between_stars_is_bold_as_on_whatsapp() -> None:
    assert as_html("*48 hours* after, so *till 13 Mar*.") == "<b>48 hours</b> after, so <b>till 13 Mar</b>."
    assert as_html("*<b>* & *x") == "<b>&lt;b&gt;</b> &amp; *x"


def test_a_text_at_the_limit_goes_and_a_longer_one_is_dead(wire: Wire) -> None:
    longest = "<" * MessageLimit.MAX_TEXT_LENGTH
    wire.channel.send(replace(MESSAGE, text=longest))
    assert wire.server.texts() == [longest]
    error = failed(wire, text=longest + "x")
    assert (error.error_class, error.code) == ("dead", "Message is too long")


def test_links_are_shown_without_a_preview(wire: Wire) -> None:
    wire.channel.send(replace(MESSAGE, text="see https://example.com"))
    assert wire.server.sent()[0]["link_preview_options"] == {"is_disabled": True}


def test_a_text_whose_markup_telegram_does_not_like_goes_plain(wire: Wire) -> None:
    wire.server.script["sendMessage"] = [Refused(400, "Bad Request: can't parse entities: byte offset 5")]
    with capture_logs() as logs:
        wire.channel.send(replace(MESSAGE, text="*a* < b"))
    assert [line["event"] for line in logs] == ["telegram_markup_refused"]
    assert "parse_mode" not in wire.server.sent()[0]
    assert wire.server.sent()[0]["text"] == "*a* < b"


def test_a_markup_that_is_left_open_is_refused_by_the_server_of_these_tests() -> None:
    for text in ("<b>open", "a < b", "</b>", "<script>x</script>", "<b><i>x</b></i>"):
        with pytest.raises(Refused, match="can't parse entities"):
            plain(text, "HTML")


# -- buttons ----------------------------------------------------------------------------------------------------------


def rows(*labels: str) -> list[list[str]]:
    markup = keyboard([Button(label, label) for label in labels], 7)
    return [[key.text for key in row] for row in markup.inline_keyboard] if markup else []


def test_short_labels_stand_in_pairs_and_long_ones_alone() -> None:
    assert rows() == []
    assert rows("Yes", "No") == [["Yes", "No"]]
    assert rows("Yes", "No", "Talk to a person") == [["Yes", "No"], ["Talk to a person"]]
    assert rows("x" * 15, "y" * 15, "z") == [["x" * 15, "y" * 15], ["z"]]
    assert rows("x" * 16, "y", "z") == [["x" * 16], ["y", "z"]]


@pytest.mark.parametrize(
    ("payload", "carried"),
    [
        ("yes", "yes"),
        ("s" * InlineKeyboardButtonLimit.MAX_CALLBACK_DATA, "s" * 64),
        ("s" * 65, "~7.0"),
        ("अ" * 21, "अ" * 21),
        ("अ" * 22, "~7.0"),
        ("", "~7.0"),
        ("~9.9", "~7.0"),
    ],
)
def test_a_payload_goes_as_it_is_where_it_fits(wire: Wire, payload: str, carried: str) -> None:
    wire.channel.send(replace(MESSAGE, buttons=(Button("Label", payload),)))
    key = wire.server.sent()[0]["reply_markup"]["inline_keyboard"][0][0]
    assert key == {"text": "Label", "callback_data": carried}


def test_no_more_buttons_than_telegram_shows(wire: Wire) -> None:
    wire.channel.send(replace(MESSAGE, buttons=tuple(Button(str(n), str(n)) for n in range(120))))
    assert sum(map(len, wire.server.sent()[0]["reply_markup"]["inline_keyboard"])) == 100


# -- threads ----------------------------------------------------------------------------------------------------------


def test_the_answer_goes_into_the_thread_of_the_message(wire: Wire) -> None:
    wire.server.threads.add(9)
    wire.channel.send(replace(MESSAGE, reply_to="420042:101/9"))
    wire.channel.send(replace(MESSAGE, reply_to="420042:101"))
    assert [sent.get("message_thread_id") for sent in wire.server.sent()] == [9, None]


def test_where_the_thread_was_deleted_the_answer_goes_into_the_chat(wire: Wire) -> None:
    wire.channel.send(replace(MESSAGE, reply_to="tap:q/9"))
    assert [sent.get("message_thread_id") for sent in wire.server.sent()] == [None]


# -- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "error_class", "code"),
    [
        (Refused(403, "Forbidden: bot was blocked by the user"), "blocked", "bot was blocked by the user"),
        (Refused(403, "Forbidden: user is deactivated"), "blocked", "user is deactivated"),
        (Refused(400, "Bad Request: chat not found"), "dead", "Chat not found"),
        (Refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001), "dead", "migrated"),
        (Refused(400, "Bad Request: something new"), "dead", "Something new"),
        (Refused(401, "Unauthorized"), "fix_first", "token"),
        (Refused(404, "Not Found"), "fix_first", "token"),
        (Refused(409, "Conflict: terminated by other getUpdates request"), "later", "conflict"),
        (Refused(500, "Internal Server Error"), "ambiguous", "server 500"),
        (Refused(502, "Bad Gateway"), "later", "server 502"),
        (Refused(503, "Service Unavailable"), "later", "server 503"),
        (Refused(504, "Gateway Timeout"), "ambiguous", "server 504"),
    ],
)
def test_each_error_says_what_to_do(wire: Wire, answer: Refused, error_class: str, code: str) -> None:
    wire.server.script["sendMessage"] = [answer]
    error = failed(wire)
    assert (error.error_class, error.code, error.wait) == (error_class, code, None)
    wire.channel.send(MESSAGE)


@pytest.mark.parametrize(("parameters", "seconds"), [({"retry_after": 37}, 37), ({"retry_after": 0}, 1), ({}, 5)])
def test_a_pause_is_as_long_as_telegram_says(wire: Wire, parameters: dict[str, int], seconds: int) -> None:
    wire.server.script["sendMessage"] = [Refused(429, "Too Many Requests: retry after 37", **parameters)]
    error = failed(wire)
    assert (error.error_class, error.code, error.wait) == ("later", "too_fast", timedelta(seconds=seconds))


def test_where_there_is_no_connection_nothing_went(wire: Wire) -> None:
    wire.server.stop()
    try:
        error = failed(wire)
    finally:
        wire.server.start()
    assert (error.error_class, error.code) == ("later", "not_connected ConnectError")


def test_where_the_answer_is_lost_the_message_may_have_gone(wire: Wire) -> None:
    def cut(_: dict[str, Any]) -> None:
        raise ConnectionAbortedError

    wire.server.script["sendMessage"] = [cut]
    assert failed(wire).error_class == "ambiguous"


def test_where_the_answer_takes_too_long_the_message_may_have_gone(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.calling._ANSWER_SECONDS", 0.1)
    wire.server.script["sendMessage"] = [lambda _: time.sleep(0.4)]
    error = failed(wire)
    assert (error.error_class, error.code) == ("ambiguous", "no_answer ReadTimeout")


def test_nobody_is_written_to_as_another_bot(wire: Wire) -> None:
    assert failed(wire, account="1").error_class == "fix_first"
    assert failed(wire, brand="aptronix").error_class == "fix_first"
    assert wire.server.calls == []


def test_a_row_waits_out_the_pause_and_then_goes(wire: Wire) -> None:
    wire.server.script["sendMessage"] = [Refused(429, "Too Many Requests", retry_after=30)]
    wire.says("hello")
    assert wire.server.texts() == []
    wire.clock.advance(timedelta(seconds=30))
    assert wire.answers() == ["text: hello"]
    assert wire.outbox()[0].receipt == "420042:1001"


# -- connections and secrets ------------------------------------------------------------------------------------------


def test_connections_are_used_again(wire: Wire) -> None:
    for _ in range(20):
        wire.channel.send(MESSAGE)
    assert wire.server.connections == 1


def test_no_error_and_no_log_names_the_token(wire: Wire) -> None:
    said = []
    with capture_logs() as logs:
        for answer in (Refused(401, "Unauthorized"), Refused(500, "x"), Refused(400, "Bad Request: y")):
            wire.server.script["sendMessage"] = [answer]
            said.append(repr(failed(wire)))
        wire.channel.show_typing(BRAND, ("telegram_id", "1"), "")
        wire.channel.courtesies.wait()
    secret = TOKEN.partition(":")[2]
    assert secret not in " ".join([*said, str(logs)])


# -- files ------------------------------------------------------------------------------------------------------------


def fetched(wire: Wire, file_id: str = "F1") -> bytes:
    return b"".join(wire.channel.fetch(BRAND, {"file_id": file_id}))


def test_a_file_comes_whole_and_in_pieces(wire: Wire) -> None:
    content = bytes(range(256)) * 4000
    wire.server.files["F1"] = ("photos/file_1.jpg", content)
    pieces = list(wire.channel.fetch(BRAND, {"file_id": "F1"}))
    assert b"".join(pieces) == content
    assert len(pieces) > 1


def file_error(wire: Wire, file_id: str = "F1") -> tuple[str, str]:
    with pytest.raises(ChannelError) as refusal:
        fetched(wire, file_id)
    return refusal.value.error_class, refusal.value.code


def test_what_keeps_a_file_from_coming(wire: Wire) -> None:
    wire.server.files["F1"] = ("f.bin", b"x" * (20 * 1024 * 1024 + 1))
    assert file_error(wire) == ("dead", "too_big")
    assert file_error(wire, "unknown") == ("later", "file_not_there")
    wire.server.script["getFile"] = [Refused(401, "Unauthorized")]
    assert file_error(wire) == ("fix_first", "token")
    wire.server.script["getFile"] = [Refused(500, "Internal Server Error")]
    assert file_error(wire) == ("later", "server 500")


def test_a_file_that_is_longer_than_it_was_said_to_be_is_cut_off(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.LARGEST_DOWNLOAD", 1000)
    wire.server.files["F1"] = ("f.bin", b"x" * 1000)
    assert len(fetched(wire)) == 1000
    wire.server.files["F1"] = ("f.bin", b"x" * 1001)
    assert file_error(wire) == ("dead", "too_big")


def test_a_file_is_fetched_from_telegram_only(wire: Wire) -> None:
    wire.server.files["F1"] = ("https://elsewhere.example/f.bin", b"from Telegram")
    assert fetched(wire) == b"from Telegram"
    for path in ("/etc/passwd", "../bot1:other/f.bin"):
        wire.server.files["F1"] = (path, b"x")
        assert file_error(wire) == ("dead", "file_elsewhere")


def test_a_file_whose_place_is_gone_is_given_up(wire: Wire) -> None:
    wire.server.files["F1"] = ("f.bin", b"x")
    wire.server.gone.add("f.bin")
    assert file_error(wire) == ("dead", "file 404")


# -- courtesies -------------------------------------------------------------------------------------------------------


def test_typing_is_shown_and_harms_nothing_where_it_fails(wire: Wire) -> None:
    for who in (ASHA, 99):
        wire.channel.show_typing(BRAND, ("telegram_id", str(who)), "420042:101")
    wire.channel.courtesies.wait()
    assert wire.server.named("sendChatAction") == [{"chat_id": ASHA, "action": "typing"}]


def test_too_many_courtesies_are_left_out(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.courtesies._MOST", 1)
    done: list[int] = []
    held: Callable[[], object] = lambda: time.sleep(0.2)  # noqa: E731
    assert wire.channel.courtesies.do(held)
    assert not wire.channel.courtesies.do(lambda: done.append(1))
    wire.channel.courtesies.wait()
    assert done == []
