"""Which facts a message tells: the values that were read, given to the facts that they fit.

A term of the pack ("plug nahi kiya") names its own fact. Other values go to the fact that was asked for, else to the
one whose cue stands beside them ("paid 11800"), else to the only open slot of the request that they fit. A value that
fits a fact already told replaces it only where the message corrects something.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz

from dialogs.cues import files_it, looks_like_question, supposes
from dialogs.heard import Heard
from dialogs.judging import claim_of
from dialogs.matching import deciding_facts
from dialogs.talk import Draft
from dialogs.values import IdPattern, Value, read_values
from policies import files
from policies.facts import BadFact, FactValue, read_fact, show_fact
from policies.pack import ClaimType, Pack, Version

_KINDS: dict[str, tuple[str, ...]] = {
    "inr": ("amount", "number"),
    "percent": ("percent", "number"),
    "count": ("count", "number", "duration"),
    "number": ("number", "count", "duration"),
    "time": ("moment",),
    "date": ("moment",),
    "flag": ("yes_no",),
}
_READS: dict[str, tuple[str, ...]] = {
    "order_id": ("order_id", "reference", "number"),
    "reference": ("reference", "order_id", "utr", "rrn", "arn", "number"),
    "phone": ("phone",),
    "email": ("email",),
    "ifsc": ("ifsc",),
    "last4": ("last4", "number"),
}
# Values that only say a fact when it was asked for.
_ONLY_ASKED = ("number", "yes_no", "count", "duration")
# A length of time ("10 days") is the figure of a fact that counts in this unit by its name.
_DAY = timedelta(days=1)
_UNITS = {"hours": timedelta(hours=1), "day": _DAY, "days": _DAY, "months": 30 * _DAY}
_CORRECTS = re.compile(
    r"\b(no|not|sorry|actually|instead|make|correct|wrong|mistake|change|galat|nahi|nhi|sahi|matlab|i mean|then)\b"
    r"|गलत|नहीं|माफ़|सही|बदल",
    re.IGNORECASE,
)
_SURELY_CHANGES = 0.6
_NAMES_IT = re.compile(
    r"\b(date|amount|time|id|number|day|tareekh|tarikh|रकम|तारीख)\b.{0,8}\b(was|is|tha|thi|hai|था|थी|है)\b",
    re.IGNORECASE,
)
_PART_OF_DAY = r"(in the |in |at )?(subah|sham|shaam|dopahar|raat|morning|afternoon|evening|night|सुबह|शाम|दोपहर|रात)"
_HOUR_ALONE = re.compile(
    rf"^({_PART_OF_DAY}( ke| ko| me)? )?\d{{1,2}}([:.]\d{{2}})?( ?(am|pm|baje|bje|बजे|o'?clock))?( {_PART_OF_DAY})?$",
    re.IGNORECASE,
)
_CUE_REACH = 30
# A cue behind its value, or in another sentence, counts as so much further away.
_FOLLOWS, _BREAK = 4, 15
_SENTENCE_END = re.compile(r"[.!?;\n](?!\d)")
# So many letters farther counts a cue of a fact for which the request has no slot.
_NOT_ASKED_FOR = 3
_NOT_BEHIND = re.compile(r"\s+(hi |bhi |to )?(nahi|nahin|nhi|nai|नहीं|नही)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"\b(not|isn'?t|wasn'?t|never|didn'?t|did not)\s+(yet |even |been )?$", re.IGNORECASE)
# Somebody will go or do something: the time of that is none that was asked for.
_WILL = re.compile(
    r"\b\w{2,}(unga|ungi|oonga|oongi|enge|engi)\b|\b(will|going to|gonna)\b|(ूंगा|ूँगा|ऊंगा|ऊँगा|ूंगी|ूँगी|ेंगे|एंगे)", re.IGNORECASE
)
# A bare figure does not correct one that is so many times as high.
_FAR = Decimal(20)
# Words that settle on which side of now a moment lies.
_PAST = re.compile(r"\b(last|past|ago|yesterday|pichle|pichla|guzre)\b|पिछल", re.IGNORECASE)
_WAS = re.compile(r"\b(tha|thi|was|had|missed|hua|hui|ho gay[aie]|attend(ed)?)\b|था|थी|हुआ|हुई|हो गय", re.IGNORECASE)
# Words for a day on either side of today, and how far it is.
_EITHER_SIDE = (
    (re.compile(r"\bkal\b|कल", re.IGNORECASE), 1),
    (re.compile(r"\b(parso|parson)\b|परसों", re.IGNORECASE), 2),
)
_MORNING = re.compile(r"\b(am|a\.m|subah|savere|morning)\b|\dam\b|सुबह", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"\b(mon|tue|tues|wed|thu|thurs|fri|sat|sun)(day|nesday|rsday|urday)?\b"
    r"|\b(somvar|mangalvar|budhvar|guruvar|shukravar|shanivar|ravivar|itwar)\b|वार\b",
    re.IGNORECASE,
)
# A bare figure answers the question only in a short message; an id has at least this many characters.
_FEW_WORDS = 6
_ORDINAL = re.compile(r"(?<!\w)(\d{1,3})(?:st|nd|rd|th)\s+(?:day|din)\b", re.IGNORECASE)
_FIGURES = ("number", "count", "duration", "percent")
# So near to its cue a figure belongs to it, whatever was asked.
_BESIDE = 12
# A bare figure told beside other facts is a sum from here on; years are none.
# So long a message is a story, in which a figure without a word for it may be anything.
_STORY = 12
_LEAST_SUM = 500
_SUM_BEFORE = re.compile(
    r"\b(amount|amt|price|paisa|paise|total|rakam|रकम|राशि)( was| is| tha| hai)?\W*$", re.IGNORECASE
)
_YEARS = range(1990, 2100)
_SHORTEST_ID = 3


@dataclass(frozen=True)
class Filled:
    """One fact that a message tells; `corrects` where another value stood there before."""

    fact: str
    value: FactValue
    words: str
    certain: bool
    corrects: bool = False
    precision: str = ""
    other: tuple[Any, ...] = ()


def corrects(text: str) -> bool:
    """Whether the message has words by which people correct themselves."""
    return _CORRECTS.search(text) is not None


def as_fact(name: str, fact: files.Fact, value: Value) -> FactValue | None:
    """What was read as a value of the fact `name`; None where the fact takes no such value."""
    raw = value.value
    if fact.type in ("time", "date") and not isinstance(raw, datetime | date):
        return None
    if isinstance(raw, timedelta):
        raw = _in_units(name, raw)
    if isinstance(raw, Decimal) and fact.limits and not fact.limits[0] <= raw <= fact.limits[1]:
        return None
    try:
        return read_fact(name, fact.type, raw, tuple(fact.values or ()) if fact.type == "word" else ())
    except BadFact:
        return None


def _in_units(name: str, length: timedelta) -> Decimal | None:
    """A length of time as the whole figure of the fact `name`; none where the fact counts something else."""
    unit = next((_UNITS[part] for part in name.split("_") if part in _UNITS), None)
    return Decimal(length // unit) if unit and not length % unit else None


def _ordinal(text: str) -> Value | None:
    """A day as people count it: "2nd day"."""
    match = _ORDINAL.search(text)
    return Value("count", Decimal(match[1]), match[0], match.start(), match.end()) if match else None


def _is_sum(number: object) -> bool:
    """Whether a bare number can be a sum of money."""
    return isinstance(number, Decimal) and number >= _LEAST_SUM and int(number) not in _YEARS


def _is_called_a_sum(text: str, value: Value) -> bool:
    """Whether a bare figure stands right behind a word for money ("amount 30000"): then it is no id."""
    return value.kind == "number" and _SUM_BEFORE.search(text[: value.start]) is not None


def _is_part_of_an_id(text: str, value: Value) -> bool:
    """Whether a figure hangs on letters, as in "INV-7": then it is no number of its own."""
    joined = value.kind in ("number", "count", "amount") and value.start > 1 and text[value.start - 1] in "-_#/"
    return joined and text[value.start - 2].isalpha()


def _changes_a_detail(heard: Heard) -> bool:
    """Whether the message is about something that was told before ("no it was 2200", "and date was 10 march")."""
    sure = heard.intent == "change_detail" and heard.confidence >= _SURELY_CHANGES
    return sure and (corrects(heard.text) or _NAMES_IT.search(heard.text) is not None)


def _at_hour(day: datetime, hour: datetime) -> datetime:
    """The hour and minute of `hour` on the day of `day`."""
    return hour.replace(year=day.year, month=day.month, day=day.day)


def _is_denied(text: str, value: Value) -> bool:
    """Whether a "not" stands right at the words of a term, and is none of them ("start nahi hua", "not approved")."""
    return _NOT_BEHIND.match(text, value.end) is not None or _NOT_BEFORE.search(text[: value.start]) is not None


class Filling:
    """Works out what one message tells, given the draft as it stands."""

    def __init__(
        self, pack: Pack, version: Version, draft: Draft | None, claim_type: ClaimType | None, asked: str = ""
    ) -> None:
        self.version = version
        self.shapes = [IdPattern(shape.fact, shape.prefix, shape.pattern) for shape in pack.brand.ids]
        self.draft = draft
        self.calendar = pack.calendar
        self.claim_type = claim_type
        self.follows = 0
        self.claim_types: tuple[ClaimType, ...] = (claim_type,) if claim_type else ()
        self.asked = asked
        self.told = dict(draft.facts) if draft else {}
        # What is known of the request with what the message says in the pack's own words; derived facts too.
        self.known: Mapping[str, FactValue] | None = None
        self.pack = pack
        self.said = ""

    def fill(self, heard: Heard, only_named: bool = False) -> list[Filled]:
        """The facts that `heard` tells. `only_named`: a question, of which only terms and cued values count."""
        found: dict[str, Filled] = {}
        self.said = heard.text
        values = self._joined([value for value in heard.values if value.kind not in ("term", "payment_method")])
        values = [value for value in values if not _is_part_of_an_id(heard.text, value)]
        values = [replace(value, kind="amount") if _is_called_a_sum(heard.text, value) else value for value in values]
        for filled in self._terms(heard):
            found[filled.fact] = filled
        self.claim_types = self._kinds_of_claim(found.values())
        values = self._still_to_come(heard, values, found)
        taken: set[int] = set()
        # In Hindi what a figure is stands behind it ("5000 ki jagah").
        self.follows = _FOLLOWS if heard.language == "en" else 0
        steps = [self._cued] if only_named else [self._asked, self._cued, self._own_kind, self._lone, self._corrected]
        if not only_named and _changes_a_detail(heard):
            steps = [self._asked, self._cued, self._own_kind, self._corrected, self._lone]
        for step in steps:
            for value, filled in step(heard, [value for value in values if id(value) not in taken], found):
                found[filled.fact] = filled
                taken.add(id(value))
        return list(found.values())

    def _still_to_come(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> list[Value]:
        """Takes a moment that can only lie ahead ("tomorrow 11 am") for the one fact that does; gives what is left."""
        slots = {slot.name for each in self.claim_types for slot in each.slots if slot.text.direction == "future"}
        if len(slots) != 1 or len(self.claim_types) != 1:
            return values
        now = heard.message.received_at.astimezone(self.calendar.time_zone)
        taken = {(value.start, value.end) for value in heard.values}
        ahead = [
            value
            for value in read_values(heard.text[:500], now, direction="future", id_patterns=self.shapes)
            if value.kind == "moment" and (value.start, value.end) not in taken and isinstance(value.value, datetime)
        ]
        ahead = [value for value in ahead if value.value > now]
        if not ahead:
            return values
        name, moment = next(iter(slots)), ahead[-1]
        found[name] = self._make(name, moment, moment.value)
        return [value for value in values if value.end <= moment.start or value.start >= moment.end]

    def _joined(self, values: list[Value]) -> list[Value]:
        """The values, with an hour that stands alone ("4 baje") put into the day beside it, else into the day told."""
        hours = [value for value in values if value.kind == "moment" and _HOUR_ALONE.match(value.text)]
        days = [value for value in values if value.kind == "moment" and value.precision in ("day", "part_of_day")]
        if len(hours) != 1 or len(days) > 1:
            return values
        hour = hours[0]
        if days:
            kept = [value for value in values if value is not days[0]]
            return [replace(hour, value=_at_hour(days[0].value, hour.value)) if v is hour else v for v in kept]
        rough = {name: told for name, told in self.told.items() if told.precision == "day"}
        told = rough.get(self.asked) or (next(iter(rough.values())) if len(rough) == 1 else None)
        if told is None or (self.asked in self.version.facts and self.asked not in rough and self._takes_moment()):
            return values
        day = datetime.fromisoformat(str(told.value))
        return [replace(hour, value=_at_hour(day, hour.value), certain=True) if v is hour else v for v in values]

    def _takes_moment(self) -> bool:
        return self.version.facts[self.asked].type in ("time", "date")

    def _make(self, name: str, value: Value, typed: FactValue) -> Filled:
        before = self.told.get(name)
        changed = before is not None and before.value != show_fact(typed)
        return Filled(name, typed, value.text, value.certain, changed, value.precision, value.other)

    @cached_property
    def _subjects(self) -> frozenset[str]:
        """The facts that tell what a request is about."""
        return deciding_facts(self.version)

    def _is_aside(self, name: str, named: set[str], heard: Heard) -> bool:
        """Whether a word for the subject is only mentioned: it was named before, and nothing is corrected."""
        if name not in self._subjects or name == self.asked:
            return False
        before = self.told.get(name)
        settled = before is not None and before.source == "customer"
        short = len(heard.text.split()) <= _FEW_WORDS
        return (name in named or settled) and not (short and corrects(heard.text))

    def _terms(self, heard: Heard) -> Iterator[Filled]:
        named: set[str] = set()
        sure: set[str] = set()
        for value in heard.values:
            if value.kind == "term":
                name, raw = value.value
                described = self.version.facts.get(name)
                if described is None or (described.type == "word" and self._is_aside(name, named, heard)):
                    continue
                denied = _is_denied(heard.text, value)
                if (name in sure and not value.certain) or (denied and described.type == "word"):
                    continue
                named.add(name)
                sure.update({name} if value.certain else ())
                typed: FactValue = (raw == "true" and not denied) if described.type == "flag" else raw
                yield self._make(name, value, typed)
            elif value.kind == "payment_method":
                for name in self._paid_by():
                    if value.value in (self.version.facts[name].values or {}):
                        yield self._make(name, value, value.value)

    def _paid_by(self) -> list[str]:
        """The facts that say how it was paid: the one that is asked for, where one is."""
        names = [name for name in ("payment_mode", "payment_method") if name in self.version.facts]
        return [name for name in names if name in self.version.slots][:1] or names

    def _fits(self, name: str, value: Value) -> FactValue | None:
        fact = self.version.facts[name]
        slot = self.version.slots.get(name)
        kinds = _KINDS.get(fact.type, ())
        if fact.type == "text":
            kinds = (name, *_READS.get(slot.text.reads if slot else "reference", ()))
        if value.kind not in kinds or (fact.type == "text" and len(str(value.value)) < _SHORTEST_ID):
            return None
        return self._complete(name, value) or as_fact(name, fact, self._ahead(name, value))

    def _ahead(self, name: str, value: Value) -> Value:
        """A moment of a fact that lies ahead ("saturday 10 am" of a session): the next one, not the last."""
        slot = self.version.slots.get(name)
        moment, since = value.value, self.draft.resumed_at if self.draft else None
        if slot is None or slot.text.direction != "future" or since is None or not isinstance(moment, datetime):
            return value
        if moment >= since or _PAST.search(value.text):
            return value
        for word, days in _EITHER_SIDE:
            if word.search(value.text) and moment.date() == since.astimezone(moment.tzinfo).date() - timedelta(
                days=days
            ):
                return value if _WAS.search(self.said) else replace(value, value=moment + timedelta(days=2 * days))
        if since - moment > timedelta(days=300):
            last = 28 if moment.month == 2 else 31
            return replace(value, value=moment.replace(year=moment.year + 1, day=min(moment.day, last)))
        afternoon = moment + timedelta(hours=12)
        if moment.hour < 12 and afternoon >= since and not _MORNING.search(value.text):
            return replace(value, value=afternoon)
        if _WEEKDAY.search(value.text) and moment + timedelta(days=7) >= since:
            return replace(value, value=moment + timedelta(days=7))
        return value

    def _complete(self, name: str, value: Value) -> str | None:
        """The id in the company's own spelling, from what stands behind its prefix ("8821")."""
        shapes = [shape for shape in self.shapes if shape.kind == name]
        return next((whole for shape in shapes if (whole := shape.complete(value.text.strip()))), None)

    def _asked(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> Iterator[tuple[Value, Filled]]:
        if not self.asked or self.asked in found or self.asked not in self.version.facts:
            return
        fitting = [(value, typed) for value in values if (typed := self._fits(self.asked, value)) is not None]
        if not fitting and (ordinal := _ordinal(heard.text)) is not None:
            fitting = [(ordinal, typed)] if (typed := self._fits(self.asked, ordinal)) is not None else []
        exact = [pair for pair in fitting if pair[0].kind not in _ONLY_ASKED]
        if not exact and (len(heard.text.split()) <= _FEW_WORDS or (fitting and fitting[0][0].kind == "yes_no")):
            exact = fitting
        exact = [pair for pair in exact if not self._is_of_another(heard, pair[0])]
        asking = looks_like_question(heard.text) and not supposes(heard.text)
        if asking and heard.intent in ("why_needed", "policy_question", "what_if"):
            exact = [pair for pair in exact if pair[0].kind not in (*_ONLY_ASKED, "amount")]
        if _changes_a_detail(heard) and len(values) > 1:
            exact = [pair for pair in exact if pair[0].kind != "yes_no"]
        if files_it(heard.text):
            exact = [pair for pair in exact if pair[0].kind != "yes_no"]
        if exact:
            value, typed = exact[-1] if corrects(heard.text) else exact[0]
            yield value, self._make(self.asked, value, typed)

    def _is_of_another(self, heard: Heard, value: Value) -> bool:
        """Whether a moment or a figure stands beside the cue of another fact ("delivered 3 March", "unused days 190"),
        not beside one of the asked.
        """
        if value.kind not in ("moment", *_FIGURES):
            return False
        text = heard.text.lower()
        mine = self._nearest(text, value, self.version.facts[self.asked].cues)
        others = [
            reach
            for name, fact in self.version.facts.items()
            if name != self.asked and fact.cues and self._fits(name, value) is not None
            if (reach := self._nearest(text, value, fact.cues)) is not None
        ]
        if value.kind == "moment":
            return any(mine is None or reach < mine for reach in others)
        return mine is None and any(reach <= _BESIDE for reach in others)

    def _cued(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> Iterator[tuple[Value, Filled]]:
        """Each value with the fact whose cue stands beside it, the nearest pairs first; what the request asks for
        is a little nearer.
        """
        text = heard.text.lower()
        slots = {slot.name for each in self.claim_types for slot in each.slots}
        pairs: list[tuple[int, int, int, str, FactValue]] = []
        for index, value in enumerate(values):
            if value.kind in _ONLY_ASKED and value.kind not in ("number", "duration"):
                continue
            for name, fact in self.version.facts.items():
                if name in found or not fact.cues or (typed := self._fits(name, value)) is None:
                    continue
                reach = self._nearest(text, value, fact.cues)
                if reach is not None:
                    longest = max(len(cue) for cue in fact.cues if self._nearest(text, value, (cue,)) == reach)
                    pairs.append((reach + (0 if name in slots else _NOT_ASKED_FOR), -longest, index, name, typed))
        given: set[int] = set()
        for _, _, index, name, typed in sorted(pairs, key=lambda pair: pair[:3]):
            if index not in given and name not in found:
                given.add(index)
                yield values[index], self._make(name, values[index], typed)

    def _nearest(self, text: str, value: Value, cues: tuple[str, ...]) -> int | None:
        distances = []
        for cue in cues:
            for match in re.finditer(rf"(?<!\w){re.escape(cue.lower())}(?!\w)", text):
                follows = match.start() >= value.end
                between = text[value.end : match.start()] if follows else text[match.end() : value.start]
                gap = max(value.start - match.end(), match.start() - value.end)
                if -len(cue) < gap <= _CUE_REACH:
                    breaks = _BREAK * len(_SENTENCE_END.findall(between))
                    distances.append(max(gap, 0) + breaks + (self.follows if follows else 0))
        return min(distances, default=None)

    def _own_kind(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> Iterator[tuple[Value, Filled]]:
        """An id of the company's own shape names its fact."""
        for value in values:
            if value.kind in self.version.facts and value.kind not in found:
                typed = as_fact(value.kind, self.version.facts[value.kind], value)
                if typed is not None:
                    yield value, self._make(value.kind, value, typed)

    def _open_slots(self) -> list[str]:
        """The slots of the request that are not told; as long as its kind is open, those that all kinds share."""
        kinds = [[slot.name for slot in each.slots if slot.name not in self.told] for each in self.claim_types]
        return [name for name in kinds[0] if all(name in other for other in kinds)] if kinds else []

    def _kinds_of_claim(self, terms: Iterable[Filled]) -> tuple[ClaimType, ...]:
        """The settled kind of claim, else those that may apply by what was told before and what these terms say."""
        if self.draft is None:
            return (self.claim_type,) if self.claim_type else ()
        claim = claim_of(self.version, self.draft) | {filled.fact: filled.value for filled in terms}
        self.known = self.version.complete(claim, self.draft.resumed_at, self.calendar).values
        if self.claim_type is not None:
            return (self.claim_type,)
        applying, possible = self.version.types_for(self.known)
        return tuple(applying[:1] or possible)

    def _lone(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> Iterator[tuple[Value, Filled]]:
        """A value that only one open slot can take; a figure that is the whole message, the open sum."""
        slots = [name for name in self._open_slots() if name not in found]
        if len(heard.text.split()) == 1 and not found:
            sums = [name for name in slots if self.version.facts[name].type == "inr" and self._is_wanted(name)]
            for value in [value for value in values if value.kind == "number"][:1] if sums else []:
                typed = self._fits(sums[0], value)
                if typed is not None:
                    yield value, self._make(sums[0], value, typed)
        elif (found or len(values) > 1) and len(heard.text.split()) < _STORY:
            sums = [name for name in slots if self.version.facts[name].type == "inr" and self._is_wanted(name)]
            bare = [value for value in values if value.kind == "number" and _is_sum(value.value)]
            typed = self._fits(sums[0], bare[0]) if len(sums) == len(bare) == 1 else None
            if typed is not None:
                yield bare[0], self._make(sums[0], bare[0], typed)
        slots.sort(key=lambda name: self.version.slots[name].text.need == "optional")
        lengths = [value for value in values if value.kind == "duration"]
        if len(lengths) == 1 and len(heard.text.split()) <= _FEW_WORDS:
            wanted = [name for name in slots if self._is_wanted(name) and self._fits(name, lengths[0]) is not None]
            typed = self._fits(wanted[0], lengths[0]) if len(wanted) == 1 else None
            if typed is not None:
                yield lengths[0], self._make(wanted[0], lengths[0], typed)
        for kind in dict.fromkeys(value.kind for value in values if value.kind not in _ONLY_ASKED):
            of_kind = [value for value in values if value.kind == kind]
            fitting = [name for name in slots if self._fits(name, of_kind[-1]) is not None]
            if kind == "moment" and _WILL.search(heard.text):
                continue
            if kind == "moment" and (refined := self._refined(of_kind[-1])):
                fitting = [refined]
            if kind == "moment" or (len(fitting) > 1 and kind == "amount"):
                fitting = [name for name in fitting if self._is_wanted(name)]
            if len(fitting) == 1 or (fitting and kind in ("amount", "reference", "moment")):
                typed = self._fits(fitting[0], of_kind[-1])
                if typed is not None:
                    yield of_kind[-1], self._make(fitting[0], of_kind[-1], typed)

    def _refined(self, value: Value) -> str:
        """The fact told by the day or part of day alone, of which `value` gives the hour; empty where there is none."""
        if value.precision != "hour" or not isinstance(value.value, datetime):
            return ""
        rough = [
            name
            for name, told in self.told.items()
            if told.precision in ("day", "part_of_day")
            and datetime.fromisoformat(str(told.value)).date() == value.value.date()
        ]
        return rough[0] if len(rough) == 1 else ""

    def _distance(self, pair: tuple[str, FactValue]) -> Decimal:
        """How many times the told figure is the new one, or the other way round."""
        name, typed = pair
        before, after = abs(Decimal(str(self.told[name].value))) + 1, abs(Decimal(str(typed))) + 1
        return max(before, after) / min(before, after)

    def _is_wanted(self, name: str) -> bool:
        """Whether the slot is one of those that this request asks for, as far as is told."""
        slot = self.version.slots[name]
        if self.known is None:
            return True
        return slot.only_if.held(self.known) is True

    def _corrected(self, heard: Heard, values: list[Value], found: dict[str, Filled]) -> Iterator[tuple[Value, Filled]]:
        """A value in place of one told before, the one that it resembles most."""
        if looks_like_question(heard.text) or (not corrects(heard.text) and len(heard.text) > 25):
            return
        for value in values:
            if value.kind == "yes_no":
                continue
            fitting = [
                (name, typed)
                for name in self.told
                if name in self.version.facts and name not in found and (typed := self._fits(name, value)) is not None
            ]
            if value.kind in ("number", "amount"):
                figures = [pair for pair in fitting if not isinstance(pair[1], str)]
                fitting = figures or (fitting if corrects(heard.text) and self.asked in ("", *self.told) else [])
            if not fitting:
                continue
            if isinstance(fitting[0][1], str):
                name, typed = max(fitting, key=lambda pair: fuzz.ratio(str(self.told[pair[0]].value), str(pair[1])))
                if fuzz.ratio(str(self.told[name].value), str(typed)) < 50:
                    continue
            elif all(isinstance(typed, Decimal) for _, typed in fitting):
                name, typed = min(reversed(fitting), key=self._distance)
                if value.kind == "number" and self._distance((name, typed)) > _FAR:
                    continue
            else:
                name, typed = fitting[-1]
            filled = self._make(name, value, typed)
            if filled.corrects:
                yield value, filled
