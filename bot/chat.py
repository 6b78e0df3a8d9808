"""The terminal chat: the whole product in one process, typed at or played from a script, with a clock that is moved.

A script has one customer message per line; a line that begins with `!` is a directive, one with `#` a comment. Every
line is a turn of its own and, with `--json`, one JSON object.
"""

from __future__ import annotations

import json
import re
import secrets
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from bot.attachments import named_only, pieces_of
from bot.cases import move_case
from bot.channels.protocol import Inbound, Outbound
from bot.channels.terminal import Terminal
from bot.clock import ManualClock, OffsetClock
from bot.crypto import new_token
from bot.decisions import public_part
from bot.desk_service import AgentView, NotPossible, talk_summary
from bot.engine import Engine, Step
from bot.inbox import open_conversation, sender_of
from bot.lookup import newest_first
from bot.records import import_file, phone_of
from bot.settings import Settings
from bot.tables import CASE, CONVERSATION, MESSAGE
from dialogs.heard import AttachmentKind, MessageKind

CHANNELS = ("whatsapp", "telegram", "simulator")
_SOMEBODY = {"whatsapp": "+919999900000", "telegram": "100001", "simulator": "+919999900000"}
_AGENT = "Agent"
_PLACE = re.compile(r"(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)")
_SPAN = re.compile(r"(\d+)\s*([dhms])", re.IGNORECASE)
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_FILES: dict[str, AttachmentKind] = {"photo": "photo", "document": "document", "voice": "voice", "video": "video"}
# Names under which people write a case's details in a script.
_DETAILS = {"utr": "reference", "rrn": "reference", "arn": "reference", "why": "note", "reason": "note"}


class BadLine(ValueError):
    """A directive that does not exist or whose argument does not fit; the message says what is possible."""


@dataclass(frozen=True)
class ChatOptions:
    """What `refund-desk chat` was asked for."""

    brand: str
    channel: str = "simulator"
    customer: str = ""
    now: datetime | None = None
    records: Path | None = None
    script: Path | None = None
    as_json: bool = False
    database: str = ""


@dataclass(frozen=True)
class Line:
    """What came of one line, in the form of `chat --json`."""

    now: str
    said: str
    heard: Mapping[str, Any] | None
    replies: tuple[Mapping[str, Any], ...]
    owner: str
    open_slot: str | None
    claim: Mapping[str, Any]
    claim_type: str | None
    case: Mapping[str, str] | None
    decision: Mapping[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """The object that is printed."""
        return {
            "now": self.now,
            "in": self.said,
            "heard": self.heard,
            "replies": list(self.replies),
            "owner": self.owner,
            "open_slot": self.open_slot,
            "claim": dict(self.claim),
            "claim_type": self.claim_type,
            "case": self.case,
            "decision": self.decision,
        }


class Chat:
    """One customer at a time in front of an engine whose loops are run here, line by line."""

    def __init__(
        self,
        engine: Engine,
        clock: ManualClock | OffsetClock,
        terminal: Terminal,
        brand: str,
        customer: str = "",
        folder: Path = Path(),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._terminal = terminal
        self._brand = brand
        self._folder = folder
        self._zone = engine.pack(brand).calendar.time_zone
        self._count = 0
        self._session = secrets.token_hex(4)
        self._agent: AgentView | None = None
        self._last_buttons: dict[str, tuple[tuple[str, str], ...]] = {}
        self._be(customer or _SOMEBODY[terminal.name])
        self._directives: dict[str, Callable[[str], None]] = {
            **{name: self._file(kind) for name, kind in _FILES.items()},
            "location": self._locate,
            "tap": self._tap,
            "wait": self._wait,
            "agent": self._act_as_agent,
            "case": self._move_case,
            "as": self._be,
        }

    def line(self, raw: str) -> Line:
        """Plays one line and gives what came of it. Raises `BadLine`; nothing was said then."""
        before = self._last_message()
        if raw.startswith("!"):
            self._direct(raw[1:])
        else:
            self._receive("text", text=raw)
        self._engine.settle()
        return self._result(raw, before)

    # Directives

    def _direct(self, directive: str) -> None:
        name, _, argument = directive.strip().partition(" ")
        act = self._directives.get(name)
        if act is None:
            raise BadLine(
                f"there is no directive !{name}; there are: " + ", ".join(f"!{each}" for each in self._directives)
            )
        act(argument.strip())

    def _file(self, kind: AttachmentKind) -> Callable[[str], None]:
        def send(argument: str) -> None:
            name, _, caption = (part.strip() for part in argument.partition("|"))
            if not name:
                raise BadLine(f"!{kind} needs the name of a file")
            path = self._folder / name
            if path.is_file():
                stored = self._engine.attachments.store(pieces_of(path), path.name, kind, self._engine.now())
            else:
                stored = named_only(name, kind)
            self._receive("attachment", text=caption, attachment=stored.as_json())

        return send

    def _tap(self, label: str) -> None:
        buttons = self._last_buttons.get(self._conversation_id, ())
        wanted = next((button for button in buttons if button[0].casefold() == label.casefold()), None)
        if wanted is None:
            shown = ", ".join(repr(button[0]) for button in buttons) or "none"
            raise BadLine(f"there is no button {label!r} to tap; the last message has: {shown}")
        self._receive("tap", text=wanted[0], payload=wanted[1])

    def _locate(self, argument: str) -> None:
        place, _, label = (part.strip() for part in argument.partition("|"))
        match = _PLACE.fullmatch(place)
        if match is None or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
            raise BadLine("!location needs LAT,LONG in degrees, for example !location 26.9124,75.7873 | Jaipur")
        self._receive("location", text=f"{match[1]},{match[2]} {label}".strip())

    def _wait(self, argument: str) -> None:
        """Moves the clock, doing on the way what becomes due, in order of time."""
        target = self._clock() + read_span(argument)
        while (due := self._engine.next_due()) is not None and due <= target:
            self._clock.set(max(due, self._clock()))
            if not self._engine.run_due():
                break
            self._engine.settle()
        self._clock.set(target)
        self._engine.run_due()

    def _act_as_agent(self, argument: str) -> None:
        name, _, words = argument.partition(" ")
        agent = self._person()
        try:
            match name:
                case "takeover" if not words:
                    self._engine.desk.take_over(self._conversation_id, agent)
                case "says" if words:
                    self._engine.desk.agent_says(self._conversation_id, agent, words)
                case "handback" if not words:
                    self._engine.desk.hand_back(self._conversation_id, agent)
                case _:
                    raise BadLine("!agent is followed by takeover, says TEXT or handback")
        except NotPossible as error:
            raise BadLine(str(error)) from None

    def _person(self) -> AgentView:
        if self._agent is None:
            known = next((agent for agent in self._engine.desk.agents() if agent.name == _AGENT), None)
            self._agent = known or self._engine.desk.add_agent(_AGENT, new_token())
        return self._agent

    def _move_case(self, argument: str) -> None:
        try:
            state, *pairs = shlex.split(argument)
        except ValueError as error:
            raise BadLine(f"!case STATE [key=value …]: {error}") from None
        data: dict[str, str] = {}
        for pair in pairs:
            key, equals, value = pair.partition("=")
            if not equals:
                raise BadLine(f"!case: {pair!r} is not key=value")
            data[_DETAILS.get(key, key)] = value
        ref = self._newest_case()
        if ref is None:
            raise BadLine("!case: no case was filed yet")
        try:
            with self._engine.database.unit_of_work() as session:
                move_case(session, self._engine, ref, state, by=_AGENT, now=self._engine.now(), data=data)
        except ValueError as error:
            raise BadLine(f"!case: {error}") from None

    def _be(self, customer: str) -> None:
        """From now on another customer writes."""
        if not customer:
            raise BadLine("!as needs a customer")
        self._customer = customer
        channel = self._terminal.name
        try:
            sender = ("phone", phone_of(customer)) if channel == "whatsapp" else sender_of(customer)
        except ValueError as error:
            raise BadLine(str(error)) from None
        self._sender = ("telegram_id", customer) if channel == "telegram" else sender
        with self._engine.database.unit_of_work() as session:
            row = open_conversation(
                session,
                brand=self._brand,
                channel=channel,
                account=f"terminal:{self._brand}",
                sender=self._sender,
                now=self._engine.now(),
            )
        self._conversation_id: str = row.id

    # In and out

    def _receive(
        self, kind: MessageKind, *, text: str = "", payload: str = "", attachment: dict[str, Any] | None = None
    ) -> None:
        self._count += 1
        self._engine.receive(
            Inbound(
                brand=self._brand,
                channel=self._terminal.name,
                account=f"terminal:{self._brand}",
                provider_id=f"terminal:{self._session}:{self._count}",
                sender=self._sender,
                kind=kind,
                received_at=self._engine.now(),
                text=text,
                payload=payload,
                attachment=attachment,
            )
        )

    def _last_message(self) -> int:
        with self._engine.database.reading() as session:
            newest = session.execute(sa.select(sa.func.max(MESSAGE.c.id))).scalar_one()
        return newest or 0

    def _newest_case(self) -> str | None:
        """The newest case of this customer, else of anybody."""
        query = sa.select(CASE.c.ref).order_by(
            sa.case((CASE.c.customer_id == self._conversation().customer_id, 0), else_=1),
            *newest_first(),
        )
        with self._engine.database.reading() as session:
            ref: str | None = session.execute(query.limit(1)).scalar_one_or_none()
        return ref

    def _conversation(self) -> sa.Row[Any]:
        with self._engine.database.reading() as session:
            return session.execute(sa.select(CONVERSATION).where(CONVERSATION.c.id == self._conversation_id)).one()

    def _result(self, raw: str, before: int) -> Line:
        row = self._conversation()
        talk = talk_summary(row.state)
        heard, case = self._heard_and_case(row, before)
        return Line(
            now=self._engine.now().astimezone(self._zone).isoformat(timespec="seconds"),
            said=raw,
            heard=heard,
            replies=tuple(self._replies()),
            owner=row.owner,
            open_slot=talk["open_slot"] or None,
            claim=talk["facts"],
            claim_type=talk["claim_type"] or None,
            case=case,
            decision=public_part(row.decision),
        )

    def _heard_and_case(
        self, row: sa.Row[Any], before: int
    ) -> tuple[Mapping[str, Any] | None, Mapping[str, str] | None]:
        heard_query = (
            sa.select(MESSAGE.c.heard)
            .where(MESSAGE.c.conversation_id == row.id, MESSAGE.c.author == "customer", MESSAGE.c.id > before)
            .order_by(MESSAGE.c.id.desc())
            .limit(1)
        )
        case_query = (
            sa.select(CASE.c.ref, CASE.c.state)
            .where(CASE.c.customer_id == row.customer_id)
            .order_by(*newest_first())
            .limit(1)
        )
        with self._engine.database.reading() as session:
            heard = session.execute(heard_query).scalar_one_or_none()
            case = session.execute(case_query).one_or_none()
        shown = {key: heard[key] for key in ("intent", "confidence", "language", "values")} if heard else None
        return shown, {"ref": case.ref, "state": case.state} if case else None

    def _replies(self) -> Iterator[Mapping[str, Any]]:
        """What reached this customer since the last line. The last buttons shown are those that can be tapped."""
        delivered = self._terminal.take(self._conversation_id)
        clauses = self._clauses(delivered)
        for message in delivered:
            if message.buttons:
                tappable = tuple((button.label, button.payload) for button in message.buttons)
                self._last_buttons[self._conversation_id] = tappable
            yield {
                "text": message.text,
                "buttons": [button.label for button in message.buttons],
                "clauses": clauses.get(message.outbox_id, []),
            }

    def _clauses(self, delivered: Iterable[Outbound]) -> dict[int, list[str]]:
        ids = [message.outbox_id for message in delivered]
        query = sa.select(MESSAGE.c.outbox_id, MESSAGE.c.clauses).where(MESSAGE.c.outbox_id.in_(ids))
        with self._engine.database.reading() as session:
            return {row.outbox_id: row.clauses or [] for row in session.execute(query)}


def read_span(text: str) -> timedelta:
    """`3d 4h 10m` as a length of time. Raises `BadLine`."""
    pieces = _SPAN.findall(text)
    if not pieces or _SPAN.sub("", text).strip():
        raise BadLine(f"!wait {text}: give a time such as 3d 4h 10m")
    return timedelta(**{_UNITS[unit.lower()]: int(number) for number, unit in pieces})


# Running


@contextmanager
def opened(options: ChatOptions, settings: Settings, step: Step | None = None, **more: Any) -> Iterator[Chat]:
    """A chat on a database of its own that is thrown away, unless `options.database` names one."""
    clock = ManualClock(options.now) if options.now else OffsetClock()
    terminal = Terminal(options.channel)
    with tempfile.TemporaryDirectory(prefix="refund-desk-", ignore_cleanup_errors=True) as folder:
        if options.database:
            url = options.database if "://" in options.database else f"sqlite:///{options.database}"
            changed: dict[str, Any] = {"database_url": url}
        else:
            changed = {
                "database_url": f"sqlite:///{folder}/chat.sqlite3",
                "files_dir": Path(folder) / "files",
                "secret_key": settings.secret_key.__class__(new_token()),
            }
        engine = Engine(
            settings.model_copy(update=changed),
            clock=clock,
            channels={terminal.name: terminal},
            step=step,
            durable=bool(options.database),
            **more,
        )
        try:
            engine.open()
            if options.records:
                _load_records(engine, options.records)
            script_folder = options.script.parent if options.script else Path()
            yield Chat(engine, clock, terminal, options.brand, options.customer, script_folder)
        finally:
            engine.close()


def _load_records(engine: Engine, path: Path) -> None:
    imported = import_file(engine, path)
    if imported.errors:
        more = len(imported.errors) - 1
        raise BadLine(f"{path}: {imported.errors[0]}" + (f" (and {more} more)" if more else ""))


def run_chat(options: ChatOptions, settings: Settings, out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> int:
    """Plays the script, or the keyboard; gives the exit code."""
    try:
        lines = _script_lines(options.script) if options.script else None
        with opened(options, settings) as chat:
            return _play(chat, lines, options, out, err) if lines is not None else _talk(chat, options, out, err)
    except (BadLine, OSError, UnicodeDecodeError) as error:
        print(str(error), file=err)
        return 2


def _script_lines(path: Path) -> list[tuple[int, str]]:
    """(number, line) of a script without comments and empty lines."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    stripped = ((number, line.strip()) for number, line in enumerate(lines, 1))
    return [(number, line) for number, line in stripped if line and not line.startswith("#")]


def _play(chat: Chat, lines: Iterable[tuple[int, str]], options: ChatOptions, out: TextIO, err: TextIO) -> int:
    for number, raw in lines:
        try:
            result = chat.line(raw)
        except BadLine as error:
            print(f"{options.script}:{number}: {error}", file=err)
            return 2
        _show(result, options, out, echo=True)
    return 0


def _talk(chat: Chat, options: ChatOptions, out: TextIO, err: TextIO) -> int:
    asking = sys.stdin.isatty()
    if asking:
        print(f"{options.brand} on {options.channel}. Ctrl-D ends; !wait 1d moves the clock.", file=err)
    while True:
        if asking:
            print("> ", end="", file=err, flush=True)
        raw = sys.stdin.readline()
        if not raw:
            return 0
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            result = chat.line(line)
        except BadLine as error:
            print(str(error), file=err)
            if not asking:
                return 2
            continue
        _show(result, options, out, echo=not asking)


def _show(line: Line, options: ChatOptions, out: TextIO, *, echo: bool) -> None:
    if options.as_json:
        print(json.dumps(line.as_json(), ensure_ascii=False), file=out, flush=True)
        return
    if echo:
        print(f"> {line.said}", file=out)
    for reply in line.replies:
        print(_indented(str(reply["text"])), file=out)
        if reply["buttons"]:
            print("  " + "  ".join(f"[{label}]" for label in reply["buttons"]), file=out)
    print(file=out, flush=True)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
