"""An engine on a fresh database with a clock that stands still, a reader by word and a step that is easily foreseen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from bot.channels.local import LocalChannel
from bot.channels.protocol import ChannelError, Inbound, Outbound, Receipt
from bot.clock import ManualClock
from bot.desk_service import AgentView
from bot.engine import Engine
from bot.outbox import Parcel, queue
from bot.receipts import Status, note_status
from bot.tables import OUTBOX
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.talk import Draft, Question, Talk, Told
from dialogs.turn import Button, CaseEvent, Consent, FileCase, HandOff, Say, Turn
from dialogs.values import read_values
from policies.decide import decide
from policies.pack import Pack

NOW = datetime(2026, 3, 12, 12, 30, tzinfo=UTC)
BRAND = "api-infotech"
ACCOUNT = "whatsapp:+910000000000"
ASHA, RAVI = "+919000000001", "+919000000002"

TEMPLATES = {
    "echo": "You said: {{ text }}",
    "ask": "{{ text }}?",
    "filed": "Filed {{ ref }}.",
    "bye": "A person will look.",
    "apology": "Sorry. {{ brand }}{% if people_there %}: a person is called{% endif %}",
    "handoff_notice": "{{ agent }} is here.",
    "handed_back": "Back to the assistant. {{ question }}{% for ref in cases %} {{ ref }}{% endfor %}",
    "message_waiting": "{{ brand }} has a message for you: write here.",
    "_template_values": "{% macro the_brand() %}{{ brand }}{% endmacro %}{% macro the_ref() %}{{ ref }}{% endmacro %}"
    "{% macro the_note() %}{{ note or 'none' }}{% endmacro %}",
    "promise_slips": "{{ ref }} is late: not {{ was|day }} but {{ due|day }}.",
}


@dataclass
class WordReader:
    """Reads the values as the product does and takes the first word for the intent."""

    seen: list[str] = field(default_factory=list)

    def read(
        self, message: Message, now: datetime, *, previous_language: str, asked: str | None, direction: str
    ) -> Heard:
        self.seen.append(message.text)
        words = message.text.lower().split() or [""]
        intents = {"stop": "opt_out", "start": "opt_in", "hi": "greet"}
        return Heard(
            message,
            previous_language,
            intents=((intents.get(words[0], "policy_question"), 0.9),),
            values=read_values(message.text, now, direction="past"),
        )


def plain_step(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """Answers by the first word: file, order, person, stop, raise, ask; everything else is repeated."""
    text = " / ".join(each.text or each.message.kind for each in heard)
    word = text.split()[0].lower() if text.split() else ""
    says = (Say("echo", {"text": text}, (Button("Yes", "yes"), Button("No", "no")), ("2#2",)),)
    if word == "raise":
        raise ValueError("the turn is broken")
    if word == "file":
        ref = records.case_numbers[0]
        facts = {"delivered_at": "2026-03-11T13:00+05:30", "product": "usb_token"}
        told = {name: Told(value=value, at=now) for name, value in facts.items()}
        own = records.own[0].id if records.own else ""
        draft = Draft(claim_type="token", facts=told, record_id=own, begun_at=now, resumed_at=now)
        decision = decide(pack.newest.read_claim(facts), pack, now, next(iter(pack.newest.claim_types)))
        return Turn(talk, (Say("filed", {"ref": ref}),), (FileCase(ref, draft, decision, now),))
    if word == "withdraw":
        return Turn(talk, says, (CaseEvent(records.cases[0].ref, "withdrawn", "withdrawn"),))
    if word == "person":
        return Turn(talk, (Say("bye"),), (HandOff("asked", "wants a person"),))
    if word == "stop":
        return Turn(talk.model_copy(update={"opted_out": True}), says, (Consent(False, "stop"),))
    if word == "order":
        draft = Draft(facts={"order_id": Told(value=heard[-1].text.split()[-1], at=now)}, begun_at=now, resumed_at=now)
        question = Question(kind="slot", name="delivered_at", asked_at=now)
        return Turn(talk.model_copy(update={"draft": draft, "question": question}), (Say("ask", {"text": "When"}),))
    return Turn(talk, says)


@dataclass
class Recorder(LocalChannel):
    """A channel that keeps what it is given, and fails when told to."""

    name: str = "whatsapp"
    joins: bool = True
    has_window: bool = False
    sent: list[Outbound] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    known: dict[int, Receipt] = field(default_factory=dict)
    before_send: Callable[[Outbound], None] | None = None

    def send(self, message: Outbound) -> Receipt:
        if self.before_send:
            self.before_send(message)
        if self.failures:
            raise self.failures.pop(0)
        again = sum(each.outbox_id == message.outbox_id for each in self.sent)
        self.sent.append(message)
        return Receipt(f"SM{message.outbox_id}" + f".{again}" * bool(again))

    def was_sent(self, message: Outbound, since: datetime) -> Receipt | None:
        return self.known.get(message.outbox_id)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.sent]


@dataclass
class World:
    """An engine with its clock, its channel, and short ways to play a customer."""

    engine: Engine
    clock: ManualClock
    channel: Recorder
    reader: WordReader
    count: int = 0

    def hears(self, text: str = "", who: str = ASHA, **more: Any) -> str:
        """A message arrives; gives the conversation's id."""
        self.count += 1
        given = {
            "brand": BRAND,
            "channel": "whatsapp",
            "account": ACCOUNT,
            "provider_id": f"in-{self.count}",
            "sender": ("phone", who),
            "kind": "text",
            "received_at": self.clock(),
            "text": text,
        }
        return self.engine.receive(Inbound(**{**given, **more})).conversation_id

    def plays(self, *texts: str, who: str = ASHA) -> str:
        """Each text as a turn of its own; gives the conversation's id."""
        conversation_id = ""
        for text in texts:
            conversation_id = self.hears(text, who)
            self.clock.advance(timedelta(seconds=2))
            self.engine.settle()
        return conversation_id

    def says(self, conversation_id: str, *texts: str, **more: Any) -> None:
        """Queues messages of the bot."""
        with self.engine.database.unit_of_work() as session:
            for text in texts:
                parcel = Parcel(text, **{"kind": "reply", **more})
                queue(session, conversation_id, parcel, epoch=0, now=self.clock(), at=self.clock())

    def outbox(self) -> list[Row[Any]]:
        """Everything that was ever queued, oldest first."""
        with self.engine.database.reading() as session:
            return list(session.execute(sa.select(OUTBOX).order_by(OUTBOX.c.id)).all())

    def status(self, provider_id: str, status: Status, error: ChannelError | None = None, **more: Any) -> bool:
        """The provider's word on a message."""
        return note_status(
            self.engine,
            channel="whatsapp",
            account=ACCOUNT,
            provider_id=provider_id,
            status=status,
            error=error,
            **more,
        )

    def agent(self, name: str = "Meera") -> AgentView:
        return self.engine.desk.add_agent(name, "a long password")
