"""The database: migrations, moments, one writer, and what a newer release left behind."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from shell_world import World

from bot.crypto import Cipher, Unreadable, hash_password, is_password
from bot.database import HEAD, Database, Unreachable, WrongAddress, WrongRevision, hold, insert_or_keep
from bot.settings import BadSettings, Settings, read_settings
from bot.tables import AUDIT, DUE, metadata


@pytest.fixture
def database(new_database_url: str) -> Iterator[Database]:
    """A database of each kind that nobody has migrated."""
    made = Database(new_database_url, durable=False)
    yield made
    made.close()


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    assert database.migrate() == (None, "0002")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    assert database.migrate() == ("0002", "0002")
    database.check_revision()
    database.close()


def test_an_old_file_names_the_command_that_helps(database: Database) -> None:
    with pytest.raises(WrongRevision, match="refund-desk migrate"):
        database.check_revision()
    database.close()


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    database.migrate()
    with database.unit_of_work() as session:
        session.execute(sa.text("update alembic_version set version_num = '9999'"))
    for act in (database.migrate, database.check_revision):
        with pytest.raises(WrongRevision, match="newer release"):
            act()
    database.close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://localhost/x", "names mysql: use sqlite:///FILE or postgresql://"),
        ("sqlite://", "must name a file"),
        ("nothing at all", "is no address"),
    ],
)
def test_another_engine_is_refused_in_one_line(url: str, reason: str) -> None:
    with pytest.raises(WrongAddress, match=reason) as refused:
        Database(url)
    assert "\n" not in str(refused.value)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = Database(f"postgresql://desk:secret@127.0.0.1:{nobody.getsockname()[1]}/desk")
        with pytest.raises(Unreachable, match=r"desk:\*\*\*@127.0.0.1.* does not answer .*correct") as unreachable:
            database.check_revision()
    assert "secret" not in str(unreachable.value)
    assert "\n" not in str(unreachable.value)
    database.close()


def test_the_file_is_durable_and_keeps_its_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'd.sqlite3'}")
    with database.reading() as session:
        pragmas = {
            name: session.execute(sa.text(f"pragma {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


def test_moments_come_back_aware_and_in_utc(world: World) -> None:
    india = datetime(2026, 3, 12, 18, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with world.engine.database.unit_of_work() as session:
        session.execute(AUDIT.insert().values(at=india, who="x", what="y"))
        stored = session.execute(sa.select(AUDIT.c.at)).scalar_one()
    assert stored == india
    assert stored.tzinfo is UTC


def test_a_moment_without_a_time_zone_is_refused(world: World) -> None:
    with pytest.raises(sa.exc.StatementError, match="time zone"), world.engine.database.unit_of_work() as session:
        session.execute(AUDIT.insert().values(at=datetime(2026, 3, 12), who="x", what="y"))  # noqa: DTZ001


def test_a_unit_of_work_that_fails_leaves_nothing(world: World) -> None:
    def fails() -> None:
        with world.engine.database.unit_of_work() as session:
            session.execute(AUDIT.insert().values(at=world.clock(), who="x", what="y"))
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one() == 0


def test_many_writers_queue_up_for_one_thing(world: World) -> None:
    def write(number: int) -> None:
        with world.engine.database.unit_of_work() as session:
            hold(session, "the count")
            count = session.execute(sa.select(sa.func.count()).select_from(AUDIT)).scalar_one()
            session.execute(AUDIT.insert().values(at=world.clock(), who=str(number), what=str(count)))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.engine.database.reading() as session:
        seen = sorted(int(what) for what in session.execute(sa.select(AUDIT.c.what)).scalars())
    assert seen == list(range(20))


def test_a_unique_key_is_kept_as_it_was(world: World) -> None:
    values = {"key": "k", "kind": "bank_slips", "due_at": world.clock()}
    with world.engine.database.unit_of_work() as session:
        assert insert_or_keep(session, DUE, values, "key")
        assert not insert_or_keep(session, DUE, {**values, "kind": "other"}, "key")
        assert session.execute(sa.select(DUE.c.kind)).scalars().all() == ["bank_slips"]


def test_keys_can_be_rotated() -> None:
    old, new = "o" * 40, "n" * 40
    token = Cipher((old,), "inbox").encrypt("mera token toot gaya")
    assert Cipher((new, old), "inbox").decrypt(token) == "mera token toot gaya"
    with pytest.raises(Unreadable):
        Cipher((new,), "inbox").decrypt(token)
    with pytest.raises(Unreadable):
        Cipher((old,), "another purpose").decrypt(token)


def test_passwords_are_kept_as_hashes() -> None:
    stored = hash_password("a long password")
    assert is_password("a long password", stored)
    assert not is_password("another password", stored)
    assert not is_password("a long password", None)
    assert not is_password("a long password", "no hash")


def test_the_key_of_an_installation_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = Settings(_env_file=None, data_dir=tmp_path).keys
    assert Settings(_env_file=None, data_dir=tmp_path).keys == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REFUND_DESK_WORKERS", "many"),
        ("REFUND_DESK_SECRET_KEY", "short"),
        ("REFUND_DESK_LOG_LEVEL", "loud"),
        ("REFUND_DESK_PUBLIC_BASE_URL", "nowhere"),
    ],
)
def test_an_odd_setting_names_itself(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match=f"^{name}: "):
        read_settings(_env_file=None)


def test_credentials_stand_under_the_brands_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_DESK_API_INFOTECH_TELEGRAM_TOKEN", "1:abc")
    assert Settings(_env_file=None).credential("api-infotech", "TELEGRAM_TOKEN") == "1:abc"
    assert Settings(_env_file=None).credential("webpino", "TELEGRAM_TOKEN") == ""


def test_the_head_is_the_newest_migration_by_name_and_by_link(database: Database) -> None:
    assert not database.is_current()
    _, head = database.migrate()
    assert head == HEAD
    assert database.is_current()
    with database.unit_of_work() as session:
        session.execute(sa.text("update alembic_version set version_num = '0001'"))
    assert not database.is_current()
    database.close()
