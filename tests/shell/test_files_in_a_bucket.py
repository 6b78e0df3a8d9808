"""Customers' files in a bucket: the same files, given out, erased and swept as from a folder; down means later."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import s3_server
import sqlalchemy as sa
from files_world import JPEG, PNG
from s3_server import BUCKET, KEY_ID, REGION, SECRET, FakeBucket
from shell_world import ASHA, BRAND, NOW, World

from bot.attachments import NoSuchFile, PlaceDown
from bot.attachments.places import place_for
from bot.privacy import erase_person
from bot.settings import BadSettings, Settings
from bot.tables import ATTACHMENT


@pytest.fixture
def bucket() -> Iterator[FakeBucket]:
    with s3_server.serving() as served:
        yield served


@pytest.fixture
def world(make_world: Callable[..., World], bucket: FakeBucket) -> World:
    return make_world(**settings_of(bucket))


def settings_of(bucket: FakeBucket, **other: Any) -> dict[str, Any]:
    return {
        "s3_bucket": BUCKET,
        "s3_endpoint": bucket.address,
        "s3_region": REGION,
        "s3_access_key_id": KEY_ID,
        "s3_secret_access_key": SECRET,
        **other,
    }


def test_a_file_lies_in_the_bucket_under_its_hash_and_nowhere_else(world: World, bucket: FakeBucket) -> None:
    stored = world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    path = f"{stored.key[:2]}/{stored.key}"
    assert list(bucket.files) == [path]
    assert b"".join(world.engine.attachments.open(path)) == bucket.files[path]
    assert [each for each in world.engine.settings.attachments_dir.rglob("*") if each.is_file()] == []


def test_a_large_file_goes_up_in_parts(world: World, bucket: FakeBucket) -> None:
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 70_000
    stored = world.engine.attachments.store(film, "a.mp4", "video", NOW)
    assert sum(asked.startswith("PUT") for asked in bucket.asked) == 3
    assert b"".join(world.engine.attachments.open(f"{stored.key[:2]}/{stored.key}")) == film


def test_an_agent_is_shown_what_lies_in_the_bucket(world: World) -> None:
    stored = world.engine.attachments.store(PNG, "a.png", "photo", NOW)
    conversation_id = world.hears(kind="attachment", attachment=stored.as_json())
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    file = world.engine.desk.look_at_file(stored.key, conversation_id, world.agent())
    assert len(b"".join(file.pieces)) == file.size == stored.size


def test_a_person_is_erased_from_the_bucket_too(world: World, bucket: FakeBucket) -> None:
    stored = world.engine.attachments.store(PNG, "a.png", "photo", NOW)
    world.hears(kind="attachment", attachment=stored.as_json())
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    assert erase_person(world.engine, BRAND, ASHA, "test").files == 1
    assert bucket.files == {}
    with pytest.raises(NoSuchFile):
        world.engine.attachments.open(f"{stored.key[:2]}/{stored.key}")


def test_what_could_not_be_erased_while_the_bucket_was_down_is_swept(world: World, bucket: FakeBucket) -> None:
    stored = world.engine.attachments.store(PNG, "a.png", "photo", NOW)
    world.hears(kind="attachment", attachment=stored.as_json())
    bucket.failing = True
    assert erase_person(world.engine, BRAND, ASHA, "test").files == 1
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(ATTACHMENT)).first() is None
    bucket.failing = False
    assert world.engine.attachments.sweep() == 0
    bucket.changed = dict.fromkeys(bucket.files, datetime.now(UTC) - timedelta(days=1, minutes=1))
    assert world.engine.attachments.sweep() == 1
    assert bucket.files == {}


def test_a_bucket_that_is_down_keeps_nothing_and_says_so_without_the_keys(world: World, bucket: FakeBucket) -> None:
    bucket.failing = True
    with pytest.raises(PlaceDown) as caught:
        world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    assert SECRET not in str(caught.value)
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(ATTACHMENT)).first() is None
    bucket.failing = False
    assert world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW).key


def test_a_turn_waits_for_a_bucket_that_is_down(world: World, bucket: FakeBucket) -> None:
    world.channel.fetch = lambda brand, reference: iter([JPEG])  # type: ignore[method-assign]
    world.hears(kind="attachment", attachment={"fetch": {}, "kind": "photo", "name": "a.jpg"})
    bucket.failing = True
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    assert (world.channel.texts, bucket.files) == ([], {})
    bucket.failing = False
    world.clock.advance(timedelta(seconds=3))
    world.engine.settle()
    assert (world.channel.texts, len(bucket.files)) == (["You said: attachment"], 1)


def test_keys_that_the_bucket_does_not_know_are_refused(make_world: Callable[..., World], bucket: FakeBucket) -> None:
    world = make_world(**settings_of(bucket, s3_secret_access_key="another secret"))
    with pytest.raises(PlaceDown):
        world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    assert bucket.files == {}


def test_a_bucket_that_cannot_be_reached_is_down(make_world: Callable[..., World], bucket: FakeBucket) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        world = make_world(**settings_of(bucket, s3_endpoint=nobody))
        with pytest.raises(PlaceDown):
            world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"s3_endpoint": "http://127.0.0.1:9"}, "REFUND_DESK_S3_BUCKET"),
        ({"s3_access_key_id": "x"}, "REFUND_DESK_S3_BUCKET"),
        ({"s3_bucket": "b", "s3_access_key_id": "x"}, "REFUND_DESK_S3_SECRET_ACCESS_KEY"),
        ({"s3_bucket": "b", "s3_secret_access_key": "x"}, "REFUND_DESK_S3_SECRET_ACCESS_KEY"),
    ],
)
def test_half_a_bucket_stops_the_start(tmp_path: Path, given: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        place_for(Settings(_env_file=None, data_dir=tmp_path, **given))
