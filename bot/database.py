"""The database: one place that opens it, one place that commits.

SQLite is for one process. Writes take a process-wide lock and `BEGIN IMMEDIATE`, so that they queue up here in order
instead of failing with "database is locked"; readers see the last commit (WAL) and are never held up.

PostgreSQL is for any number of processes. Writes run side by side (READ COMMITTED); what must not happen twice takes
the row of its conversation or case first (`FOR NO KEY UPDATE`), or a name (`hold`) where there is no row yet. Always
in this order, so that no two wait for each other: a person's address, conversation, subject, case, everything else.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
SQLITE, POSTGRESQL = "sqlite", "postgresql"
HEAD = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
"""The revision of the newest migration, whose file's name begins with it."""
_BUSY_MS = 10_000
_SQLITE_CONNECTIONS = 32
# A lock that nobody gives back within this time is an error that passes: what wanted it is tried again.
_LOCK_MS = 10_000
_STATEMENT_MS = 60_000
_MIGRATING = "migrating"
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 1.0
POSTGRESQL_ARGUMENTS: dict[str, Any] = {
    "application_name": "refund-desk",
    "connect_timeout": 5,
    # A host that went away without a word is noticed within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_BUSY_WORDS = ("locked", "busy", "disk i/o", "unable to open", "database or disk is full")
# Connection lost (08), out of room, memory or connections (53), shutting down or starting up (57P), and what
# PostgreSQL ends so that others can go on: serialization failure, deadlock, lock timeout, idle for too long.
_PASSING_CLASSES = ("08", "53", "57P")
_PASSING_STATES = frozenset({"40001", "40P01", "55P03", "25P03"})

Result = TypeVar("Result")


class WrongRevision(RuntimeError):
    """The database's tables do not fit this program; the message says what to do."""


class WrongAddress(RuntimeError):
    """DATABASE_URL names no database that can be opened; the message says what is wrong with it."""


class Unreachable(RuntimeError):
    """The database does not answer; the message says which and why."""


class Database:
    """An open database. `unit_of_work` writes, `reading` only reads; both give a session that is closed at the end."""

    def __init__(self, url: str, *, durable: bool = True, connections: int = 10) -> None:
        """`durable=False` is for throw-away databases: they need not survive a power cut.

        `connections` is the most that are open at a time on PostgreSQL. Raises `WrongAddress`.
        """
        self.url = _read_url(url)
        self.dialect = self.url.get_backend_name()
        self.name = self.url.render_as_string(hide_password=True)
        self._durable = durable
        if self.dialect == SQLITE:
            self._open_sqlite()
        else:
            self._open_postgresql(connections)
        self._writer = threading.Lock()

    @property
    def shared(self) -> bool:
        """Whether several processes may work on it at a time."""
        return self.dialect == POSTGRESQL

    def _open_sqlite(self) -> None:
        path = Path(str(self.url.database))
        self.name = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine = sa.create_engine(
            self.url,
            pool_size=8,
            max_overflow=_SQLITE_CONNECTIONS - 8,
            connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000, "isolation_level": None},
        )
        _listen_to_sqlite(self.engine, "FULL" if self._durable else "OFF")
        self._reading: Engine = self.engine
        self._writing: Engine = self.engine.execution_options(begin_immediate=True)

    def _open_postgresql(self, connections: int) -> None:
        options = f"-c lock_timeout={_LOCK_MS} -c statement_timeout={_STATEMENT_MS}"
        if not self._durable:
            options += " -c synchronous_commit=off"
        self.engine = sa.create_engine(
            self.url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=_LOCK_MS / 1000,
            connect_args={**POSTGRESQL_ARGUMENTS, "options": options},
        )
        self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writing = self.engine

    @contextmanager
    def unit_of_work(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all."""
        if self.shared:
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                yield session
            return
        with self._writer, Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and must not write."""
        with Session(self._reading, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection for a look by one statement: what the loops do all the time, at half of a session's cost."""
        with self._reading.connect() as connection:
            yield connection

    def again(self, work: Callable[[], Result], seconds: float = 5.0) -> Result:
        """The result of `work`, done once more after each passing error of the database, for `seconds` at most.

        A commit whose answer was lost may have happened: doing `work` twice must be the same as doing it once.
        """
        until = time.monotonic() + seconds
        wait = _FIRST_WAIT
        while True:
            try:
                return work()
            except SQLAlchemyError as error:
                if not is_passing(error) or time.monotonic() + wait > until:
                    raise
            time.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    # Revisions

    def revision(self) -> str | None:
        """The revision of the tables; None where there are none. Raises `Unreachable`."""
        from alembic.runtime.migration import MigrationContext

        with self._reachable(), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def is_current(self) -> bool:
        """Whether the tables are those of this program; asked in plain SQL, since alembic takes long to import.

        Raises `Unreachable`.
        """
        with self._reachable(), self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return False
            return list(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars()) == [HEAD]

    def migrate(self, to: str = "head") -> tuple[str | None, str | None]:
        """Brings the tables to a revision, up or down; gives the revision before and after.

        Any number of processes may do so at the same time. Raises `WrongRevision` and `Unreachable`.
        """
        if to in {"head", HEAD} and self._is_surely_current():
            return HEAD, HEAD
        config, head = _alembic(self)
        target = head if to == "head" else to
        known = _known_revisions(config)
        if target != "base" and target not in known:
            raise WrongRevision(f"there is no revision {target!r}; there are: base, {', '.join(sorted(known))}")
        with self._reachable(), self._migrating() as connection:
            config.attributes["connection"] = connection
            before = self._known_revision(config)
            if before != (None if target == "base" else target):
                _move(config, before, target)
        return before, None if target == "base" else target

    def _is_surely_current(self) -> bool:
        """`is_current`, and False where somebody holds the file just now: who migrates waits for their turn."""
        try:
            return self.is_current()
        except Unreachable:
            return False

    @contextmanager
    def _migrating(self) -> Iterator[Connection]:
        """A connection in a transaction in which nobody else changes tables."""
        if self.shared:
            with self._writing.begin() as connection:
                connection.execute(sa.text("set local statement_timeout = 0"))
                connection.execute(sa.text("set local lock_timeout = 0"))
                _hold_name(connection, _MIGRATING)
                yield connection
            return
        with self._writer, self.engine.connect() as plain:
            # SQLite changes some columns by making the table anew; rows that refer to it must not go with the old one.
            # The pragma does nothing inside a transaction.
            driver: Any = plain.connection.dbapi_connection
            driver.execute("PRAGMA foreign_keys=OFF")
            try:
                with plain.execution_options(begin_immediate=True).begin():
                    yield plain
                    broken = plain.exec_driver_sql("PRAGMA foreign_key_check").all()
                    if broken:
                        raise WrongRevision(
                            f"the migration would lose references of {broken[0][0]}: nothing was changed"
                        )
            finally:
                driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _reachable(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if not is_passing(error):
                raise
            reason = str(error.orig).strip().splitlines()
            raise Unreachable(
                f"the database {self.name} does not answer ({reason[-1] if reason else 'no reason given'}): "
                "start it, or correct REFUND_DESK_DATABASE_URL"
            ) from error

    def check_revision(self) -> None:
        """Raises `WrongRevision` unless the tables are exactly those of this program; and `Unreachable`."""
        if self.is_current():
            return
        config, head = _alembic(self)
        found = self._known_revision(config)
        if found != head:
            raise WrongRevision(f"the database {self.name} is at revision {found or 'none'}; run: refund-desk migrate")

    def _known_revision(self, config: Any) -> str | None:
        connection = config.attributes.get("connection")
        if connection is None:
            found = self.revision()
        else:
            from alembic.runtime.migration import MigrationContext

            found = MigrationContext.configure(connection).get_current_revision()
        if found is not None and found not in _known_revisions(config):
            raise WrongRevision(
                f"the database {self.name} was written by a newer release (revision {found}): "
                "start that release, or restore the backup made before its migration"
            )
        return found

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def _read_url(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except SQLAlchemyError:
        raise WrongAddress("DATABASE_URL is no address: use postgresql://USER:PASSWORD@HOST/NAME") from None
    dialect = url.get_backend_name()
    if dialect in {POSTGRESQL, "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if dialect != SQLITE:
        raise WrongAddress(f"DATABASE_URL names {dialect}: use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    if url.database in {None, "", ":memory:"}:
        raise WrongAddress("DATABASE_URL must name a file, such as sqlite:///var/refund-desk.sqlite3")
    return url


def _listen_to_sqlite(engine: Engine, synchronous: str) -> None:
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


def _alembic(database: Database) -> tuple[Any, str]:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = database.url
    head = ScriptDirectory.from_config(config).get_current_head()
    return config, str(head)


def _known_revisions(config: Any) -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _move(config: Any, before: str | None, target: str) -> None:
    from alembic import command

    # Revisions are numbered in their order.
    if target == "base" or (before is not None and target < before):
        command.downgrade(config, target)
    else:
        command.upgrade(config, target)


def hold(session: Session, *names: str) -> None:
    """Holds names until the transaction ends: another that wants one of them waits. For what has no row to lock yet.

    On SQLite there is one writer at a time anyway.
    """
    if session.get_bind().dialect.name == POSTGRESQL:
        # In one order everywhere, so that two that hold several never wait for each other.
        for name in sorted(names):
            _hold_name(session.connection(), name)


def _hold_name(connection: Connection, name: str) -> None:
    connection.execute(sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def insert_or_keep(session: Session, table: sa.Table, values: Mapping[str, Any], *unique: str) -> bool:
    """Inserts a row unless one with the same `unique` columns is there; gives whether it was new."""
    statement = _insert_unless_there(table, session.get_bind().dialect.name, unique)
    return session.execute(statement, dict(values)).first() is not None


@cache
def _insert_unless_there(table: sa.Table, dialect: str, unique: tuple[str, ...]) -> sa.sql.dml.ReturningInsert[Any]:
    insert = postgresql.insert if dialect == POSTGRESQL else sqlite.insert
    first = next(iter(table.primary_key))
    return insert(table).on_conflict_do_nothing(index_elements=list(unique)).returning(first)


def is_passing(error: BaseException) -> bool:
    """Whether the same statement may well succeed a moment later: a busy, full or briefly unreachable database, or one
    that ended this transaction so that another could go on.
    """
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _PASSING_STATES or state.startswith(_PASSING_CLASSES)
    if type(error.orig).__module__.startswith("psycopg"):
        # Without a state the server never answered: it could not be reached, or was lost on the way.
        return isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    words = str(error.orig).lower()
    return any(word in words for word in _BUSY_WORDS)
