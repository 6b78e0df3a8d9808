"""A virus scanner beside the service: what it finds is not kept, what it could not see is not given out."""

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import clamd_server
import pytest
import sqlalchemy as sa
from clamd_server import VIRUS, FakeClamd
from files_world import JPEG
from shell_world import NOW, World

from bot.attachments import store
from bot.attachments.scanner import Scanner, ScannerDown
from bot.desk_service import FileHeld
from bot.settings import BadSettings
from bot.tables import ATTACHMENT


@pytest.fixture
def clamd() -> Iterator[FakeClamd]:
    with clamd_server.serving() as served:
        yield served


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def scans(world: World) -> list[str]:
    with world.engine.database.reading() as session:
        return list(session.execute(sa.select(ATTACHMENT.c.scan)).scalars())


def sent(world: World, data: bytes, name: str = "note.txt") -> tuple[str, str]:
    """(conversation id, key) of a file that a customer has sent."""
    stored = world.engine.attachments.store(data, name, "document", NOW)
    conversation_id = world.hears(kind="attachment", attachment=stored.as_json())
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    return conversation_id, stored.key


def test_a_clean_file_is_kept_as_it_was_seen(make_world: Callable[..., World], clamd: FakeClamd) -> None:
    world = make_world(clamd_address=clamd.address)
    world.engine.attachments.store(b"a plain note" * 20_000, "note.txt", "document", NOW)
    assert clamd.given == [b"a plain note" * 20_000]
    assert scans(world) == ["clean"]


@pytest.mark.parametrize("data", [b"note " + VIRUS, JPEG + VIRUS])
def test_what_the_scanner_finds_is_refused_before_it_is_opened(
    make_world: Callable[..., World], clamd: FakeClamd, data: bytes
) -> None:
    world = make_world(clamd_address=clamd.address)
    stored = world.engine.attachments.store(data, "a", "document", NOW)
    assert (stored.refused, stored.key, scans(world)) == ("unsafe", "", [])
    assert [path for path in world.engine.settings.attachments_dir.rglob("*") if path.is_file()] == []


def test_a_scanner_on_a_local_socket(make_world: Callable[..., World], tmp_path: Path) -> None:
    with clamd_server.serving(tmp_path / "clamd") as clamd:
        world = make_world(clamd_address=clamd.address)
        world.engine.attachments.store(b"a plain note", "note.txt", "document", NOW)
        assert scans(world) == ["clean"]


def test_a_file_that_was_not_scanned_is_held_until_it_was(
    make_world: Callable[..., World], clamd: FakeClamd, nobody: str
) -> None:
    world = make_world(clamd_address=nobody)
    conversation_id, key = sent(world, b"a plain note")
    agent = world.agent()
    assert scans(world) == ["unscanned"]
    with pytest.raises(FileHeld, match="has not looked"):
        world.engine.desk.look_at_file(key, conversation_id, agent)
    assert [
        line.attachment["held"] for line in world.engine.desk.messages(conversation_id, agent) if line.attachment
    ] == ["unscanned"]
    assert world.engine.attachments.scan_again() == 0
    world.engine.attachments.scanner = Scanner(clamd.address)
    assert world.engine.attachments.scan_again() == 1
    assert b"".join(world.engine.desk.look_at_file(key, conversation_id, agent).pieces) == b"a plain note"


def test_what_is_found_later_is_taken_away(make_world: Callable[..., World], clamd: FakeClamd, nobody: str) -> None:
    world = make_world(clamd_address=nobody)
    conversation_id, key = sent(world, b"note " + VIRUS)
    world.engine.attachments.scanner = Scanner(clamd.address)
    world.engine.attachments.look_after()
    assert scans(world) == ["unsafe"]
    assert not world.engine.attachments.place.has(f"{key[:2]}/{key}")
    with pytest.raises(FileHeld, match="found something"):
        world.engine.desk.look_at_file(key, conversation_id, world.agent())


def test_a_file_too_long_for_the_scanner_is_not_taken_for_clean(
    make_world: Callable[..., World], clamd: FakeClamd
) -> None:
    world = make_world(clamd_address=clamd.address)
    clamd.most = 100_000
    world.engine.attachments.store(b"a" * 3_000_000, "note.txt", "document", NOW)
    assert scans(world) == ["unscanned"]
    world.engine.attachments.store(b"b", "note.txt", "document", NOW)
    assert sorted(scans(world)) == ["clean", "unscanned"]


def test_files_that_are_never_scanned_keep_no_others_waiting(
    make_world: Callable[..., World], clamd: FakeClamd, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_SCANNED_AT_A_TIME", 2)
    world = make_world(clamd_address=nobody)
    clamd.most = 5
    for number in range(5):
        world.engine.attachments.store(b"too long for it %d" % number, "a.txt", "document", NOW)
    world.engine.attachments.store(b"tiny", "b.txt", "document", NOW)
    world.engine.attachments.scanner = Scanner(clamd.address)
    assert sum(world.engine.attachments.scan_again() for _ in range(5)) == 1
    assert sorted(scans(world)) == ["clean"] + ["unscanned"] * 5


def test_a_scanner_that_says_something_else_is_down(tmp_path: Path) -> None:
    with socket.socket() as odd:
        odd.bind(("127.0.0.1", 0))
        odd.listen()
        odd.settimeout(5)
        scanner = Scanner(f"127.0.0.1:{odd.getsockname()[1]}")
        scanner.seconds = 0.2
        with pytest.raises(ScannerDown):
            scanner.ping()


@pytest.mark.parametrize("address", ["host:", "host:port", ":3310", "host:70000"])
def test_an_odd_address_of_the_scanner_stops_the_start(address: str) -> None:
    with pytest.raises(BadSettings, match="REFUND_DESK_CLAMD_ADDRESS"):
        Scanner(address)
