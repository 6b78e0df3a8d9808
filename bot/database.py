"""The database: one place that opens it, one place that commits.

Writes on SQLite take a process-wide lock and `BEGIN IMMEDIATE`, so that they queue up here in order instead of failing
with "database is locked"; readers see the last commit (WAL) and are never held up.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
HEAD = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
"""The revision of the newest migration, whose file's name begins with it."""
_BUSY_MS = 10_000


class WrongRevision(RuntimeError):
    """The database's tables do not fit this program; the message says what to do."""


class Database:
    """An open database. `unit_of_work` writes, `reading` only reads; both give a session that is closed at the end."""

    def __init__(self, url: str, *, durable: bool = True) -> None:
        """`durable=False` is for throw-away databases: they need not survive a power cut."""
        self.url = sa.make_url(url)
        if self.url.get_backend_name() != "sqlite":
            raise WrongRevision(
                f"DATABASE_URL names {self.url.get_backend_name()}; this release stores in SQLite: use sqlite:///FILE"
            )
        if self.url.database in {None, "", ":memory:"}:
            raise WrongRevision("DATABASE_URL must name a file, such as sqlite:///var/refund-desk.sqlite3")
        self.path = Path(str(self.url.database))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._synchronous = "FULL" if durable else "OFF"
        self.engine = self._open()
        self._writing = self.engine.execution_options(begin_immediate=True)
        self._writer = threading.Lock()

    def _open(self) -> Engine:
        engine = sa.create_engine(
            self.url,
            pool_size=8,
            max_overflow=24,
            connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000, "isolation_level": None},
        )
        synchronous = self._synchronous

        @sa.event.listens_for(engine, "connect")
        def configure(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in (
                "journal_mode=WAL",
                f"synchronous={synchronous}",
                "foreign_keys=ON",
                f"busy_timeout={_BUSY_MS}",
            ):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        # sqlite3 would otherwise begin a transaction only at the first write, too late for a consistent read before it.
        @sa.event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            immediate = connection.get_execution_options().get("begin_immediate")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

        return engine

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all."""
        with self._writer, Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and must not write."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def revision(self) -> str | None:
        """The revision of the tables; None where there are none."""
        from alembic.runtime.migration import MigrationContext

        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_current(self) -> bool:
        """Whether the tables are those of this program; asked in plain SQL, since alembic takes long to import."""
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return False
            return list(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()) == [HEAD]

    def migrate(self) -> tuple[str | None, str]:
        """Brings the tables up to date; gives the revision before and after. Raises `WrongRevision`."""
        if self.is_current():
            return HEAD, HEAD
        from alembic import command

        config, head = _alembic(self)
        before = self._known_revision(config)
        if before != head:
            with self._writer, self._writing.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        return before, head

    def check_revision(self) -> None:
        """Raises `WrongRevision` unless the tables are exactly those of this program."""
        if self.is_current():
            return
        config, head = _alembic(self)
        found = self._known_revision(config)
        if found != head:
            raise WrongRevision(f"the database {self.path} is at revision {found or 'none'}; run: refund-desk migrate")

    def _known_revision(self, config: Any) -> str | None:
        from alembic.script import ScriptDirectory

        found = self.revision()
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise WrongRevision(
                f"the database {self.path} was written by a newer release (revision {found}): "
                "start that release, or restore the backup made before its migration"
            )
        return found

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def _alembic(database: Database) -> tuple[Any, str]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = database.url
    head = ScriptDirectory.from_config(config).get_current_head()
    return config, str(head)


def insert_or_keep(session: Session, table: sa.Table, values: Mapping[str, Any], *unique: str) -> bool:
    """Inserts a row unless one with the same `unique` columns is there; gives whether it was new."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=list(unique))
    first = next(iter(table.primary_key))
    return session.execute(statement.returning(first)).first() is not None


def is_passing(error: BaseException) -> bool:
    """Whether the same statement may well succeed a moment later: a busy or briefly unreachable database."""
    if not isinstance(error, DBAPIError):
        return False
    words = str(error.orig).lower()
    passing = ("locked", "busy", "disk i/o", "unable to open")
    return error.connection_invalidated or any(word in words for word in passing)
