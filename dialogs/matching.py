"""Which order record a draft is about, and whether this chat may see it.

A record belongs to whoever the chat's proven identity names, else to who gives its id and a second detail. A wrong id
and another person's id get the same reply.
"""

import re
from collections.abc import Iterable

from dialogs.judging import told_facts
from dialogs.records import CaseView, Record, Records
from dialogs.talk import Draft
from policies.pack import Pack, Version

_AMOUNTS = ("amount_paid", "txn_amount", "order_value", "total_price", "amount_each")
_MOMENTS = ("paid_at", "txn_at", "order_placed_at", "delivered_at")


def same_id(one: str, other: str) -> bool:
    """Whether two ids are the same but for case, blanks and hyphens."""
    return _bare(one) == _bare(other) != ""


def _bare(text: str) -> str:
    return re.sub(r"[^0-9a-z]", "", text.lower())


def id_facts(pack: Pack) -> tuple[str, ...]:
    """The facts that name a subject: those with an id shape of the brand first, then the common ones."""
    return tuple(dict.fromkeys((*(shape.fact for shape in pack.brand.ids), "order_id", "transaction_id", "project")))


def told_ids(pack: Pack, draft: Draft) -> dict[str, str]:
    """The ids that the customer gave, by fact."""
    return {name: str(draft.facts[name].value) for name in id_facts(pack) if name in draft.facts}


def ids_to_look_up(pack: Pack, draft: Draft | None) -> list[str]:
    """Ids that the shell should have looked up for this draft and those linked with it: those told, and those tried
    before.
    """
    if draft is None:
        return []
    tried = [note.removeprefix("tried:") for note in draft.notes if note.startswith("tried:")]
    linked = [each for other in draft.linked for each in ids_to_look_up(pack, other)]
    return [*told_ids(pack, draft).values(), *tried, *linked]


def deciding_facts(version: Version) -> frozenset[str]:
    """The facts that tell which kind of claim a request is."""
    types = version.claim_types.values()
    return frozenset(name for each in types for part in each.applies.comparisons() for name in part.facts)


def _second_detail(record: Record, details: Iterable[str]) -> bool:
    known = {_bare(record.phone)[-10:], _bare(record.email), _bare(record.name)} - {""}
    return any(_bare(detail)[-10:] in known or _bare(detail) in known for detail in details if _bare(detail))


def find_record(records: Records, record_id: str, details: Iterable[str]) -> Record | None:
    """The record of this id, if the chat owns it or one of `details` (phone, e-mail, name) proves it."""
    details = list(details)
    for record in (*records.own, *records.named):
        if same_id(record.id, record_id) and (record.mine or _second_detail(record, details)):
            return record
    return None


def find_by_details(records: Records, version: Version, draft: Draft) -> Record | None:
    """The one own record whose amount and day the customer told."""
    told = told_facts(version, draft)
    amounts = {told[name] for name in _AMOUNTS if name in told}
    days = {str(told[name])[:10] for name in _MOMENTS if name in told}
    fitting = [
        record
        for record in records.own
        if any(_as_number(record.facts.get(name)) in {float(str(amount)) for amount in amounts} for name in _AMOUNTS)
        and any(str(record.facts.get(name, ""))[:10] in days for name in _MOMENTS)
    ]
    return fitting[0] if len(fitting) == 1 else None


def find_only(records: Records, version: Version, draft: Draft) -> Record | None:
    """The customer's only record, where a word that the customer used for its subject is the recorded one."""
    if len(records.own) != 1:
        return None
    record, told = records.own[0], told_facts(version, draft)
    told = {name: value for name, value in told.items() if draft.facts[name].source == "customer"}
    subjects = deciding_facts(version) | (version.facts.keys() & {"project_type", "product", "service", "plan"})
    return record if any(name in told and told[name] == record.facts.get(name) for name in subjects) else None


def _as_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def open_case_for(cases: Iterable[CaseView], subject_ids: Iterable[str], ended: Iterable[str]) -> CaseView | None:
    """This customer's open case about one of `subject_ids`."""
    wanted = list(subject_ids)
    for case in cases:
        if case.state not in ended and case.subject_id and any(same_id(case.subject_id, each) for each in wanted):
            return case
    return None
