"""Files that only the provider has: brought before the turn, tried again, given up in words."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from files_world import JPEG, archive, photo
from shell_world import ASHA, NOW, Recorder, World, plain_step

from bot.channels.protocol import ChannelError
from bot.privacy import erase_person
from bot.tables import ATTACHMENT, CONVERSATION, INBOX, MESSAGE
from dialogs.heard import Attachment

LATER = ChannelError("later", "503")


@dataclass
class Provider(Recorder):
    """A channel that has files, and fails to hand them over when told to."""

    files: dict[str, bytes] = field(default_factory=dict)
    fetch_failures: list[Exception] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None

    def fetch(self, brand: str, reference: Mapping[str, Any]) -> Iterator[bytes]:
        self.asked.append(reference["id"])
        if self.fetch_failures:
            raise self.fetch_failures.pop(0)
        data = self.files[reference["id"]]
        yield data[:40]
        if self.meanwhile:
            self.meanwhile()
        yield data[40:]


@dataclass
class Customer:
    """A customer who sends files through a provider, and what the dialogue made of them."""

    world: World
    provider: Provider
    seen: list[Attachment | None]

    def sends(self, name: str, data: bytes = JPEG, kind: str = "photo", **said: Any) -> str:
        """A file arrives at the provider and its message here; gives the conversation's id."""
        self.provider.files[name] = data
        attachment = {
            "fetch": {"id": name},
            "kind": kind,
            "name": name,
            "mime": "image/jpeg",
            "size": len(data),
            **said,
        }
        return self.world.hears(kind="attachment", attachment=attachment)

    def after(self, seconds: float) -> None:
        """Time passes, and the loops do what is ready."""
        self.world.clock.advance(timedelta(seconds=seconds))
        self.world.engine.settle()

    @property
    def stored(self) -> list[dict[str, Any]]:
        """The files as the transcript keeps them."""
        with self.world.engine.database.reading() as session:
            return list(
                session.execute(sa.select(MESSAGE.c.attachment).where(MESSAGE.c.attachment.is_not(None))).scalars()
            )


@pytest.fixture
def customer(make_world: Callable[..., World]) -> Customer:
    seen: list[Attachment | None] = []

    def step(talk: Any, heard: Any, *rest: Any) -> Any:
        seen.extend(each.message.attachment for each in heard)
        return plain_step(talk, heard, *rest)

    world = make_world(step, max_attachment_mb=1)
    provider = Provider()
    world.engine.channels["whatsapp"] = provider
    return Customer(world, provider, seen)


def test_a_file_is_here_when_its_turn_is_made(customer: Customer) -> None:
    customer.sends("token.jpg")
    customer.after(2)
    (file,) = customer.seen
    assert file is not None
    assert (len(file.key), file.kind, file.name, file.refused) == (64, "photo", "token.jpg", "")
    assert customer.stored[0]["key"] == file.key
    assert "fetch" not in customer.stored[0]
    assert customer.provider.asked == ["token.jpg"]


def test_an_album_is_one_turn_with_all_its_files_in_order(customer: Customer) -> None:
    for number in range(4):
        customer.sends(f"{number}.jpg", photo(number))
    customer.after(2)
    assert [file.name for file in customer.seen if file] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert len({file.key for file in customer.seen if file}) == 4
    assert len(customer.provider.sent) == 1


def test_what_cannot_be_had_just_now_is_tried_again_after_3_10_and_30_seconds(customer: Customer) -> None:
    customer.provider.fetch_failures = [LATER, LATER, LATER]
    customer.sends("token.jpg")
    customer.after(2)
    for wait in (3, 10, 30):
        tries = len(customer.provider.asked)
        customer.after(wait - 0.1)
        assert (len(customer.provider.asked), customer.seen) == (tries, [])
        customer.after(0.1)
        assert len(customer.provider.asked) == tries + 1
    assert [file.refused for file in customer.seen if file] == [""]
    with customer.world.engine.database.reading() as session:
        assert session.execute(sa.select(CONVERSATION.c.attempts)).scalar_one() == 0


def test_after_the_last_try_the_dialogue_says_that_it_did_not_come(customer: Customer) -> None:
    customer.provider.fetch_failures = [LATER] * 4
    customer.sends("token.jpg")
    customer.after(2)
    for wait in (3, 10, 30):
        customer.after(wait)
    assert [file.refused for file in customer.seen if file] == ["not_fetched"]
    assert len(customer.provider.asked) == 4
    assert customer.stored[0]["refused"] == "not_fetched"


def test_the_providers_own_wait_counts_where_it_is_longer(customer: Customer) -> None:
    customer.provider.fetch_failures = [ChannelError("later", "429", timedelta(seconds=20))]
    customer.sends("token.jpg")
    customer.after(2)
    customer.after(19.9)
    assert customer.seen == []
    customer.after(0.1)
    assert [file.refused for file in customer.seen if file] == [""]


def test_nobody_waits_longer_than_a_minute_for_a_file(customer: Customer) -> None:
    customer.provider.fetch_failures = [ChannelError("later", "429", timedelta(seconds=61))]
    customer.sends("token.jpg")
    customer.after(2)
    assert [file.refused for file in customer.seen if file] == ["not_fetched"]


def test_nothing_overtakes_a_file_that_is_waited_for(customer: Customer) -> None:
    customer.provider.fetch_failures = [LATER, LATER]
    customer.sends("token.jpg")
    customer.after(2)
    customer.world.hears("it came like this")
    customer.world.hears("Yes", kind="tap", payload="yes")
    customer.after(2.9)
    assert (customer.seen, len(customer.provider.asked)) == ([], 1)
    customer.after(0.1)
    customer.after(10)
    assert len(customer.provider.sent) == 1
    assert customer.provider.texts == ["You said: attachment / it came like this / Yes"]


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (ChannelError("dead", "404"), "not_fetched"),
        (ChannelError("dead", "too_big"), "too_big"),
    ],
)
def test_what_can_never_be_had_is_not_tried_again(customer: Customer, error: ChannelError, refused: str) -> None:
    customer.provider.fetch_failures = [error]
    customer.sends("token.jpg")
    customer.after(2)
    assert [file.refused for file in customer.seen if file] == [refused]
    assert len(customer.provider.asked) == 1


def test_a_file_that_is_said_to_be_too_large_is_not_even_fetched(customer: Customer) -> None:
    customer.sends("film.mp4", kind="video", size=1024 * 1024 + 1)
    customer.after(2)
    assert [file.refused for file in customer.seen if file] == ["too_big"]
    assert customer.provider.asked == []


def test_a_file_that_is_larger_or_other_than_was_said_is_refused(customer: Customer) -> None:
    customer.sends("a.txt", b"a" * (1024 * 1024 + 1), size=10)
    customer.sends("b.jpg", archive())
    customer.after(2)
    assert [file.refused for file in customer.seen if file] == ["too_big", "wrong_kind"]


def test_a_crash_after_a_file_came_does_not_fetch_it_twice(customer: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = customer.world.engine.turns
    customer.sends("0.jpg")
    customer.sends("1.jpg", photo(1))
    customer.provider.meanwhile = lambda: customer.provider.fetch_failures.append(KeyboardInterrupt())
    customer.world.clock.advance(timedelta(seconds=2))
    with pytest.raises(KeyboardInterrupt):
        turns.run_ready()
    with customer.world.engine.database.reading() as session:
        rows = session.execute(sa.select(INBOX.c.attachment).order_by(INBOX.c.id)).scalars().all()
    assert ["fetch" in row for row in rows] == [False, True]
    customer.provider.meanwhile = None
    customer.after(61)
    assert [file.refused for file in customer.seen if file] == ["", ""]
    assert customer.provider.asked == ["0.jpg", "1.jpg", "1.jpg"]


def test_a_file_that_kills_its_process_thrice_goes_to_a_person_unopened(customer: Customer) -> None:
    customer.sends("token.jpg")
    customer.provider.fetch_failures = [KeyboardInterrupt(), KeyboardInterrupt()]
    customer.world.clock.advance(timedelta(seconds=2))
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            customer.world.engine.turns.run_ready()
        customer.world.clock.advance(timedelta(seconds=61))
    customer.world.engine.settle()
    assert customer.provider.texts == ["Sorry. API Infotech: a person is called"]
    assert customer.stored[0]["refused"] == "not_fetched"
    assert "fetch" not in json.dumps(customer.stored).replace("not_fetched", "")


def test_an_agent_gets_the_files_of_their_chat(customer: Customer) -> None:
    world = customer.world
    conversation_id = world.plays("hello")
    agent = world.agent()
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.settle()
    customer.provider.fetch_failures = [LATER]
    customer.sends("token.jpg")
    customer.after(2)
    customer.after(3)
    (stored,) = customer.stored
    assert world.engine.desk.attachment(stored["key"], conversation_id, agent).mime == "image/jpeg"
    assert customer.seen == [None]


def test_a_take_over_while_a_file_comes_leaves_it_to_the_agent(customer: Customer) -> None:
    world = customer.world
    conversation_id = world.plays("hello")
    agent = world.agent()
    customer.provider.meanwhile = lambda: world.engine.desk.take_over(conversation_id, agent)
    customer.sends("token.jpg")
    customer.after(2)
    assert customer.stored[0]["key"]
    assert customer.seen == [None]


def test_a_chat_that_somebody_else_claimed_meanwhile_keeps_what_they_did(customer: Customer) -> None:
    def other() -> None:
        with customer.world.engine.database.unit_of_work() as session:
            session.execute(CONVERSATION.update().values(claimed_by="another"))

    customer.provider.meanwhile = other
    customer.sends("token.jpg")
    customer.world.clock.advance(timedelta(seconds=2))
    customer.world.engine.turns.run_ready()
    with customer.world.engine.database.reading() as session:
        assert session.execute(sa.select(CONVERSATION.c.claimed_by)).scalar_one() == "another"
        assert "fetch" in session.execute(sa.select(INBOX.c.attachment)).scalar_one()
        assert session.execute(sa.select(ATTACHMENT)).first() is None
    folder = customer.world.engine.settings.attachments_dir
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_customer_who_is_erased_while_their_file_comes_leaves_nothing(customer: Customer) -> None:
    customer.provider.meanwhile = lambda: erase_person(customer.world.engine, "api-infotech", ASHA, "test")
    customer.sends("token.jpg")
    customer.after(2)
    with customer.world.engine.database.reading() as session:
        assert session.execute(sa.select(ATTACHMENT)).first() is None
    folder = customer.world.engine.settings.attachments_dir
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_file_that_no_turn_has_read_yet_is_erased_too(customer: Customer) -> None:
    stored = customer.world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    customer.world.hears(kind="attachment", attachment=stored.as_json())
    assert erase_person(customer.world.engine, "api-infotech", ASHA, "test").files == 1
    assert not customer.world.engine.attachments.place.has(f"{stored.key[:2]}/{stored.key}")


def test_a_slow_provider_holds_up_nobody_else(customer: Customer) -> None:
    world, here = customer.world, threading.Event()
    customer.provider.meanwhile = lambda: here.wait(20)
    world.engine.turns.fetch_files_apart()
    customer.sends("token.jpg")
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    world.plays("hello", who="+919000000002")
    assert customer.provider.texts == ["You said: hello"]
    here.set()
    deadline = time.monotonic() + 20
    while len(customer.provider.texts) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        world.engine.settle()
    assert customer.provider.texts == ["You said: hello", "You said: attachment"]
    world.engine.turns.stop_fetching(20)


def test_a_stop_leaves_a_file_that_is_on_its_way_to_the_next_start(customer: Customer) -> None:
    world, begun = customer.world, threading.Event()
    customer.provider.meanwhile = lambda: (begun.set(), world.engine.turns._stopping.wait(20))
    world.engine.turns.fetch_files_apart()
    customer.sends("token.jpg")
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    assert begun.wait(20)
    world.engine.turns.stop_fetching(20)
    with world.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION)).one()
        assert (row.claimed_by, row.attempts) == (None, 0)
        assert "fetch" in session.execute(sa.select(INBOX.c.attachment)).scalar_one()
