"""The processes of the fault runs: the product's own engine, pages and loops, with a channel that posts to a recorder.

Settings come from the environment, as always. Everything is the product's but three things: the channel, whose other
side is `benchmarks/faults.py`; the dialogue, which repeats what was said, so that each answer names its message; and
claims of dead processes, which end after five seconds instead of a minute so that a run need not wait for them.
"""

import http.client
import json
import os
import signal
import sys
import threading
import urllib.parse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

import bot.clock
import bot.outbox
import bot.turns
from bot import serving
from bot.channels.local import LocalChannel
from bot.channels.protocol import ChannelError, Inbound, Outbound, Receipt
from bot.engine import Engine
from bot.outbox import Parcel, queue
from bot.packs import read_pack
from bot.processes import CLOCK_LOOP, DELIVERY_LOOP, LOOPS, TURNS_LOOP
from bot.settings import read_settings
from bot.web import create_app
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.talk import Talk
from dialogs.turn import Say, Turn
from policies.pack import Pack

BRAND, CHANNEL, ACCOUNT, TICK = "api-infotech", "whatsapp", "recorder", "tick"
LEASE = timedelta(seconds=5)
_ANSWER_SECONDS = 3.0


class Posting(LocalChannel):
    """Posts each message to the recorder."""

    name = CHANNEL
    joins = False
    has_window = False

    def __init__(self, address: str) -> None:
        parts = urllib.parse.urlsplit(address)
        self._host, self._port = str(parts.hostname), int(parts.port or 80)

    def send(self, message: Outbound) -> Receipt:
        """One request; what the recorder did not confirm is unclear, as with any provider."""
        body = json.dumps({"id": message.outbox_id, "chat": message.recipient[1], "text": message.text})
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("POST", "/send", body)
            if connection.getresponse().status != 200:
                raise ChannelError("later", "refused")
        except ConnectionRefusedError as error:
            raise ChannelError("later", "not reached") from error
        except OSError as error:
            raise ChannelError("ambiguous", "lost") from error
        finally:
            connection.close()
        return Receipt(f"R{message.outbox_id}")

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        """Nobody can tell, as with Telegram."""
        return None


class Reading:
    """Reads nothing into a message."""

    def read(self, message: Message, now: datetime, *, previous_language: str, **_: Any) -> Heard:
        """The message as it is."""
        return Heard(message, previous_language, intents=(("policy_question", 0.9),))


def repeat(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """Says again what was said."""
    return Turn(talk, (Say("echo", {"text": " / ".join(each.text for each in heard)}),))


def tick(session: Any, engine: Engine, row: Any, at: datetime, now: datetime) -> None:
    """Something due: an unasked message with its number."""
    conversation = bot.clock.conversation_row(session, row.conversation_id)
    parcel = Parcel(f"tick {row.data['number']}", kind="push")
    queue(session, row.conversation_id, parcel, epoch=conversation.epoch, now=now, at=at)


def make_engine(recorder: str) -> Engine:
    """The engine of this process, with messages of the run's own."""
    folder = Path(os.environ["REFUND_DESK_DATA_DIR"]) / "messages"
    for language in ("en", "hi", "hinglish"):
        (folder / language).mkdir(parents=True, exist_ok=True)
        for name, text in (("echo", "{{ text }}"), ("apology", "Sorry.")):
            path = folder / language / f"{name}.j2"
            if not path.exists():
                part = path.with_suffix(f".{os.getpid()}")
                part.write_text(text, encoding="utf-8")
                part.replace(path)
    return Engine(
        read_settings(),
        channels={CHANNEL: Posting(recorder)},
        step=repeat,
        reader_for=lambda _brand, _folder: Reading(),
        templates=folder,
    )


def webhook(engine: Engine) -> Any:
    """The product's application with the recorder's webhook."""
    app = create_app(engine)

    @app.post("/webhooks/recorder")
    async def hook(request: Request) -> Response:
        given = await request.json()
        inbound = Inbound(
            brand=BRAND,
            channel=CHANNEL,
            account=ACCOUNT,
            provider_id=given["id"],
            sender=("phone", given["chat"]),
            kind="text",
            received_at=datetime.now(UTC),
            text=given["text"],
        )
        await run_in_threadpool(engine.receive, inbound)
        return Response()

    return app


def play(role: str, port: int, recorder: str) -> None:
    """Runs one role until it is killed; says "up" and its number when it does its work."""
    bot.turns._LEASE = bot.outbox._LEASE = bot.clock._LEASE = LEASE
    bot.clock._HANDLERS[TICK] = tick
    loops = {"serve": LOOPS, "web": (), "worker": (TURNS_LOOP, DELIVERY_LOOP), "scheduler": (CLOCK_LOOP,)}[role]
    engine = make_engine(recorder)
    engine.open()
    engine.start(role, loops)
    if port:
        app = webhook(engine)
        threading.Timer(0.1, say_up).start()
        serving._answer(engine, app, "127.0.0.1", port)
        return
    say_up()
    threading.Event().wait()


def say_up() -> None:
    """Tells the run."""
    os.write(1, f"up {os.getpid()}\n".encode())


def main() -> None:
    """Makes a process of each line `ROLE PORT RECORDER_URL` that comes in: the product is loaded once for all."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    read_pack(BRAND)
    os.write(1, b"ready\n")
    for line in sys.stdin:
        role, port, recorder = line.split()
        pid = os.fork()
        if pid:
            os.write(1, f"made {pid}\n".encode())
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            play(role, int(port), recorder)
        finally:
            os._exit(1)


if __name__ == "__main__":
    main()
