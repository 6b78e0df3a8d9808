"""Small packs as text: a shop with two sections of clauses, so that a test names only what matters to it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import yaml

from policies.decide import Decision, decide
from policies.load import load_pack
from policies.pack import Pack

NOW = datetime.fromisoformat("2026-03-12T12:00+05:30")
FOLDER = "2026-01-01"
Raw = dict[str, Any]


def words(text: str) -> Raw:
    """One text in all languages."""
    return {"en": text, "hi": f"{text} (hi)", "hinglish": f"{text} (hinglish)"}


BRAND: Raw = {
    "id": "corner-shop",
    "name": "Corner Shop",
    "about": words("Things and work"),
    "case_prefix": "CS",
    "privacy": words("Kept for the request only"),
}
CLAUSE_IDS = ("1#1", "1#2", "1#3", "2#1", "2#2", "2#3")
FACTS: Raw = {
    "subject": {
        "type": "word",
        "label": words("What it is about"),
        "values": {name: {"label": words(name)} for name in ("thing", "work")},
    },
    "amount_paid": {"type": "inr", "label": words("Amount paid")},
    "fee": {"type": "inr", "label": words("Fee"), "who": "company"},
    "bought_at": {"type": "time", "label": words("Bought on")},
    "broken": {"type": "flag", "label": words("Broken")},
    "opened": {"type": "flag", "label": words("Opened")},
    "sealed_by_seller": {"type": "flag", "label": words("Sealed"), "who": "company", "presumed": True},
    "percent_done": {"type": "percent", "label": words("Work done")},
}


def fact(kind: str, **more: Any) -> Raw:
    """A fact of facts.yaml."""
    return {"type": kind, "label": words("A fact"), **more}


def rule(name: str, when: Any = None, outcome: str = "not_eligible", **more: Any) -> Raw:
    """A rule of claims.yaml; it cites 1#1 unless told."""
    given = {"when": when} if when is not None else {}
    return {"id": name, **given, "outcome": outcome, "clauses": ["1#1"], "says": words(name), **more}


def conflict(name: str, on: str = "outcome", clauses: Iterable[str] = ("1#1", "2#1")) -> Raw:
    """A conflict of claims.yaml."""
    return {"id": name, "on": on, "clauses": list(clauses), "says": words(name)}


def claim_type(rules: Iterable[Raw] = (), **more: Any) -> Raw:
    """A claim type about things."""
    return {
        "name": words("Thing"),
        "applies": 'subject == "thing"',
        "paid": "amount_paid",
        "slots": [],
        "rules": list(rules),
        **more,
    }


def clauses_file(ids: Iterable[str] = CLAUSE_IDS) -> Raw:
    """clauses.yaml."""
    ids = list(ids)
    return {
        "sections": {name: {"title": words(f"Section {name}")} for name in dict.fromkeys(i.split("#")[0] for i in ids)},
        "clauses": [
            {"id": i, "section": i.split("#")[0], "label": words(f"Clause {i}"[:9]), "says": words(f"Says {i}")}
            for i in ids
        ],
    }


def pack_texts(
    rules: Iterable[Raw] = (),
    *,
    facts: Mapping[str, Raw] | None = None,
    slots: Mapping[str, Raw] | None = None,
    claim_types: Mapping[str, Raw] | None = None,
    version: Mapping[str, Any] | None = None,
    rulings: Iterable[Raw] = (),
    brand: Mapping[str, Any] | None = None,
    clauses: Raw | None = None,
    type_more: Mapping[str, Any] | None = None,
    **claims: Any,
) -> dict[str, str]:
    """The texts of a pack with one version; `claims` are further keys of claims.yaml, such as `conflicts`."""
    types = dict(claim_types) if claim_types is not None else {"thing": claim_type(rules, **(type_more or {}))}
    parts: dict[str, Any] = {
        "brand.yaml": {**BRAND, **(brand or {})},
        f"{FOLDER}/version.yaml": {
            "in_force_from": FOLDER,
            "dated_by_source": False,
            "source_ids": list(CLAUSE_IDS),
            **(version or {}),
        },
        f"{FOLDER}/clauses.yaml": clauses or clauses_file(),
        f"{FOLDER}/facts.yaml": {"facts": {**FACTS, **(facts or {})}, "slots": dict(slots or {})},
        f"{FOLDER}/claims.yaml": {"claim_types": types, **claims},
    }
    if rulings:
        parts[f"{FOLDER}/rulings.yaml"] = {"rulings": list(rulings)}
    return {
        path: yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=200).replace(f"'{FOLDER}'", FOLDER)
        for path, data in parts.items()
    }


def pack(rules: Iterable[Raw] = (), **more: Any) -> Pack:
    """A loaded pack; see `pack_texts`."""
    return load_pack(pack_texts(rules, **more))


def judged(made: Pack, now: datetime = NOW, claim: str | None = None, **facts: object) -> Decision:
    """The decision of `made` on raw facts about a thing."""
    told = made.newest.read_claim({"subject": "thing", **facts})
    return decide(told, made, now, claim)
