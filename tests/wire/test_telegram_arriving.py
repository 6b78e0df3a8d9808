"""What comes from Telegram: refused or stored once, in order, and understood whatever kind of message it is."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs
from telegram import Update
from telegram_server import BOT_ID, TelegramServer
from wire_world import ASHA, BRAND, LONG_PAYLOAD, SECRET, Wire

from bot.channels.telegram.updates import Bot, Said, Tapped, Unreadable, read_update
from bot.settings import BadSettings, credential_name
from bot.tables import CONVERSATION, CUSTOMER

# -- the way in -------------------------------------------------------------------------------------------------------


def test_a_message_is_stored_then_answered(wire: Wire) -> None:
    answer = wire.post(wire.message(text="my order is late"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert wire.server.sent() == []
    row = wire.stored()[0]
    assert (row.account, row.provider_id, row.provider_sequence) == (BOT_ID, "420042:101", 5001)
    assert "late" not in row.body
    assert wire.answers() == ["text: my order is late"]
    assert wire.stored()[0].body == ""


@pytest.mark.parametrize("secret", [None, "", "made-up_secre", "made-up_secret ", "Made-up_secret", "मेरा"])
def test_a_call_without_the_secret_is_refused_before_it_is_read(wire: Wire, secret: str | None) -> None:
    given = secret.encode() if secret and not secret.isascii() else secret
    with capture_logs() as logs:
        answer = wire.post(wire.message(text="I am Asha, believe me"), secret=given)  # type: ignore[arg-type]
    assert (answer.status_code, answer.content) == (401, b"")
    assert [(line["event"], line["why"]) for line in logs] == [("telegram_webhook_refused", "secret")]
    assert "Asha" not in json.dumps(logs)
    assert wire.stored() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"update"',
        b'{"update_id": "1"}',
        b'{"update_id": 1.5}',
        b'{"update_id": 99999999999999999999999999}',
        b'{"update_id": 1, "message": []}',
        b'{"update_id": 1, "message": {"message_id": "7"}}',
        b'{"update_id": 1, "message": {"message_id": 7, "date": 1, "chat": {"id": 4, "type": "private"}, "text": 5}}',
        b"[" * 60_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_update_is_refused_logged_once_and_not_stored(wire: Wire, body: bytes) -> None:
    with capture_logs() as logs:
        assert wire.post(body).status_code == 400
    assert [line["event"] for line in logs] == ["telegram_webhook_refused"]
    assert wire.stored() == []


def test_an_update_cut_off_anywhere_is_refused(wire: Wire) -> None:
    whole = json.dumps(wire.message(text="my order is late")).encode()
    for length in range(1, len(whole), 7):
        assert wire.post(whole[:length]).status_code == 400
    assert wire.stored() == []


def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_not(wire: Wire) -> None:
    def of(size: int) -> bytes:
        update = wire.message(text="long")
        bare = len(json.dumps({**update, "padding": ""}).encode())
        return json.dumps({**update, "padding": "x" * (size - bare)}).encode()

    limit = 256 * 1024
    assert wire.post(of(limit)).status_code == 200
    with capture_logs() as logs:
        assert wire.post(of(limit + 1)).status_code == 413
    assert [line["event"] for line in logs] == ["body_too_large"]
    assert len(wire.stored()) == 1


def test_other_methods_and_other_brands_find_nothing(wire: Wire) -> None:
    assert wire.client.get(f"/webhooks/telegram/{BRAND}").status_code == 405
    assert wire.post(wire.message(text="hi"), brand="aptronix").status_code == 404
    assert wire.post(wire.message(text="hi"), brand="nobody").status_code == 404
    assert wire.stored() == []


def test_where_storing_fails_telegram_is_told_to_bring_it_again(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    update = wire.message(text="keep this")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(wire.engine, "receive", full)
        assert wire.post(update).status_code == 500
    assert wire.stored() == []
    assert wire.post(update).status_code == 200
    assert wire.answers() == ["text: keep this"]


def test_a_token_without_its_secret_does_not_start(
    make_wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = credential_name(BRAND, "TELEGRAM_SECRET")
    monkeypatch.delenv(name)
    with pytest.raises(BadSettings, match=f"{name} is missing"):
        make_wire()
    monkeypatch.setenv(name, "with blanks and ü")
    with pytest.raises(BadSettings, match=f"{name} must be"):
        make_wire()
    polling = make_wire(polls=True)
    assert polling.post(polling.message(text="hi")).status_code == 404


def test_what_is_no_token_or_another_brands_bot_does_not_start(
    make_wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credential_name(BRAND, "TELEGRAM_TOKEN"), "bot-token")
    with pytest.raises(BadSettings, match="WEBPINO_TELEGRAM_TOKEN is no bot token"):
        make_wire()


# -- repeats and order ------------------------------------------------------------------------------------------------


def test_an_update_that_comes_twice_is_answered_once(wire: Wire) -> None:
    update = wire.message(text="once")
    assert [wire.post(update).status_code for _ in range(3)] == [200, 200, 200]
    assert wire.answers() == ["text: once"]
    assert wire.post(update).status_code == 200
    assert wire.answers() == ["text: once"]


def test_ten_at_the_same_time_from_a_new_customer_make_one_conversation_in_order(wire: Wire) -> None:
    updates = [wire.message(text=str(number)) for number in range(10)]
    codes: list[int] = []
    threads = [
        threading.Thread(target=lambda each=each: codes.append(wire.post(each).status_code))  # type: ignore[misc]
        for each in [*updates, *updates]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 20
    assert wire.answers() == [" | ".join(f"text: {number}" for number in range(10))]
    with wire.engine.database.reading() as session:
        assert len(session.execute(CONVERSATION.select()).all()) == 1
        assert [row.name for row in session.execute(CUSTOMER.select())] == ["Asha Rao"]


def test_what_comes_in_reverse_order_is_read_in_the_order_it_was_written(wire: Wire) -> None:
    for update in reversed([wire.message(text=word) for word in ("first", "second", "third")]):
        wire.post(update)
    assert wire.answers() == ["text: first | text: second | text: third"]


def test_a_message_that_waited_at_telegram_counts_from_when_it_was_written(wire: Wire) -> None:
    just_now, waited, ancient = (wire.message(text=word) for word in ("now", "waited", "ancient"))
    clock = wire.clock()
    waited["message"]["date"] = int((clock - timedelta(hours=3)).timestamp())
    ancient["message"]["date"] = int((clock - timedelta(days=3)).timestamp())
    for update in (just_now, waited, ancient):
        wire.post(update)
    assert [clock - row.received_at for row in wire.stored()] == [timedelta(), timedelta(hours=3), timedelta()]


# -- kinds of messages ------------------------------------------------------------------------------------------------

FILE = {"file_id": "F1", "file_unique_id": "u1", "file_size": 1000}
PLACE = {"latitude": 28.6, "longitude": 77.2}


@pytest.mark.parametrize(
    ("content", "kind", "text"),
    [
        ({"text": "नमस्ते"}, "text", "नमस्ते"),
        ({"location": PLACE}, "location", ""),
        ({"venue": {"location": PLACE, "title": "Shop", "address": "A"}, "location": PLACE}, "location", ""),
        ({"contact": {"phone_number": "919000000009", "first_name": "Ravi", "user_id": 43}}, "contact", ""),
        ({"contact": {"phone_number": "919000000009", "first_name": "Ravi"}}, "contact", ""),
        ({"contact": {"phone_number": "91 90000-00001", "first_name": "A", "user_id": ASHA}}, "text", "+919000000001"),
        ({"dice": {"emoji": "🎲", "value": 4}}, "unsupported", ""),
        ({"poll": {"id": "1", "question": "?", "options": []}}, "unsupported", ""),
        ({"something_new": {}}, "unsupported", ""),
    ],
)
def test_each_kind_of_message_without_a_file(wire: Wire, content: dict[str, Any], kind: str, text: str) -> None:
    assert wire.post(wire.message(**content)).status_code == 200
    assert [row.kind for row in wire.stored()] == [kind]
    assert wire.answers() == [f"{kind}: {text}".rstrip() if text else f"{kind}:"]


SMALL, LARGE = {**FILE, "file_id": "S", "file_size": 10}, {**FILE, "file_id": "L", "file_size": 999}
PDF = {**FILE, "file_name": "bill\n.pdf", "mime_type": "application/pdf"}


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        ({"photo": [SMALL, LARGE, SMALL]}, ("photo", "L", "photo.jpg")),
        ({"document": PDF}, ("document", "F1", "bill.pdf")),
        ({"video": {**FILE, "mime_type": "video/mp4"}}, ("video", "F1", "video.mp4")),
        ({"video_note": FILE}, ("video", "F1", "video.mp4")),
        ({"voice": FILE}, ("voice", "F1", "voice.ogg")),
        ({"audio": {**FILE, "file_name": "call.mp3"}}, ("voice", "F1", "call.mp3")),
        ({"animation": {**FILE, "file_id": "A"}, "document": FILE}, ("video", "A", "animation.mp4")),
        ({"sticker": {**FILE, "emoji": "👍"}}, ("sticker", "F1", "sticker.webp")),
    ],
)
def test_each_kind_of_file_is_named_for_fetching(
    wire: Wire, content: dict[str, Any], stored: tuple[str, str, str]
) -> None:
    wire.post(wire.message(caption="see this", **content))
    file = wire.stored()[0].attachment
    assert (file["kind"], file["fetch"]["file_id"], file["name"]) == stored
    assert "refused" not in file


def test_a_file_as_large_as_telegram_hands_out_is_fetched_and_a_larger_one_is_said_to_be_too_big(wire: Wire) -> None:
    limit = 20 * 1024 * 1024
    for size in (limit, limit + 1):
        wire.post(wire.message(document={**PDF, "file_size": size}))
    files = [row.attachment for row in wire.stored()]
    assert ["fetch" in file for file in files] == [True, False]
    assert files[1]["refused"] == "too_big"


def test_an_album_is_one_turn_with_its_caption(wire: Wire) -> None:
    wire.post(wire.message(photo=[LARGE], caption="all three", media_group_id="g"))
    wire.clock.advance(timedelta(seconds=1))
    wire.post(wire.message(photo=[SMALL], media_group_id="g"))
    wire.engine.settle()
    assert wire.server.texts() == []
    wire.post(wire.message(photo=[SMALL], media_group_id="g"))
    assert wire.answers() == ["photo: all three | photo:  | photo:"]


@pytest.mark.parametrize(
    "note",
    [
        {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 420042, "type": "private"}}},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
        {"write_access_allowed": {}},
    ],
)
def test_what_a_chat_says_about_itself_is_not_answered(wire: Wire, note: dict[str, Any]) -> None:
    assert wire.post(wire.message(**note)).status_code == 200
    assert wire.stored() == []


@pytest.mark.parametrize(
    "content",
    [
        {"business_message": {"message_id": 1}},
        {"channel_post": {"message_id": 1}},
        {"inline_query": {"id": "1"}},
        {"poll_answer": {"poll_id": "1"}},
        {},
    ],
)
def test_updates_that_are_not_ours_are_passed_over(wire: Wire, content: dict[str, Any]) -> None:
    assert wire.post(wire.update(**content)).status_code == 200
    assert (wire.stored(), wire.server.calls) == ([], [])


def test_another_bot_gets_no_answer(wire: Wire) -> None:
    update = wire.message(text="hello fellow bot")
    update["message"]["from"]["is_bot"] = True
    wire.post(update)
    assert wire.stored() == []


def test_a_name_is_only_words(wire: Wire) -> None:
    update = wire.message(text="hi")
    update["message"]["from"] |= {"first_name": "<b>Asha\u202e\n", "last_name": "\u0000" + "x" * 300}
    wire.post(update)
    with wire.engine.database.reading() as session:
        name = session.execute(CUSTOMER.select()).one().name
    assert name.startswith("<b>Asha x")
    assert len(name) == 100


# -- edits ------------------------------------------------------------------------------------------------------------


def test_an_edit_before_the_message_is_read_replaces_its_words(wire: Wire) -> None:
    wire.post(wire.message(text="my ordr is lat"))
    edit = wire.edited(wire.message_id, text="my order is late")
    wire.post(edit)
    wire.post(edit)
    assert wire.answers() == ["text: my order is late"]
    assert [line.text for line in wire.transcript() if line.author == "customer"] == ["my order is late"]


def test_the_newest_edit_counts_in_whatever_order_they_come(wire: Wire) -> None:
    message = wire.message(text="one")
    edits = [wire.edited(wire.message_id, text=word) for word in ("two", "three")]
    for update in (message, edits[1], edits[0]):
        wire.post(update)
    assert wire.answers() == ["text: three"]


def test_an_edit_that_comes_before_its_message_stands_for_it(wire: Wire) -> None:
    wire.post(wire.message(text="hello"))
    message = wire.message(text="amount 500")
    wire.post(wire.edited(wire.message_id, text="amount 5000"))
    wire.post(message)
    assert wire.answers() == ["text: hello | text: amount 5000"]


def test_an_edit_after_the_message_was_read_is_a_new_message_that_names_the_old(wire: Wire) -> None:
    message_id = wire.says("amount 500")
    wire.post(wire.edited(message_id, text="amount 5000"))
    assert wire.answers() == ["text: amount 500", "text: amount 5000"]
    first, second = (line for line in wire.transcript() if line.author == "customer")
    assert (second.text, second.revises) == ("amount 5000", first.id)


def test_an_edit_that_changes_no_word_is_passed_over(wire: Wire) -> None:
    message_id = wire.says("amount 500")
    wire.post(wire.edited(message_id, text="amount 500"))
    assert wire.answers() == ["text: amount 500"]
    wire.post(wire.edited(message_id, text="amount 600"))
    wire.post(wire.edited(message_id, text="amount 600"))
    assert wire.answers() == ["text: amount 500", "text: amount 600"]
    wire.post(wire.edited(message_id, text="amount 600"))
    assert len(wire.answers()) == 2


def test_a_changed_caption_of_a_file_that_was_read_brings_the_words_alone(wire: Wire) -> None:
    wire.post(wire.message(photo=[LARGE], caption="brken"))
    wire.answers()
    wire.post(wire.edited(wire.message_id, photo=[LARGE], caption="broken"))
    assert wire.answers() == ["photo: brken", "text: broken"]


def test_an_edit_while_the_turn_is_under_way_comes_next(
    make_wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = make_wire()
    wire.post(wire.message(text="amount 500"))
    edit = wire.edited(wire.message_id, text="amount 5000")
    read = wire.engine.reader(BRAND).read

    def reading(*given: Any, **more: Any) -> Any:
        monkeypatch.undo()
        wire.post(edit)
        return read(*given, **more)

    monkeypatch.setattr(wire.engine.reader(BRAND), "read", reading)
    wire.answers()
    assert wire.answers() == ["text: amount 500", "text: amount 5000"]


def test_a_live_location_that_moves_is_not_answered_again(wire: Wire) -> None:
    wire.post(wire.message(location=PLACE))
    wire.answers()
    wire.post(wire.edited(wire.message_id, location={"latitude": 28.7, "longitude": 77.2}))
    assert wire.answers() == ["location:"]


# -- taps -------------------------------------------------------------------------------------------------------------


def test_a_tap_is_heard_at_once_answered_and_its_buttons_go_away(wire: Wire) -> None:
    wire.says("choose")
    below = wire.server.next_message
    wire.post(wire.tap(below, "no", "q1"))
    wire.engine.settle()
    wire.channel.courtesies.wait()
    assert wire.server.texts()[-1] == "tap: No [no]"
    assert wire.server.named("answerCallbackQuery") == [{"callback_query_id": "q1"}]
    assert wire.server.keyboards[below] is None


def test_a_stale_or_repeated_tap_is_answered_too_and_harms_nothing(wire: Wire) -> None:
    wire.says("choose")
    below = wire.server.next_message
    tap = wire.tap(below, "no", "q1")
    wire.post(tap)
    wire.post(tap)
    wire.post(wire.tap(77, "withdraw:SV-00000", "q2"))
    wire.server.queries.clear()
    wire.post(wire.tap(below, "yes", "q3"))
    assert wire.answers()[1:] == ["tap: No [no] | tap:  [withdraw:SV-00000] | tap:  [yes]"]
    tried = [call["callback_query_id"] for call in wire.server.named("answerCallbackQuery")]
    assert len(tried) + len([1 for method, _ in wire.server.refused if method == "answerCallbackQuery"]) == 4


def test_a_tap_on_a_message_out_of_reach_is_heard(wire: Wire) -> None:
    tap = wire.tap(9, "human", "q1")
    tap["callback_query"]["message"] = {"message_id": 9, "date": 0, "chat": {"id": ASHA, "type": "private"}}
    assert wire.post(tap).status_code == 200
    del tap["callback_query"]["message"]
    tap["callback_query"]["id"] = "q2"
    wire.post(tap)
    assert wire.answers() == ["tap:  [human] | tap:  [human]"]


def test_a_button_that_carries_much_is_kept_here_and_known_by_its_place(wire: Wire) -> None:
    wire.says("long")
    data = wire.server.sent()[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    assert data == f"~{wire.outbox()[0].id}.0"
    wire.post(wire.tap(wire.server.next_message, data))
    assert wire.answers()[-1] == f"tap: Order [{LONG_PAYLOAD}]"


def test_nobody_taps_anothers_button(wire: Wire) -> None:
    wire.server.chats.add(43)
    wire.says("long")
    data = wire.server.sent()[-1]["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    for forged in (data, "~1.7", "~999999999999999999.0"):
        wire.post(wire.tap(5, forged, who=43))
    assert wire.answers()[-1] == f"tap:  [{data}] | tap:  [~1.7] | tap:  [~999999999999999999.0]"


# -- people who leave, and crowds -------------------------------------------------------------------------------------


def member(wire: Wire, status: str, chat: dict[str, Any] | None = None) -> dict[str, Any]:
    bot = {"id": int(BOT_ID), "is_bot": True, "first_name": "Refund Desk"}
    return wire.update(
        my_chat_member={
            "chat": chat or {"id": ASHA, "type": "private"},
            "from": {"id": ASHA, "is_bot": False, "first_name": "Asha", "language_code": "hi"},
            "date": wire.date(),
            "old_chat_member": {"status": "member", "user": bot},
            "new_chat_member": {"status": status, "user": bot},
        }
    )


def test_who_blocks_the_bot_is_noted_until_they_take_it_back_or_write(wire: Wire) -> None:
    def blocked_at() -> datetime | None:
        with wire.engine.database.reading() as session:
            found: datetime | None = session.execute(CONVERSATION.select()).one().blocked_at
            return found

    wire.says("hello")
    wire.post(member(wire, "kicked"))
    assert blocked_at() == wire.clock()
    wire.post(member(wire, "member"))
    assert blocked_at() is None
    wire.post(member(wire, "kicked"))
    wire.says("hello again")
    assert blocked_at() is None


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_a_group_is_declined_once_and_left(wire: Wire, kind: str) -> None:
    chat = {"id": -100777, "type": kind, "title": "Family"}
    wire.server.chats.add(-100777)
    wire.post(member(wire, "member", chat))
    update = wire.message(text="refund please")
    update["message"]["chat"] = chat
    wire.post(update)
    wire.post(member(wire, "left", chat))
    wire.channel.courtesies.wait()
    assert [(sent["chat_id"], sent["text"]) for sent in wire.server.sent()] == [
        (-100777, "WebPino Softwares answers in private only.")
    ]
    assert wire.server.named("leaveChat") == [{"chat_id": -100777}]
    assert wire.stored() == []


def test_a_channel_is_left_without_a_word(wire: Wire) -> None:
    wire.server.chats.add(-100778)
    wire.post(member(wire, "administrator", {"id": -100778, "type": "channel", "title": "News"}))
    wire.channel.courtesies.wait()
    assert (wire.server.sent(), wire.server.named("leaveChat")) == ([], [{"chat_id": -100778}])


# -- threads ----------------------------------------------------------------------------------------------------------


def test_the_thread_of_a_message_stands_in_its_id(wire: Wire) -> None:
    wire.post(wire.message(text="hi", message_thread_id=9, is_topic_message=True))
    assert wire.stored()[0].provider_id == "420042:101/9"


# -- the library's types stay the measure -----------------------------------------------------------------------------


def test_what_is_read_here_is_what_the_library_reads(wire: Wire) -> None:
    now = datetime(2026, 3, 12, tzinfo=UTC)
    bot = Bot(BRAND, BOT_ID)
    updates = [
        wire.message(text="hello"),
        wire.message(photo=[{**SMALL, "width": 1, "height": 1}, {**LARGE, "width": 2, "height": 2}], caption="two"),
        wire.message(document=PDF),
        wire.tap(7, "yes"),
        wire.edited(101, text="hello again"),
    ]
    for update in updates:
        theirs = Update.de_json(json.loads(json.dumps(update)), None)
        ours = read_update(json.dumps(update).encode(), bot, now)
        assert isinstance(ours, Said | Tapped)
        inbound = ours.inbound
        assert inbound.sequence == theirs.update_id
        assert theirs.effective_user is not None
        assert inbound.sender == ("telegram_id", str(theirs.effective_user.id))
        assert inbound.sender_name == theirs.effective_user.full_name
        if theirs.callback_query is not None:
            assert isinstance(ours, Tapped)
            assert (inbound.payload, ours.query_id) == (theirs.callback_query.data, theirs.callback_query.id)
            continue
        message = theirs.effective_message
        assert message is not None
        assert inbound.text == (message.text or message.caption or "")
        assert (inbound.revises or inbound.provider_id) == f"{message.chat_id}:{message.message_id}"
        if inbound.attachment:
            file = message.document or message.photo[-1]
            assert inbound.attachment["fetch"]["file_id"] == file.file_id
            assert inbound.attachment["size"] == file.file_size


def test_the_reason_of_a_refusal_quotes_nothing_of_the_body(telegram: TelegramServer) -> None:
    body = json.dumps({"update_id": 1, "message": {"message_id": "Asha's secret"}}).encode()
    with pytest.raises(Unreadable) as refusal:
        read_update(body, Bot(BRAND, BOT_ID), datetime.now(UTC))
    assert str(refusal.value) == "message.message_id: int_type"
    assert SECRET not in str(refusal.value)
