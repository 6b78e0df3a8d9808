"""The tables on both databases: up and down, from nothing and from a database in use, without losing a row."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.database import Database, WrongRevision
from bot.tables import metadata

NOW = datetime(2026, 3, 12, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def database(new_database_url: str) -> Iterator[Database]:
    made = Database(new_database_url, durable=False)
    yield made
    made.close()


def tables(database: Database) -> sa.MetaData:
    """The tables as they stand in the database now."""
    found = sa.MetaData()
    with database.engine.connect() as connection:
        found.reflect(connection)
    return found


def value_for(column: sa.Column[Any], row: int) -> Any:
    """Some value of the column's type: what a row in use holds."""
    kind = column.type
    if isinstance(kind, sa.Boolean):
        return row % 2 == 0
    if isinstance(kind, sa.Integer):
        return row
    if isinstance(kind, sa.DateTime):
        # SQLite keeps no zone.
        return NOW if kind.timezone else NOW.replace(tzinfo=None)
    if isinstance(kind, sa.JSON):
        return {"words": 'नमस्ते, "quoted"', "row": row, "list": [1, None, True]}
    if isinstance(kind, sa.Date):
        return date(2026, 3, 12)
    return f"{column.name} {row} ₹"


def fill(database: Database) -> None:
    """Two rows in every table, each that refers to another to the row of the same number."""
    found = tables(database)
    with database.engine.begin() as connection:
        for table in found.sorted_tables:
            if table.name == "alembic_version":
                continue
            for row in (1, 2):
                values = {}
                for column in table.columns:
                    target = next(iter(column.foreign_keys), None)
                    values[column.name] = value_for(target.column if target is not None else column, row)
                connection.execute(table.insert().values(values))


def contents(database: Database, columns: dict[str, list[str]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the named columns of each table."""
    found = tables(database)
    with database.engine.connect() as connection:
        return {
            name: sorted(
                (tuple(row) for row in connection.execute(sa.select(*(found.tables[name].c[each] for each in named)))),
                key=repr,
            )
            for name, named in columns.items()
        }


def columns_of(database: Database) -> dict[str, list[str]]:
    return {
        table.name: [column.name for column in table.columns]
        for table in tables(database).sorted_tables
        if table.name != "alembic_version"
    }


def test_from_nothing_up_and_down_and_up_again(database: Database) -> None:
    assert database.migrate() == (None, "0002")
    assert database.migrate("base") == ("0002", None)
    assert columns_of(database) == {}
    assert database.migrate() == (None, "0002")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_in_use_keeps_every_row_on_the_way_up_and_down(database: Database) -> None:
    database.migrate("0001")
    fill(database)
    old = columns_of(database)
    before = contents(database, old)
    assert all(len(rows) == 2 for rows in before.values())
    assert database.migrate() == ("0001", "0002")
    assert contents(database, old) == before
    assert database.migrate("0001") == ("0002", "0001")
    assert columns_of(database) == old
    assert contents(database, old) == before
    database.migrate()
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert contents(database, old) == before


def test_a_filled_database_of_this_release_goes_down_and_keeps_what_was_there_before(database: Database) -> None:
    database.migrate("0001")
    old = columns_of(database)
    database.migrate()
    fill(database)
    before = contents(database, old)
    database.migrate("0001")
    assert contents(database, old) == before


def test_references_hold_after_a_migration(database: Database) -> None:
    database.migrate("0001")
    fill(database)
    database.migrate()
    database.migrate("0001")
    database.migrate()
    found = tables(database)
    orphan = found.tables["message"].insert().values(
        conversation_id="nobody", author="bot", kind="text", text="", template="", at=NOW.replace(tzinfo=None)
    )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), database.engine.begin() as connection:
        connection.execute(orphan)


def test_several_processes_that_migrate_at_once_do_it_once(database: Database, new_database_url: str) -> None:
    import threading

    others = [Database(new_database_url, durable=False) for _ in range(3)]
    results: list[Any] = []

    def migrate(each: Database) -> None:
        try:
            results.append(each.migrate())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=migrate, args=(each,)) for each in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for each in others:
        each.close()
    assert sorted(results, key=repr) == [("0002", "0002"), ("0002", "0002"), (None, "0002")]


def test_an_unknown_revision_is_refused(database: Database) -> None:
    with pytest.raises(WrongRevision, match=r"no revision '0815'; there are: base, 0001, 0002"):
        database.migrate("0815")
