"""Who plays in the tests of the pages: a small reader, a recorded conversation, a visitor at /try."""

import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.engine import Engine
from bot.settings import read_settings
from dialogs.case_states import STATES
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.talk import Draft, Proof, Question, Talk, Told
from dialogs.turn import Button, Effect, FileCase, HandOff, Say, Turn
from policies.decide import decide
from policies.pack import Pack

with warnings.catch_warnings():
    # Starlette would rather use a successor of httpx, which says the same to a test.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

__all__ = ["BRAND", "PASSWORD", "TestClient", "Trying", "csrf_of", "make_engine"]

BRAND = "api-infotech"
PASSWORD = "a long enough password"

MESSAGES = {
    "text": "{{ text }}",
    "handoff_notice": "{{ agent }} has joined this chat.",
    "handed_back": "The assistant is back.{% if question %} {{ question }}{% endif %}",
    "apology": "Sorry, a person will look at this.",
    "promise_slips": "The money for {{ ref }} is late; the new date is {{ due }}.",
    "case_default": "Your request {{ ref }} is now: STATE.{% if reference %} Reference {{ reference }}.{% endif %}",
}


class Reader:
    """Reads the first word as the intent."""

    def read(self, message: Message, now: datetime, **_: Any) -> Heard:
        """What the recorded conversation needs."""
        first = (message.text.split() or ["file"])[0].lower()
        intent = {"hi": "greet", "person": "talk_to_human"}.get(first, "policy_question")
        return Heard(message, "en", intents=((intent, 0.93),), clauses=(("2#2.1", 0.9),))


def recorded_step(talk: Talk, heard: Sequence[Heard], pack: Pack, records: Records, now: datetime) -> Turn:
    """A conversation as it was once had; unknown words are repeated, so that escaping can be seen."""
    text = heard[-1].text
    word = (text.split() or [""])[0].lower()
    effects: list[Effect] = []
    decision = None
    say = Say("text", {"text": f"You wrote: {text}"})
    if heard[-1].message.payload:
        say = Say("text", {"text": f"Tapped {heard[-1].message.payload}."})
    elif heard[-1].message.attachment is not None:
        refused = heard[-1].message.attachment.refused
        say = Say("text", {"text": f"Not taken: {refused}." if refused else "Thank you, I keep it with your request."})
    elif word == "hi":
        buttons = (Button("Ask a question", "ask"), Button("Get a refund", "refund"), Button("A person", "human"))
        say = Say("text", {"text": "Hello. What can I do?"}, buttons)
    elif word == "list":
        choices = tuple(Button(f"Choice {n}", f"choice:{n}") for n in range(1, 7))
        say = Say("text", {"text": "Which of these?"}, choices)
    elif word == "limit":
        say = Say("text", {"text": "*48 hours* after delivery, by clause 2#2.1."}, clauses=("2#2.1",))
    elif word == "break":
        raise RuntimeError("a turn that fails")
    elif word == "person":
        effects.append(HandOff("asked", "Wants to talk about <b>two</b> tokens", urgent=False))
        say = Say("text", {"text": "A person will answer here."})
    elif word in {"claim", "file"}:
        facts: dict[str, Any] = {
            "product": "usb_token",
            "condition": "defective_on_delivery",
            "delivered_at": now.replace(hour=1).isoformat(),
            "original_packaging": True,
            "used": False,
            "order_id": "API-8821",
        }
        typed = pack.newest.read_claim(facts)
        decision = decide(typed, pack, now)
        told = {name: Told(value=value, at=now) for name, value in facts.items()}
        draft = Draft(
            claim_type=decision.claim_type,
            facts=told,
            recorded={"order_id": "API-8812"},
            proofs=(Proof(key="name-x", kind="photo", name="token.jpg"),),
            begun_at=now,
            resumed_at=now,
        )
        if word == "file":
            effects.append(FileCase(records.case_numbers[0], draft, decision, now))
            say = Say("text", {"text": f"Filed as {records.case_numbers[0]}."}, clauses=("2#2", "2#2.1"))
            talk = talk.model_copy(update={"draft": None, "question": None})
        else:
            question = Question(kind="slot", name="condition", asked_at=now)
            talk = talk.model_copy(update={"draft": draft, "question": question})
            say = Say("text", {"text": "Is it broken?"}, (Button("Yes", "yes"), Button("No", "no")), ("2#2",))
    return Turn(talk, (say,), tuple(effects), decision)


def make_engine(folder: Path, **given: Any) -> Engine:
    """An engine on a database of its own in `folder`."""
    for language in ("en", "hi", "hinglish"):
        messages = folder / "messages" / language
        messages.mkdir(parents=True)
        for name, text in MESSAGES.items():
            (messages / f"{name}.j2").write_text(text, encoding="utf-8")
        for state in STATES:
            text = MESSAGES["case_default"].replace("STATE", state.replace("_", " "))
            (messages / f"case_{state}.j2").write_text(text, encoding="utf-8")
    settings = read_settings(data_dir=folder / "data", brands=BRAND, **given)
    engine = Engine(
        settings,
        step=recorded_step,
        reader_for=lambda _brand, _folder: Reader(),
        templates=folder / "messages",
        durable=False,
    )
    engine.open()
    return engine


class Trying:
    """A visitor at /try. Each act is followed by what the loops would do."""

    def __init__(self, client: TestClient, engine: Engine) -> None:
        self.client = client
        self.engine = engine
        self.csrf = csrf_of(client.get("/try").text)
        self._sent = 0

    def post(self, path: str, **body: Any) -> Any:
        """One request of the page."""
        answer = self.client.post(f"/try/api/{path}", json={"brand": BRAND, **body}, headers={"X-CSRF": self.csrf})
        self.engine.settle()
        return answer

    def says(self, text: str) -> Any:
        """The customer types."""
        self._sent += 1
        return self.post("say", id=f"message-{self._sent}", text=text)

    def state(self) -> Any:
        """What the page shows."""
        return self.client.get("/try/api/state", params={"brand": BRAND}).json()

    def texts(self) -> list[str]:
        """The transcript as (who: what) lines."""
        return [f"{message['author']}: {message['text']}" for message in self.state()["messages"]]


def csrf_of(page: str) -> str:
    """The token that a page carries."""
    return page.split('data-csrf="')[1].split('"')[0]
