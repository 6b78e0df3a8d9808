"""One visitor's chat with one company at /try: what the page shows of it, what the visitor does, what is new."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, Field

from bot.bell import conversation_topic
from bot.channels.simulator import NAME, SimulatedChat
from bot.desk_service import AgentView, CaseView, MessageView, NotPossible
from bot.tables import CONVERSATION, CUSTOMER, DUE, IDENTITY
from bot.web import samples, showing, wording
from bot.web.events import Event
from bot.web.pages import Pages, is_picture, is_stored
from bot.web.visitor import Visitor

if TYPE_CHECKING:
    from bot.engine import Engine

# Who answers when the visitor plays the company.
AGENT = "Asha (simulator)"
_LONGEST_JUMP = 90 * 86_400
LONGEST_TEXT = 4000
_RECENT = 20
_AMOUNT_STATES = frozenset({"approved", "partly_approved"})
_DUE_WORDS = {
    "promise_slips": "the promised date is looked at",
    "bank_slips": "the bank's days are over",
    "handoff_rings": "the desk rings again",
}


class Act(BaseModel):
    """What every request of the page names."""

    brand: str = Field(max_length=60)


class SayAct(Act):
    """The customer types."""

    id: str = Field(min_length=8, max_length=64)
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)


class TapAct(Act):
    """The customer taps a button."""

    id: str = Field(min_length=8, max_length=64)
    label: str = Field(max_length=200)
    payload: str = Field(max_length=400)


class ClockAct(Act):
    """The chat's clock moves on."""

    seconds: int = Field(0, ge=0, le=_LONGEST_JUMP)
    to: Literal["", "due"] = ""


class LanguageAct(Act):
    """The customer chooses a language."""

    language: Literal["en", "hi", "hinglish"]


class CaseAct(Act):
    """The visitor plays the company."""

    ref: str = Field(max_length=20)
    state: str = Field(max_length=40)
    amount: str = Field("", max_length=20)
    reference: str = Field("", max_length=40)
    why: str = Field("", max_length=400)


class AgentAct(Act):
    """The visitor plays the agent."""

    act: Literal["take", "say", "back"]
    text: str = Field("", max_length=LONGEST_TEXT)
    token: str = Field("", max_length=64)


class Room:
    """One visitor's chat with one company. Methods block: they are called on the thread pool."""

    def __init__(self, engine: Engine, pages: Pages, brand: str, visitor: Visitor) -> None:
        self._engine = engine
        self._pages = pages
        self.brand = brand
        self.visitor = visitor
        self.agent = AgentView("", AGENT, (brand,))
        self._chat_id = ""
        self._language = "en"

    @property
    def chat_id(self) -> str:
        """The chat's id, empty as long as nothing was done in it."""
        if not self._chat_id:
            join = CONVERSATION.join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
            query = (
                sa.select(CONVERSATION.c.id)
                .select_from(join)
                .where(
                    CONVERSATION.c.channel == NAME,
                    CONVERSATION.c.brand == self.brand,
                    IDENTITY.c.value == self.visitor.number,
                )
            )
            with self._engine.database.reading() as session:
                self._chat_id = session.execute(query).scalar_one_or_none() or ""
        return self._chat_id

    def opened(self) -> str:
        """The chat's id; it begins, with its orders on record, where it has not begun."""
        if not self.chat_id:
            samples.offer(self._engine, self.brand, self.visitor, make=True)
            self._chat_id = self._engine.simulator.open(self.brand, self.visitor.number)
            with self._engine.database.unit_of_work() as session:
                owner = sa.select(CONVERSATION.c.customer_id).where(CONVERSATION.c.id == self._chat_id)
                session.execute(
                    CUSTOMER.update()
                    .where(CUSTOMER.c.id == owner.scalar_subquery(), CUSTOMER.c.name == "")
                    .values(name=self.visitor.name)
                )
        return self._chat_id

    # What the page shows

    def whole(self) -> dict[str, Any]:
        """Everything, for a page that was just opened."""
        view = self._pages.brands[self.brand]
        offered = samples.offer(self._engine, self.brand, self.visitor, make=True)
        return {
            "brand": {
                "id": view.id,
                "name": view.name,
                "initials": view.initials,
                "tint": view.tint,
                "zone": view.zone.key,
                "languages": [{"id": name, "name": wording.LANGUAGE_NAMES[name]} for name in view.languages],
            },
            "me": {"name": self.visitor.name, "address": self.visitor.shown},
            "samples": [{"id": each.id, "title": each.title, "note": each.note} for each in offered],
            "chips": samples.typing().get(self.brand, {}),
            "messages": [self.message(line) for line in self.lines(0)],
            **self.behind(),
        }

    def lines(self, after: int) -> tuple[MessageView, ...]:
        """What the customer sees of the transcript behind the id `after`."""
        return self._engine.simulator.messages(self.chat_id, after) if self.chat_id else ()

    def message(self, line: MessageView) -> dict[str, Any]:
        """A message as the page draws it."""
        heard = line.heard or {}
        language = str(heard.get("language") or "en")
        shower = self._pages.shower
        clauses = shower.cited(self.brand, line.text, line.clauses) if line.author == "bot" else []
        return {
            "id": line.id,
            "author": line.author,
            "agent": line.agent,
            "kind": line.kind,
            "text": line.text,
            "buttons": [{"label": each["label"], "payload": each["payload"]} for each in line.buttons],
            "clauses": [shower.clause(self.brand, clause, self._language) for clause in clauses],
            "file": self._file(line.attachment) if line.attachment else None,
            "heard": _heard(heard, language) if heard and heard.get("intent") else None,
            "at": line.at.isoformat(),
        }

    def _file(self, attachment: Mapping[str, Any]) -> dict[str, Any]:
        refused = attachment.get("refused") or ""
        size = int(attachment.get("size") or 0)
        held = attachment.get("held") or ""
        return {
            "kind": attachment.get("kind", "document"),
            "name": attachment.get("name", ""),
            "url": f"/try/files/{self.brand}/{attachment['key']}" if is_stored(attachment) else "",
            "picture": is_picture(attachment),
            "refused": f"Not taken: {wording.words_for(refused).lower()}" if refused else "",
            "words": wording.words_for(held) if held else f"{max(1, size // 1024)} KB",
        }

    def behind(self) -> dict[str, Any]:
        """Everything beside the messages."""
        if not self.chat_id:
            now = self._engine.now()
            return {
                "now": now.isoformat(),
                "moved": 0,
                "owner": "bot",
                "agent": "",
                "language": "en",
                "due": None,
                "cases": [],
                "behind": {"draft": None, "decision": None},
            }
        chat = self._engine.simulator.chat(self.chat_id)
        self._language = chat.language
        desk = self._engine.desk
        agent = desk.conversation(chat.id, self.agent).row.agent if chat.owner == "agent" else ""
        return {
            "now": chat.now.isoformat(),
            "moved": int(chat.moved_by.total_seconds()),
            "owner": chat.owner,
            "agent": agent,
            "language": chat.language,
            "due": self._due(chat),
            "cases": [self._case(desk.case(case["ref"], self.agent), chat) for case in chat.cases],
            "behind": {"draft": self._draft(chat), "decision": self._decision(chat)},
        }

    def _draft(self, chat: SimulatedChat) -> dict[str, Any] | None:
        talk = chat.talk
        if not talk["claim_type"] and not talk["facts"]:
            return None
        shower = self._pages.shower
        recorded = talk["recorded"]
        names = list(dict.fromkeys([*talk["facts"], *recorded]))
        slot = talk["open_slot"]
        return {
            "claim": shower.claim_name(self.brand, talk["claim_type"]),
            "asked": shower.fact_name(self.brand, slot) if slot else "",
            "facts": [
                {
                    "label": shower.fact_name(self.brand, name),
                    "value": shower.fact_value(self.brand, name, talk["facts"].get(name, recorded.get(name))),
                    "recorded": shower.fact_value(self.brand, name, recorded[name])
                    if name in talk["facts"] and name in recorded and recorded[name] != talk["facts"][name]
                    else "",
                }
                for name in names
            ],
        }

    def _decision(self, chat: SimulatedChat) -> dict[str, Any] | None:
        decision = chat.decision
        if not decision:
            return None
        shower, known = self._pages.shower, decision.get("known") or {}
        deciding, others = shower.split_trace(self.brand, decision)
        return {
            "outcome": wording.words_for(decision["outcome"] or "not_decided"),
            "amount": showing.show_amount(decision["amount"]),
            "eta": showing.show_days(decision["eta_business_days"]),
            "clauses": [shower.clause(self.brand, clause, chat.language) for clause in decision["clauses"]],
            "conflicts": [
                {"clauses": each.clauses, "says": each.says, "decides": each.decides}
                for each in showing.disagreements(decision, chat.language)
            ],
            "missing": ", ".join(shower.fact_name(self.brand, name) for name in decision["missing"]),
            "presumed": ", ".join(shower.fact_name(self.brand, name) for name in decision["presumed"]),
            "because": [self._step(step, known) for step in deciding],
            "others": [self._step(step, known) for step in others],
        }

    def _step(self, step: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        words = self._pages.shower.condition(self.brand, step, known)
        return {"condition": words, "held": step["held"], "clause": step["clause"] or ""}

    def _case(self, case: CaseView, chat: SimulatedChat) -> dict[str, Any]:
        row = case.row
        shower = self._pages.shower
        return {
            "ref": row.ref,
            "claim": shower.claim_name(self.brand, row.claim_type),
            "state": wording.words_for(row.state),
            "tone": wording.tone(row.state),
            "subject": row.subject_id,
            "outcome": wording.words_for(row.outcome) if row.outcome else "",
            "amount": showing.show_range(row.amount_min_paise, row.amount_max_paise),
            "reference": case.reference,
            "due": row.due_at.isoformat() if row.due_at else "",
            "moves": [
                {
                    "state": state,
                    "words": _move(row.state, state),
                    "tone": wording.tone(state),
                    "amount": state in _AMOUNT_STATES,
                    "reference": state == "sent_to_bank",
                }
                for state in case.moves
                # Only the customer takes a request back or appeals, and they do it in the chat.
                if state not in {"withdrawn", "appealed"}
            ],
            "timeline": [
                {
                    "what": wording.words_for(event.state_to or event.kind),
                    "by": "you, as the company" if event.by == AGENT else event.by,
                    "at": event.at.isoformat(),
                    "why": event.why,
                }
                for event in case.timeline
            ],
        }

    # What the visitor does

    def move_clock(self, act: ClockAct) -> None:
        """The clock goes on, and what becomes due on the way is pushed."""
        chat_id = self.opened()
        if act.to == "due":
            if self._engine.simulator.jump_to_next(chat_id) is None:
                raise NotPossible("Nothing is due in this chat.")
            return
        moved = self._engine.simulator.chat(chat_id).moved_by + timedelta(seconds=act.seconds)
        if moved.total_seconds() > _LONGEST_JUMP:
            raise NotPossible("This clock goes at most 90 days ahead. Start over as a new customer.")
        self._engine.simulator.jump(chat_id, timedelta(seconds=act.seconds))

    def move_case(self, act: CaseAct) -> list[str]:
        """The company moves one of this customer's cases; gives what was odd."""
        mine = self._engine.simulator.chat(self.opened()).cases
        if act.ref not in {case["ref"] for case in mine}:
            raise NotPossible("There is no such case.")
        given = {"amount": act.amount.strip().replace(",", "").removeprefix("₹"), "reference": act.reference.strip()}
        data = {name: value for name, value in given.items() if value} | ({"note": act.why} if act.why else {})
        moved = self._engine.desk.move_case(act.ref, act.state, self.agent, why=act.why, data=data)
        return list(moved.warnings)

    def play_agent(self, act: AgentAct) -> None:
        """The visitor takes the chat over as an agent, answers, hands back."""
        desk, chat_id = self._engine.desk, self.opened()
        row = desk.conversation(chat_id, self.agent).row
        agent = simulator_agent(self._engine, self.brand)
        if row.owner == "agent" and row.agent != AGENT:
            raise NotPossible(f"{row.agent} at the desk has this chat.")
        if act.act == "take":
            desk.take_over(chat_id, agent)
        elif act.act == "say":
            desk.agent_says(chat_id, agent, act.text, act.token or None)
        elif row.owner == "agent":
            desk.hand_back(chat_id, agent)

    # Live

    def is_thinking(self) -> bool:
        """Whether the bot has a message to answer."""
        if not self.chat_id:
            return False
        query = sa.select(CONVERSATION.c.ready_at, CONVERSATION.c.owner).where(CONVERSATION.c.id == self.chat_id)
        with self._engine.database.reading() as session:
            row = session.execute(query).one()
        return row.owner == "bot" and row.ready_at is not None

    def _due(self, chat: SimulatedChat) -> dict[str, str] | None:
        if chat.next_due is None:
            return None
        refs = [case["ref"] for case in chat.cases]
        query = (
            sa.select(DUE.c.kind)
            .where(DUE.c.done_at.is_(None), sa.or_(DUE.c.conversation_id == chat.id, DUE.c.ref.in_(refs)))
            .order_by(DUE.c.due_at)
            .limit(1)
        )
        with self._engine.database.reading() as session:
            kind = session.execute(query).scalar_one_or_none() or ""
        return {"at": chat.next_due.isoformat(), "what": _DUE_WORDS.get(kind) or wording.words_for(kind)}


class Watcher:
    """What one open page has seen; `look` gives what is new."""

    def __init__(self, room: Room, after: int) -> None:
        self._room = room
        # A message that waited in the outbox may show up behind a younger one; the page knows what it has by id.
        self._after = max(0, after - _RECENT)
        self._seen: set[int] = set(range(self._after, after + 1))
        self._behind: dict[str, Any] | None = None
        self._typing = False
        self._chat_id = ""

    def concerns(self, topic: str) -> bool:
        """Whether a ring is about this chat; before there is one, any may be."""
        chat_id = self._chat_id
        return not chat_id or topic == conversation_topic(chat_id) or topic in {"turns", "desk"}

    def look(self) -> Iterator[Event]:
        """What is new since the last look: messages, typing, everything beside the chat."""
        self._chat_id = self._room.chat_id
        behind = self._room.behind()
        for line in self._room.lines(self._after):
            if line.id not in self._seen:
                self._seen.add(line.id)
                yield Event("message", self._room.message(line), line.id)
        self._after = max(self._after, max(self._seen, default=0) - _RECENT)
        if self._still(behind) != self._behind:
            self._behind = self._still(behind)
            yield Event("behind", behind)
        typing = self._room.is_thinking()
        if typing != self._typing:
            self._typing = typing
            yield Event("typing", {"on": typing})

    def _still(self, behind: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in behind.items() if name != "now"}


def _heard(heard: Mapping[str, Any], language: str) -> dict[str, Any]:
    texts = (str(value.get("text") or value.get("value")) for value in heard.get("values") or ())
    return {
        "intent": wording.words_for(str(heard["intent"])),
        "confidence": heard.get("confidence"),
        "language": wording.LANGUAGE_NAMES.get(language, language),
        "values": list(dict.fromkeys(texts)),
    }


def _move(state: str, to: str) -> str:
    return "Bank gave the reference" if state == to == "sent_to_bank" else wording.move_words(to)


def simulator_agent(engine: Engine, brand: str) -> AgentView:
    """The agent whom visitors play; nobody knows the password, so nobody signs in as them."""
    found = next((agent for agent in engine.desk.agents() if agent.name == AGENT), None)
    if found is None:
        found = engine.desk.add_agent(AGENT, secrets.token_urlsafe(32))
    return AgentView(found.id, found.name, (brand,))
