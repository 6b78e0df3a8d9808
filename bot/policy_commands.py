"""The bodies of `refund-desk policy …` and `refund-desk assess`: packs in words, checks, decisions on given facts."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.decisions import decision_as_json
from bot.packs import brand_names, pack_texts, read_pack
from bot.questions import read_held_back, read_questions, read_silent
from policies.check import Finding, check_pack
from policies.decide import UnclearClaim, decide_for_any
from policies.facts import BadFact
from policies.pack import Pack, Version
from policies.yaml_source import PackError

UNDECIDED: dict[str, Any] = {
    "outcome": None,
    "amount": None,
    "clauses": [],
    "conflicts": [],
    "eta_business_days": None,
    "missing": [],
    "presumed": [],
    "parts": None,
    "max_allowed": None,
    "because": [],
}


class BadInput(ValueError):
    """A file or an argument is not as it should be; the message is one line that says where and what to do."""


def list_packs() -> Iterator[dict[str, Any]]:
    """One object per pack: id, name, versions, how many clauses, claim types and rules."""
    for brand in brand_names():
        pack = read_pack(brand)
        version = pack.newest
        rules = sum(len(claim_type.rules) for claim_type in version.claim_types.values())
        yield {
            "id": brand,
            "name": pack.brand.name,
            "versions": [each.in_force_from.isoformat() for each in pack.versions],
            "clauses": len(version.clauses),
            "claim_types": len(version.claim_types),
            "rules": rules,
        }


def show(brand: str) -> Iterator[dict[str, Any]]:
    """Every clause of the newest version: id, section, title, says (English), and in `words` all languages."""
    version = read_pack(brand).newest
    for clause in version.clauses.values():
        yield {
            "id": clause.id,
            "section": clause.section,
            "title": version.section_title(clause.id).en,
            "says": clause.says.en,
            "words": clause.says.model_dump(),
        }


def check(brands: Iterable[str]) -> Iterator[tuple[str, Finding]]:
    """What is found in each pack; a pack that does not load is one error per problem."""
    for brand in list(brands) or brand_names():
        try:
            texts = pack_texts(brand)
            pack = read_pack(brand)
            questions = {}
            for version in pack.versions:
                date = version.in_force_from.isoformat()
                questions[date] = read_questions(texts, date)
                read_silent(texts, date)
                read_held_back(texts, date)
        except PackError as error:
            yield from ((brand, Finding("error", "does not load", str(each), "")) for each in error.problems)
            continue
        yield from ((brand, finding) for finding in check_pack(pack, questions))


def diff(brand: str, older: str = "", newer: str = "") -> Iterator[dict[str, Any]]:
    """What changed between two versions (dates; the last two unless given): clauses and rules added, gone, changed."""
    pack = read_pack(brand)
    if len(pack.versions) < 2 and not (older and newer):
        return
    old = _version(pack, older) if older else pack.versions[-2]
    new = _version(pack, newer) if newer else pack.versions[-1]
    for kind, before, after in (
        ("clause", _clause_texts(old), _clause_texts(new)),
        ("rule", _rule_texts(old), _rule_texts(new)),
    ):
        for name in dict.fromkeys((*before, *after)):
            if before.get(name) != after.get(name):
                change = "added" if name not in before else "gone" if name not in after else "changed"
                yield {
                    "kind": kind,
                    "id": name,
                    "change": change,
                    "before": before.get(name),
                    "after": after.get(name),
                }


def _version(pack: Pack, date: str) -> Version:
    for version in pack.versions:
        if version.in_force_from.isoformat() == date:
            return version
    there = ", ".join(version.in_force_from.isoformat() for version in pack.versions)
    raise BadInput(f"{pack.id} has no version {date}; there are: {there}")


def _clause_texts(version: Version) -> dict[str, str]:
    return {clause.id: clause.says.en for clause in version.clauses.values()}


def _rule_texts(version: Version) -> dict[str, str]:
    return {
        f"{claim_type.id}.{rule.id}": json.dumps(rule.text.model_dump(mode="json", exclude={"says", "way_on"}))
        for claim_type in version.claim_types.values()
        for rule in claim_type.rules
    }


def read_now(text: str | None) -> datetime | None:
    """`--now` as an aware moment. Raises `BadInput`."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--now {text!r} is no moment; write it like 2026-03-12T18:00+05:30") from None
    if moment.tzinfo is None:
        raise BadInput(f"--now {text!r} has no offset; write it like 2026-03-12T18:00+05:30")
    return moment


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a JSON-lines file with their line numbers. Raises `BadInput` naming file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadInput(f"{path}:{number}: not JSON: {error.msg}") from None
        if not isinstance(item, dict):
            raise BadInput(f"{path}:{number}: expected an object")
        yield number, item


def assess(brand: str, facts: dict[str, Any], now: datetime | None) -> dict[str, Any]:
    """The decision on `facts` as JSON; `missing` says what would tell which kind of claim it is. Raises `BadInput`."""
    moment = now or datetime.now(UTC)
    try:
        pack = read_pack(brand)
        claim = pack.newest.read_claim(facts)
        version, _ = pack.version_for(claim, moment)
        return decision_as_json(decide_for_any(version.read_claim(facts), pack, moment))
    except UnclearClaim as unclear:
        return {**UNDECIDED, "missing": list(unclear.missing)}
    except (PackError, BadFact) as error:
        raise BadInput(str(error).splitlines()[0]) from None


def assess_file(brand: str, path: Path, now: datetime | None) -> dict[str, Any]:
    """The decision on the facts in a JSON file. Raises `BadInput`."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{path}: not JSON: {error}") from None
    if not isinstance(facts, dict):
        raise BadInput(f"{path}: expected one object of facts")
    return {"id": path.stem, **assess(brand, facts, now)}


def assess_batch(path: Path, now: datetime | None) -> Iterator[dict[str, Any]]:
    """One decision for each line `{"id", "brand", "facts", "now"}` of a file.

    A line whose facts do not fit gives its `error`, with the line's number, and the others are judged all the same.
    Raises `BadInput` where the file is not JSON lines.
    """
    for number, item in read_lines(path):
        try:
            moment = read_now(item.get("now")) or now
            facts = item.get("facts")
            if not isinstance(facts, dict) or not isinstance(item.get("brand"), str):
                raise BadInput("expected brand (a name) and facts (an object)")
            yield {"id": item.get("id"), **assess(item["brand"], facts, moment)}
        except BadInput as error:
            yield {"id": item.get("id"), **UNDECIDED, "error": f"{path}:{number}: {error}"}
