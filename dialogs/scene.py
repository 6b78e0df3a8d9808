"""One turn being worked out: the state as it changes, what is said so far, and the words to say it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dialogs.records import CaseView, Records
from dialogs.showing import show_value
from dialogs.talk import Asking, Draft, Question, Talk
from dialogs.turn import Button, Effect, HandOff, Say
from policies.facts import FactValue
from policies.pack import Pack, Slot, Version
from policies.words import Words

PERSON = Button("@person", "human")


@dataclass
class Scene:
    """The working state of one turn. `talk` is replaced as the turn goes on; `says` and `effects` are added to.

    `advance`: what comes next is to be said at the end of the turn. `changed`: the draft's facts changed. `failed`: the
    open question was not answered, so that it is asked in other words.
    """

    talk: Talk
    pack: Pack
    version: Version
    records: Records
    now: datetime
    says: list[Say] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    refs: list[str] = field(default_factory=list)
    advance: bool = False
    changed: bool = False
    failed: bool = False

    @property
    def language(self) -> str:
        """The language of this turn's replies."""
        return self.talk.language

    @property
    def zone(self) -> ZoneInfo:
        """The brand's time zone."""
        return self.pack.calendar.time_zone

    @property
    def draft(self) -> Draft | None:
        """The request being put together, if any."""
        return self.talk.draft

    def words(self, words: Words | None) -> str:
        """`words` in the language of the talk; empty for none."""
        return words.in_(self.language) if words else ""

    def show(self, fact: str, value: FactValue) -> str:
        """A fact's value as the customer reads it."""
        return show_value(self.version.facts[fact], value, self.zone, self.language)

    def label(self, fact: str) -> str:
        """What a fact is called."""
        return self.words(self.version.facts[fact].label)

    def say(
        self,
        template: str,
        values: Mapping[str, Any] | None = None,
        buttons: Sequence[Button] = (),
        clauses: Sequence[str] = (),
    ) -> None:
        """Add a message. `clauses` are the ids that it rests on."""
        known = tuple(clause for clause in dict.fromkeys(clauses) if clause in self.version.clauses)
        self.says.append(Say(template, dict(values or {}), tuple(buttons), known, self.language))

    def change(self, **fields: Any) -> None:
        """Replace fields of the talk."""
        self.talk = self.talk.model_copy(update=fields)

    def change_draft(self, **fields: Any) -> None:
        """Replace fields of the draft; there must be one."""
        if self.talk.draft is None:
            raise LookupError("there is no draft to change")
        self.change(draft=self.talk.draft.model_copy(update=fields))

    def ask(self, kind: Asking, name: str = "", value: Any = None, options: Sequence[str] = ()) -> None:
        """Open a question: the next answer belongs to it."""
        tries = self.tries(kind, name)
        self.change(
            question=Question(kind=kind, name=name, value=value, options=tuple(options), asked_at=self.now, tries=tries)
        )

    def tries(self, kind: str, name: str = "") -> int:
        """How often this very question was asked and not answered."""
        before = self.talk.question
        if before is None or (before.kind, before.name) != (kind, name):
            return 0
        return before.tries + int(self.failed)

    def close_question(self) -> None:
        """Nothing is asked any more."""
        self.change(question=None)

    def clause_line(self, clause: str) -> dict[str, str]:
        """A clause for a template: its id, the section's title and what it says."""
        stated = self.version.clauses[clause]
        return {
            "id": clause,
            "section": self.words(self.version.section_title(clause)),
            "says": self.words(stated.says),
            "label": self.words(stated.label),
        }

    def policy_date(self) -> dict[str, Any]:
        """The version's date for a template, and whether the policy itself carries it."""
        return {"date": self.version.in_force_from, "dated": self.version.text.dated_by_source}

    def choices(self, slot: Slot) -> list[Button]:
        """The buttons of a slot whose answers are few."""
        if not slot.fact.values:
            return []
        return [
            Button(self.words(choice.label), f"slot:{slot.name}:{value}") for value, choice in slot.fact.values.items()
        ]

    def hand_off(self, reason: Any, summary: str = "", urgent: bool = False) -> None:
        """Pass the conversation to a person, and say when people are there."""
        self.effects.append(HandOff(reason, summary, urgent))
        self.say(
            "handoff",
            {
                "there": self.records.people_there,
                "next": self.records.people_next,
                "urgent": urgent,
                "kept": self.draft is not None,
            },
        )

    def next_ref(self) -> str:
        """A fresh case number; each is given out once."""
        ref = self.records.case_numbers[len(self.refs)]
        self.refs.append(ref)
        return ref

    def case(self, ref: str) -> CaseView | None:
        """This customer's case `ref`."""
        return next((case for case in self.records.cases if case.ref == ref), None)
