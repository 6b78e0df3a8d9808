"""The shapes of a pack's files, as a support lead writes them (YAML), and their JSON Schema.

One class per file: `BrandFile` (brand.yaml), `VersionFile` (version.yaml), `ClausesFile`, `FactsFile`, `ClaimsFile`,
`RulingsFile`, `QuestionsFile` and `SilentFile`. What each field is for stands in its description, from which the schema
and docs/pack-format.md are made.
"""

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policies.facts import FactType
from policies.words import Language, Words

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ClauseId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.\-]*((#|:)[a-z0-9.]+)?$")]
Expression = Annotated[str | int | float, Field(description="arithmetic over facts, such as amount_paid - fee")]
Outcome = Literal["full_refund", "partial_refund", "replacement", "not_eligible", "needs_review"]


class FileModel(BaseModel):
    """What every part of a pack file has in common: unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Contact(FileModel):
    """One way to reach the company, with the clause that names it."""

    kind: Literal["email", "phone", "whatsapp", "portal", "website", "address"]
    value: str
    purpose: Words | None = None
    clause: ClauseId | None = None


class SupportHours(FileModel):
    """When people answer: ISO weekday names, opening and closing time in the brand's time zone."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    opens: time
    closes: time
    clause: ClauseId | None = None


class QuietHours(FileModel):
    """When nothing is written unasked unless it is urgent: from `start` to `end` in the brand's time zone."""

    start: time
    end: time


class CalendarFile(FileModel):
    """Working days: the week, a state whose public holidays are off too, and single days added or removed."""

    week: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = (
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
    )
    state: str = ""
    days_off: tuple[date, ...] = ()
    days_worked: tuple[date, ...] = ()


class IdShape(FileModel):
    """How an id of the company looks, so that it is read in spite of a blank or a typing slip."""

    fact: Name
    prefix: str
    pattern: str = Field(description="a regular expression for what follows the prefix, such as \\d{4,8}")


class Route(FileModel):
    """Where a matter that is no refund goes (sales, technical help, delivery): a text with a named contact."""

    topics: tuple[str, ...] = Field(description="topics of silent.yaml that go this way")
    says: Words


class BrandFile(FileModel):
    """brand.yaml: the company behind the policy and what is said in its name."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    name: str
    about: Words = Field(description="one line: what the company sells")
    time_zone: str = "Asia/Kolkata"
    currency: Literal["INR"] = "INR"
    languages: tuple[Language, ...] = ("en", "hinglish", "hi")
    audience_fact: Name | None = Field(None, description="the fact that says who is writing, where rules differ by it")
    calendar: CalendarFile = CalendarFile()
    contacts: tuple[Contact, ...] = ()
    support_hours: SupportHours = SupportHours(
        days=("mon", "tue", "wed", "thu", "fri", "sat"), opens=time(10), closes=time(19)
    )
    payout: Literal["original_method", "bank_transfer"] = "original_method"
    payout_clause: ClauseId | None = None
    bank_details_clause: ClauseId | None = Field(None, description="the clause that says how bank details are sent")
    quiet_hours: QuietHours = QuietHours(start=time(21), end=time(8))
    ids: tuple[IdShape, ...] = ()
    case_prefix: Annotated[str, Field(pattern=r"^[A-Z]{2,5}$")]
    records_valid_days: int = Field(30, description="an order record older than this is not relied on")
    privacy: Words
    grievance: Words | None = None
    routes: dict[Name, Route] = {}


class VersionFile(FileModel):
    """version.yaml: which text of the policy this folder states."""

    in_force_from: date
    dated_by_source: bool = Field(description="false where the published policy carries no date")
    applies_by: Name = Field("requested_at", description="the fact whose date chooses the version")
    source_ids: tuple[ClauseId, ...] = Field(description="every clause id of the published text, in its order")
    headings: tuple[ClauseId, ...] = Field((), description="ids that are a heading without a text of their own")


class Section(FileModel):
    """A section's title."""

    title: Words


class Clause(FileModel):
    """One numbered statement of the policy."""

    id: ClauseId
    section: str
    label: Words = Field(description="at most 20 characters: it stands on a button")
    says: Words
    topics: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Clause":
        if self.section != self.id.partition("#")[0].partition(":")[0]:
            raise ValueError(f"section {self.section!r} is not the part of {self.id!r} before # or :")
        for language, text in self.label:
            if len(text) > 20:
                raise ValueError(f"label.{language} has {len(text)} characters; 20 fit on a button: {text!r}")
        return self


class ClausesFile(FileModel):
    """clauses.yaml."""

    sections: dict[str, Section]
    clauses: tuple[Clause, ...]


class Choice(FileModel):
    """One value of a word or a flag: how it is shown, and the words by which customers say it."""

    label: Words
    words: tuple[str, ...] = ()


class Derivation(FileModel):
    """How a fact follows from others. Exactly one of the keys is given; `from`/`to` name moments or dates."""

    hours: tuple[Name, Name] | None = Field(None, description="hours by the clock between two moments")
    days: tuple[Name, Name] | None = Field(None, description="days by the clock between two moments")
    calendar_days: tuple[Name, Name] | None = Field(None, description="difference of the two dates")
    working_days: tuple[Name, Name] | None = Field(None, description="working days after the first up to the second")
    months: tuple[Name, Name] | None = Field(None, description="whole months from the first to the second")
    value: Expression | None = None
    holds: Any | None = Field(None, description="a condition; the fact is true where it holds")
    first: tuple[Name, ...] | None = Field(None, description="the first of these facts that is known")
    by: Name | None = Field(None, description="with `table`: the word whose value picks the entry")
    table: dict[str, int | float | str] | None = None
    mentions: Name | None = Field(None, description="with `words`: true where the text has a word that begins so")
    words: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> "Derivation":
        given = self.model_fields_set - {"table", "words"}
        if len(given) != 1 or (self.by is None) != (self.table is None) or bool(self.mentions) != bool(self.words):
            raise ValueError(
                "give exactly one of hours, days, calendar_days, working_days, months, value, holds, first, "
                "by (with table) and mentions (with words)"
            )
        return self


class Fact(FileModel):
    """One thing a decision rests on."""

    type: FactType
    label: Words = Field(description="what it is called in summaries and reasons")
    who: Literal["customer", "company", "either"] = Field("either", description="who can know it")
    values: dict[str, Choice] | None = Field(None, description="of a word: its values; of a flag: 'true', 'false'")
    presumed: bool | int | float | str | None = Field(None, description="used, and marked, until told otherwise")
    presumed_as: Name | None = Field(None, description="presumed to be what this fact is")
    derive: Derivation | None = None
    cues: tuple[str, ...] = Field((), description="words beside which a figure, date or id in a message is this fact")
    limits: tuple[int | float, int | float] | None = Field(
        None, description="the least and the greatest sensible value"
    )


class Slot(FileModel):
    """How the intake asks for one fact."""

    ask: Words
    why: Words
    clause: ClauseId | None = Field(None, description="the clause for which it is needed")
    reads: Literal["fact", "reference", "order_id", "name", "phone", "email", "ifsc", "last4", "free_text"] = "fact"
    need: Literal["when_missing", "always", "optional"] = "when_missing"
    only_if: Any | None = Field(None, description="a condition under which it is asked at all")
    direction: Literal["past", "future"] = "past"


class FactsFile(FileModel):
    """facts.yaml: the facts of the brand and the slots that ask for them."""

    facts: dict[Name, Fact]
    slots: dict[Name, Slot]


class Less(FileModel):
    """A named deduction: a figure, or a range where the policy leaves it open."""

    what: Words
    clause: ClauseId
    value: Expression | None = None
    between: tuple[Expression, Expression] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Less":
        if (self.value is None) == (self.between is None):
            raise ValueError("a deduction has either value or between")
        return self


class Amount(FileModel):
    """A base less named deductions, times a percentage; or a range; never below zero nor above `at_most`."""

    base: Expression | None = None
    percent: Expression | None = None
    less: tuple[Less, ...] = ()
    between: tuple[Expression, Expression] | None = Field(None, description="a range, in place of a base")
    at_most: Expression | None = Field(None, description="in place of the claim type's `paid`")
    parts: dict[Name, Expression] | None = Field(None, description="weights by which the amount is split")

    @model_validator(mode="after")
    def _one(self) -> "Amount":
        if (self.base is None) == (self.between is None):
            raise ValueError("an amount has either base or between")
        return self


class EtaStep(FileModel):
    """One stretch of waiting, in working days (least, most), with its clause and what it waits for."""

    days: tuple[int, int]
    clause: ClauseId
    what: Words | None = None


class Eta(FileModel):
    """When the money arrives once it is decided. `days` or a table by a word; `then` comes on top and is told apart."""

    days: tuple[int, int] | None = None
    by: Name | None = None
    table: dict[str, EtaStep] | None = None
    clause: ClauseId | None = None
    starts: Literal["approval", "request", "initiation", "verification"] = "approval"
    then: tuple[EtaStep, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> "Eta":
        if (self.days is None) == (self.table is None) or (self.by is None) != (self.table is None):
            raise ValueError("an ETA has either days and clause, or by and table")
        if self.days and not self.clause:
            raise ValueError("an ETA in days names its clause")
        return self


class ConflictFile(FileModel):
    """Clauses that disagree, on the outcome or on a detail (time, method, who pays)."""

    id: Name
    on: Literal["outcome", "detail"]
    clauses: tuple[ClauseId, ...]
    says: Words


class Rule(FileModel):
    """One line of a claim type's walk: if `when` holds, this is the answer."""

    id: Name
    when: Any = Field([], description="a comparison, a list of them, or all / any / none")
    outcome: Outcome
    amount: Amount | None = None
    max_allowed: Expression | None = Field(None, description="the most that could be asked for here")
    clauses: Annotated[tuple[ClauseId, ...], Field(min_length=1, description="deciding clause first")]
    conflict: Name | None = Field(None, description="a conflict of this file on which the outcome hangs")
    notes: tuple[Name, ...] = Field((), description="conflicts on details that customer and agent are told")
    eta: Name | None = None
    says: Words = Field(description="the reason in one or two plain sentences to the customer")
    way_on: Words | None = Field(None, description="what the customer can do now, besides a person")


class Evidence(FileModel):
    """A proof that the clauses ask for."""

    id: Name
    kinds: tuple[Literal["photo", "video", "document", "voice", "text"], ...]
    clause: ClauseId | None
    ask: Words
    label: Words
    need: Literal["required", "optional"] = "required"
    only_if: Any | None = None
    text_has: tuple[str, ...] = Field((), description="words of which a PDF's text or a file's name must have one")
    asked_after: Name | None = Field(None, description="the slot after which it is asked; else after all slots")


class ClaimType(FileModel):
    """A subject that customers bring claims about; all grounds on it compete in its rules."""

    name: Words
    applies: Any = Field(description="the condition over facts under which a claim is of this type")
    kind: Literal["refund", "service"] = Field("refund", description="service: a request with a number, no outcome")
    starts_with: dict[Name, str | bool] = Field({}, description="facts that choosing this type from a menu settles")
    paid: Expression | None = Field(None, description="what was paid: no refund is above it")
    slots: tuple[Name, ...]
    evidence: tuple[Evidence, ...] = ()
    shared: tuple[Name, ...] = Field((), description="groups of shared rules that are walked first")
    rules: tuple[Rule, ...] = ()
    guards: tuple[Rule, ...] = Field((), description="walked after a yes; the first that holds replaces it")
    opens: Words | None = Field(None, description="what is urgent, said once when the request begins")
    opens_clauses: tuple[ClauseId, ...] = ()
    filed: Words | None = Field(None, description="what happens next, said when it is filed")
    filed_clauses: tuple[ClauseId, ...] = ()
    appeal: Words | None = Field(None, description="the policy's own way to disagree, where it has one")
    appeal_clauses: tuple[ClauseId, ...] = ()


class Window(FileModel):
    """A limit that a clause sets on a matter, so that clauses that differ on it are found."""

    matter: Name
    clause: ClauseId
    limit: str = Field(description="such as '48 hours' or '7-9 working days'")


class Deadline(FileModel):
    """A moment that follows from a fact, told to the customer: `says` (and `passed`) may name {until} and {since}."""

    id: Name
    start: Name = Field(description="the fact (a moment or date) from which it runs")
    hours: int | None = None
    days: int | None = Field(None, description="calendar days; the last day counts whole")
    working_days: int | None = None
    before: bool = Field(False, description="the deadline lies this long before `start`")
    kind: Literal["limit", "wait"] = Field("limit", description="wait: the company's time, not the customer's limit")
    clause: ClauseId
    says: Words
    passed: Words | None = None

    @model_validator(mode="after")
    def _one(self) -> "Deadline":
        if len([span for span in (self.hours, self.days, self.working_days) if span is not None]) != 1:
            raise ValueError("a deadline has exactly one of hours, days and working_days")
        return self


class ServiceTime(FileModel):
    """How soon the company answers, by its own policy."""

    what: Literal["acknowledge", "review", "decide", "respond"]
    hours: int | None = None
    working_hours: int | None = None
    working_days: tuple[int, int] | None = None
    clause: ClauseId


class ClaimsFile(FileModel):
    """claims.yaml: claim types with their rules, and what they share."""

    claim_types: dict[Name, ClaimType]
    shared: dict[Name, tuple[Rule, ...]] = {}
    etas: dict[Name, Eta] = {}
    conflicts: tuple[ConflictFile, ...] = ()
    windows: tuple[Window, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    service_times: tuple[ServiceTime, ...] = ()


class Ruling(FileModel):
    """The owner's word on a conflict: from then on the outcome stands."""

    conflict: Name
    outcome: Outcome
    by: str
    on: date
    says: str


class RulingsFile(FileModel):
    """rulings.yaml."""

    rulings: tuple[Ruling, ...] = ()


class Questions(FileModel):
    """What customers type, per language."""

    en: tuple[str, ...] = ()
    hinglish: tuple[str, ...] = ()
    hi: tuple[str, ...] = ()


class Silent(Questions):
    """A matter that people ask about and the policy does not mention."""

    topic: Name


class HeldBack(FileModel):
    """One question of the pack's own test set; `gold` is empty where the policy is silent."""

    text: str
    lang: Language
    gold: tuple[ClauseId, ...]
