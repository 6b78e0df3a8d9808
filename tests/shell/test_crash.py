"""A process that is killed in the middle loses nothing, and many threads at once double nothing."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from shell_world import World

from bot.clock import utc_now
from bot.tables import INBOX, MESSAGE, OUTBOX

ROOT = Path(__file__).resolve().parents[2]

WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, {tests!r})
from shell_world import BRAND, Recorder, WordReader, plain_step
from bot.channels.protocol import Inbound
from bot.engine import Engine
from bot.settings import Settings

channel = Recorder(joins=False)
engine = Engine(
    Settings(_env_file=None, data_dir=Path({data!r}), database_url={url!r}, secret_key="k" * 40),
    channels={{"whatsapp": channel}},
    step=plain_step,
    reader_for=lambda *given: WordReader(),
    templates=Path({templates!r}),
)
engine.open()
engine.start()
for number in range(100000):
    sender = ("phone", f"+91900000000{{number % 7}}")
    engine.receive(Inbound(
        brand=BRAND, channel="whatsapp", account="a", provider_id=f"p{{number}}", sender=sender, kind="text",
        received_at=datetime.now(UTC), text=f"n{{number}}",
    ))
    print(number, flush=True)
"""


def test_a_killed_process_loses_no_message(
    make_world: Callable[..., World], tmp_path: Path, templates: Path, database_url: str
) -> None:
    data = tmp_path / "data"
    code = WORKER.format(tests=str(Path(__file__).parent), data=str(data), url=database_url, templates=str(templates))
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    accepted = -1
    while accepted < 25:
        accepted = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = process.stdout.read().split()
    accepted = max([accepted, *(int(number) for number in rest)])
    process.wait()
    process.stdout.close()

    world = make_world()
    world.engine.clock = utc_now
    world.channel.joins = False
    with world.engine.database.unit_of_work() as session:
        # The dead process's claims end by themselves after a minute; the test does not wait for it.
        session.execute(sa.text("update conversation set claimed_until = null"))
        session.execute(sa.text("update outbox set claimed_until = null"))
    world.engine.settle()
    with world.engine.database.reading() as session:
        received = set(session.execute(sa.select(INBOX.c.provider_id)).scalars())
        unread = session.execute(sa.select(sa.func.count()).where(INBOX.c.read_at.is_(None))).scalar_one()
        said = Counter(session.execute(sa.select(MESSAGE.c.text).where(MESSAGE.c.author == "customer")).scalars())
        unsent = session.execute(sa.select(sa.func.count()).where(~OUTBOX.c.done)).scalar_one()
    assert {f"p{number}" for number in range(accepted + 1)} <= received
    assert (unread, unsent) == (0, 0)
    assert set(said.values()) == {1}
    assert len(said) == len(received)


def test_many_at_once_are_answered_once_each_and_in_order(make_world: Callable[..., World]) -> None:
    world = make_world(workers=4)
    world.engine.clock = utc_now
    world.channel.joins = False
    customers = [f"+9190000001{number:02d}" for number in range(8)]

    def writes(who: str) -> None:
        for number in range(6):
            world.hears(f"{number}", who, provider_id=f"{who}-{number}", received_at=utc_now())

    world.engine.start()
    threads = [threading.Thread(target=writes, args=(who,)) for who in customers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with world.engine.database.reading() as session:
            unread = session.execute(sa.select(sa.func.count()).where(INBOX.c.read_at.is_(None))).scalar_one()
            unsent = session.execute(sa.select(sa.func.count()).where(~OUTBOX.c.done)).scalar_one()
        if not unread and not unsent:
            break
        time.sleep(0.05)
    world.engine.stop()
    for who in customers:
        texts = [message.text for message in world.channel.sent if message.recipient == ("phone", who)]
        numbers = [number for text in texts for number in text.removeprefix("You said: ").split(" / ")]
        assert numbers == ["0", "1", "2", "3", "4", "5"]
