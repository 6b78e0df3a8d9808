"""Several processes on one database: the bell between them, signs of life, numbers, and a database that goes away."""

import contextlib
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from cuttable import CuttableLine
from fastapi import Request
from fastapi.responses import Response
from shell_world import World, plain_step

import bot.engine
from bot import doctor
from bot.bell import DESK
from bot.clock import utc_now
from bot.processes import LOOPS
from bot.tables import CONVERSATION, INBOX, OUTBOX, RUNNING_PROCESS
from bot.web import create_app

with warnings.catch_warnings():
    # Starlette would rather use a successor of httpx, which says the same to a test.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient


@pytest.fixture
def line(postgresql_url: str) -> Iterator[CuttableLine]:
    """A line to the PostgreSQL server that can be cut."""
    url = sa.make_url(postgresql_url)
    if not url.host:
        pytest.skip("the server has no TCP port that a line could be cut of")
    made = CuttableLine(url.host, url.port or 5432)
    yield made
    made.close()


def through(line: CuttableLine, url: str) -> str:
    return sa.make_url(url).set(host="127.0.0.1", port=line.port).render_as_string(hide_password=False)


def eventually(holds: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it holds within that time."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def real(world: World) -> World:
    """The world with the real clock and a channel that joins nothing."""
    world.engine.clock = utc_now
    world.channel.joins = False
    return world


def left(world: World) -> int:
    """Messages that wait to be read or sent."""
    with world.engine.database.reading() as session:
        unread = sa.select(sa.func.count()).select_from(INBOX).where(INBOX.c.read_at.is_(None))
        unsent = sa.select(sa.func.count()).select_from(OUTBOX).where(~OUTBOX.c.done)
        return int(session.execute(unread).scalar_one() + session.execute(unsent).scalar_one())


def pages(world: World) -> TestClient:
    """The application with a webhook that stores a text."""
    app = create_app(world.engine)

    @app.post("/webhooks/test")
    def hook(request: Request) -> Response:
        world.hears("hello", provider_id=request.query_params["id"], received_at=utc_now())
        return Response()

    return TestClient(app, raise_server_exceptions=False)


# The bell


def test_a_worker_hears_what_a_web_process_stored_and_a_page_what_the_worker_did(
    make_world_on: Callable[..., World], postgresql_url: str
) -> None:
    web, worker = real(make_world_on(postgresql_url)), real(make_world_on(postgresql_url))
    heard: list[str] = []
    web.engine.bell.listen("*", heard.append)
    web.engine.start("web", ())
    worker.engine.start("worker", ("turns", "delivery"))
    try:
        assert web.engine._wire is not None
        assert worker.engine._wire is not None
        assert web.engine._wire.connected.wait(10)
        assert worker.engine._wire.connected.wait(10)
        conversation_id = web.hears("hello", received_at=utc_now())
        assert eventually(lambda: worker.channel.texts == ["You said: hello"])
        assert eventually(lambda: f"conversation:{conversation_id}" in heard)
        assert DESK in heard
    finally:
        web.engine.stop()
        worker.engine.stop()


def test_the_bell_finds_its_line_again(make_world_on: Callable[..., World], postgresql_url: str) -> None:
    world = real(make_world_on(postgresql_url))
    world.engine.start("web", ())
    try:
        wire = world.engine._wire
        assert wire is not None
        assert wire.connected.wait(10)
        with psycopg.connect(postgresql_url, autocommit=True) as administrator:
            administrator.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            )
            assert eventually(lambda: not wire.connected.is_set())
            assert wire.connected.wait(15)
            rung = threading.Event()
            world.engine.bell.listen("conversation:x", lambda _topic: rung.set())
            administrator.execute("select pg_notify('refund_desk_bell', 'conversation:x')")
        assert rung.wait(10)
    finally:
        world.engine.stop()


# A database that goes away


def test_messages_survive_a_database_that_is_restarted(
    make_world_on: Callable[..., World], postgresql_url: str, line: CuttableLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered with 200 is answered once; what was not is refused so that the provider sends it again."""
    monkeypatch.setattr(bot.engine, "_RECEIVE_SECONDS", 0.3)
    world = real(make_world_on(through(line, postgresql_url)))
    client = pages(world)
    world.engine.start()
    taken: list[str] = []
    refused = 0
    try:
        for number in range(30):
            if number == 10:
                line.cut()
            if number == 14:
                line.mend()
            status = client.post(f"/webhooks/test?id=p{number}").status_code
            assert status in {200, 503}
            while status == 503:
                refused += 1
                if number < 14:
                    line.mend()
                status = client.post(f"/webhooks/test?id=p{number}").status_code
            taken.append(f"p{number}")
        # A claim whose commit was cut off between the server and us ends after a minute.
        assert eventually(lambda: left(world) == 0, seconds=90)
        assert all(world.engine.pulse.loops().values())
    finally:
        world.engine.stop()
    assert refused >= 1
    said = [part for text in world.channel.texts for part in text.removeprefix("You said: ").split(" / ")]
    assert said == ["hello"] * 30


def test_a_webhook_waits_out_a_short_loss(
    make_world_on: Callable[..., World], postgresql_url: str, line: CuttableLine
) -> None:
    """Not every provider repeats what failed."""
    world = real(make_world_on(through(line, postgresql_url)))
    client = pages(world)
    line.cut()
    mending = threading.Timer(0.5, line.mend)
    mending.start()
    assert client.post("/webhooks/test?id=p1").status_code == 200
    mending.join()
    assert left(world) == 1


def test_a_send_whose_verdict_cannot_be_stored_at_once_is_not_made_again(
    make_world_on: Callable[..., World], postgresql_url: str, line: CuttableLine
) -> None:
    world = make_world_on(through(line, postgresql_url))
    world.hears("hello")
    world.clock.advance(timedelta(seconds=2))
    world.engine.run_ready()

    def cut(_message: Any) -> None:
        line.cut()
        threading.Timer(0.5, line.mend).start()

    world.channel.before_send = cut
    world.engine.deliver()
    world.channel.before_send = None
    world.clock.advance(timedelta(minutes=5))
    assert world.engine.deliver() == 0
    assert world.channel.texts == ["You said: hello"]


def commit_unanswered(world: World, monkeypatch: pytest.MonkeyPatch, then: Callable[[], object] | None = None) -> None:
    """The server carries the next commit out, `then` happens, and its answer is lost."""
    dialect = world.engine.database.engine.dialect
    commit = dialect.do_commit

    def unanswered(connection: Any) -> None:
        monkeypatch.setattr(dialect, "do_commit", commit)
        commit(connection)
        if then is not None:
            then()
        raise psycopg.OperationalError("the server closed the connection")

    monkeypatch.setattr(dialect, "do_commit", unanswered)


def test_a_claim_to_send_whose_commit_was_not_answered_is_given_back_at_once(
    make_world_on: Callable[..., World], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent under it, so that it counts as no try and as nothing unclear."""
    world = make_world_on(postgresql_url)
    world.hears("hello")
    world.clock.advance(timedelta(seconds=2))
    world.engine.run_ready()
    commit_unanswered(world, monkeypatch)
    with pytest.raises(sa.exc.OperationalError):
        world.engine.deliver()
    (row,) = world.outbox()
    assert (row.claimed_until, row.attempts, row.unclear_tries) == (None, 0, 0)
    world.engine.deliver()
    assert world.channel.texts == ["You said: hello"]


def test_a_claim_to_send_that_another_process_made_since_is_not_given_back(
    make_world_on: Callable[..., World], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world_on(postgresql_url)
    world.hears("hello")
    world.clock.advance(timedelta(seconds=2))
    world.engine.run_ready()
    theirs = world.clock() + timedelta(seconds=90)

    def claim() -> None:
        with world.engine.database.unit_of_work() as session:
            session.execute(OUTBOX.update().values(claimed_until=theirs, attempts=2))

    commit_unanswered(world, monkeypatch, claim)
    with pytest.raises(sa.exc.OperationalError):
        world.engine.deliver()
    (row,) = world.outbox()
    assert (row.claimed_until, row.attempts) == (theirs, 2)


def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(
    make_world_on: Callable[..., World],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(bot.engine, "_RECEIVE_SECONDS", 0.2)
    world = make_world_on(f"sqlite:///{tmp_path / 'full.sqlite3'}")
    room = {"pages": 0}
    engine = world.engine.database.engine

    @sa.event.listens_for(engine, "begin")
    def limit(connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        driver.execute(f"PRAGMA max_page_count={room['pages'] or 1_000_000}")

    client = pages(world)
    with world.engine.database.reading() as session:
        room["pages"] = session.execute(sa.text("PRAGMA page_count")).scalar_one()
    answers = [client.post(f"/webhooks/test?id=p{number}").status_code for number in range(60)]
    assert answers[-1] == 503
    stored = answers.count(200)
    world.clock.advance(timedelta(seconds=10))
    before = len(world.channel.texts)
    for _ in range(5):
        # Whether the claim or the commit finds no room depends on where the page ends; neither may lose a message.
        with contextlib.suppress(sa.exc.OperationalError):
            world.engine.turns.take_next()
    room["pages"] = 0
    assert client.post("/webhooks/test?id=again").status_code == 200
    world.clock.advance(timedelta(seconds=130))
    world.engine.settle()
    assert len(world.channel.texts) > before
    said = " / ".join(text.removeprefix("You said: ") for text in world.channel.texts).split(" / ")
    assert said == ["hello"] * (stored + 1)


# Signs of life


def test_a_process_is_seen_while_it_lives(make_world: Callable[..., World]) -> None:
    world = real(make_world())
    world.engine.start("worker", ("turns", "delivery"))
    seen = sa.select(RUNNING_PROCESS.c.role, RUNNING_PROCESS.c.loops)

    def processes() -> list[Any]:
        with world.engine.database.reading() as session:
            return [tuple(row) for row in session.execute(seen)]

    assert eventually(lambda: processes() == [("worker", ["turns", "delivery"])])
    world.engine.stop()
    assert processes() == []


def test_the_doctor_lists_the_processes_and_what_nobody_runs(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = real(make_world())

    def says() -> doctor.Checked:
        (checked,) = doctor._processes(world.engine)
        return checked

    assert says() == doctor.Checked("processes", True, "none is running")
    world.engine.pulse.role = "worker"
    for loop in LOOPS[:2]:
        world.engine.pulse.expect(loop)
    world.engine.pulse.write()
    assert (says().ok, says().remedy) == (False, "start a scheduler")
    world.engine.pulse.expect(LOOPS[2])
    world.engine.pulse.write()
    assert says().ok
    assert says().says.startswith("worker on ")


def test_a_web_process_is_ready_when_others_run_the_loops(
    make_world_on: Callable[..., World], postgresql_url: str
) -> None:
    web = make_world_on(postgresql_url)
    web.engine.pulse.role = "web"
    client = TestClient(create_app(web.engine))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["loops"] == dict.fromkeys(LOOPS, "no")
    for role, loops in (("worker", LOOPS[:2]), ("scheduler", LOOPS[2:])):
        other = make_world_on(postgresql_url)
        other.engine.clock = web.clock
        other.engine.pulse.role = role
        for loop in loops:
            other.engine.pulse.expect(loop)
        other.engine.pulse.write()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "database": "yes", "loops": dict.fromkeys(LOOPS, "elsewhere")}
    web.clock.advance(timedelta(seconds=59))
    assert client.get("/readyz").status_code == 200
    web.clock.advance(timedelta(seconds=1))
    assert client.get("/readyz").status_code == 503


def test_a_process_is_not_ready_before_its_loops_run_and_when_one_hangs(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = real(make_world())
    world.engine.expected_loops = LOOPS
    client = TestClient(create_app(world.engine))
    assert client.get("/readyz").status_code == 503
    world.engine.start()
    try:
        assert client.get("/readyz").json()["loops"] == dict.fromkeys(LOOPS, "here")
        monkeypatch.setattr("bot.processes._HANGS_AFTER_SECONDS", -1.0)
        assert client.get("/readyz").status_code == 503
    finally:
        monkeypatch.undo()
        world.engine.stop()


def test_a_process_without_its_database_is_not_ready_and_says_so_in_its_numbers(
    make_world_on: Callable[..., World], postgresql_url: str, line: CuttableLine
) -> None:
    world = make_world_on(through(line, postgresql_url))
    client = TestClient(create_app(world.engine))
    assert client.get("/readyz").status_code == 200
    line.cut()
    assert client.get("/readyz").json() == {"status": "not ready", "database": "no", "loops": {}}
    assert client.get("/healthz").status_code == 200
    assert "refund_desk_database_up 0.0" in client.get("/metrics").text
    line.mend()


# Numbers


def test_the_numbers_say_what_was_done_and_what_waits(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.plays("hello", "person please")
    world.hears("unread")
    world.clock.advance(timedelta(seconds=90))
    text = TestClient(create_app(world.engine)).get("/metrics").text
    for expected in (
        'refund_desk_turns_total{result="answered"} 2.0',
        "refund_desk_turn_seconds_count 2.0",
        'refund_desk_sends_total{channel="whatsapp",result="sent"} 2.0',
        'refund_desk_handoffs_total{reason="asked"} 1.0',
        "refund_desk_outbox_depth 0.0",
        "refund_desk_unread_conversations 1.0",
        "refund_desk_unread_oldest_seconds 90.0",
        "refund_desk_handoffs_waiting 1.0",
        "refund_desk_database_up 1.0",
    ):
        assert expected in text, expected
    assert "+9190" not in text


def test_webhooks_are_counted_by_what_was_answered(make_world: Callable[..., World]) -> None:
    world = make_world()
    client = pages(world)
    client.post("/webhooks/test?id=1")
    client.post("/webhooks/nobody")
    client.get("/webhooks/test?id=2")
    text = client.get("/metrics").text
    assert 'refund_desk_webhooks_total{channel="test",result="taken"} 1.0' in text
    assert 'refund_desk_webhooks_total{channel="test",result="refused"} 1.0' in text
    assert "nobody" not in text


def test_the_numbers_want_the_token_where_one_is_set(make_world: Callable[..., World]) -> None:
    client = TestClient(create_app(make_world(metrics_token="a token").engine))
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer a token"}).status_code == 200


# Stopping


def test_what_is_under_way_ends_before_the_process_does(make_world: Callable[..., World]) -> None:
    world = real(make_world())
    begun = threading.Event()

    def slow(_message: Any) -> None:
        begun.set()
        time.sleep(0.5)

    world.channel.before_send = slow
    world.engine.start()
    world.hears("hello", received_at=utc_now())
    assert begun.wait(10)
    world.engine.stop()
    assert world.channel.texts == ["You said: hello"]
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(OUTBOX.c.receipt)).scalar_one() is not None


def test_what_does_not_end_in_time_is_given_back(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.engine, "_LAST_SENDS_SECONDS", -9.5)
    begun, release = threading.Event(), threading.Event()

    def hangs(*given: Any) -> Any:
        begun.set()
        release.wait(20)
        return plain_step(*given)

    world = real(make_world(step=hangs))
    world.engine.start()
    world.hears("hello", received_at=utc_now())
    assert begun.wait(10)
    world.engine.stop()
    after = real(make_world())
    with after.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION.c.claimed_by, CONVERSATION.c.attempts)).one()
    assert tuple(row) == (None, 0)
    after.engine.settle()
    release.set()
    assert after.channel.texts == ["You said: hello"]
    time.sleep(0.2)
    assert world.channel.texts == []
