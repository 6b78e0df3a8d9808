"""Facts, moments and conditions in words, in the customer's language."""

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from policies import files
from policies.conditions import Comparison
from policies.decide import Tested
from policies.derived import Known
from policies.facts import FactValue
from policies.money import show_rupees
from policies.pack import Version

_LOCALES = {"hi": "hi_IN"}
_CONDITION = re.compile(r"(?P<fact>\w+)\s*(?P<sign>==|!=|<=|>=|<|>|in)\s*(?P<wanted>.+)")
_SIGNS = {"==": "", "!=": "≠ ", "<=": "≤ ", ">=": "≥ ", "<": "< ", ">": "> ", "in": ""}
_YES_NO = {"en": ("yes", "no"), "hi": ("हाँ", "नहीं"), "hinglish": ("haan", "nahi")}


def show_moment(moment: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """`11 Mar 2026, 18:42 IST`: the day, the year and the time where the company is."""
    local = moment.astimezone(zone)
    return format_datetime(local, "d MMM y, HH:mm", locale=_LOCALES.get(language, "en_IN")) + f" {local.tzname()}"


def show_day(day: date, language: str = "en") -> str:
    """`Wed 11 Mar 2026`."""
    return format_date(day, "EEE d MMM y", locale=_LOCALES.get(language, "en_IN"))


def show_number(number: Decimal) -> str:
    """A plain number with at most two decimals and none that say nothing."""
    text = f"{number:.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_span(seconds: float, language: str = "en") -> str:
    """`5 h 42 min`, `3 d 4 h`: two units at most, rounded down."""
    minutes = int(seconds // 60)
    units = {"en": ("d", "h", "min"), "hi": ("दिन", "घंटे", "मिनट"), "hinglish": ("din", "ghante", "min")}[language]
    parts = list(zip((minutes // 1440, minutes % 1440 // 60, minutes % 60), units, strict=True))
    shown = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(shown[:2]) or f"0 {units[2]}"


def show_value(fact: files.Fact, value: FactValue, zone: ZoneInfo, language: str) -> str:
    """`value` as the customer reads it in summaries: a label for words and flags, rupees, a moment."""
    if isinstance(value, bool):
        choice = (fact.values or {}).get("true" if value else "false")
        return choice.label.in_(language) if choice else _YES_NO[language][0 if value else 1]
    if isinstance(value, Decimal):
        if fact.type == "inr":
            return show_rupees(value)
        return show_number(value) + ("%" if fact.type == "percent" else "")
    if isinstance(value, datetime):
        return show_moment(value, zone, language)
    if isinstance(value, date):
        return show_day(value, language)
    choice = (fact.values or {}).get(value)
    return choice.label.in_(language) if choice else str(value)


def _wanted(version: Version, fact: files.Fact, text: str, zone: ZoneInfo, language: str) -> str:
    words = re.findall(r'"([^"]*)"', text)
    if words:
        return " / ".join(show_value(fact, word, zone, language) for word in words)
    if text in ("true", "false"):
        return show_value(fact, text == "true", zone, language)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return show_value(fact, Decimal(text), zone, language)
    return version.facts[text].label.in_(language) if text in version.facts else text


def show_condition(version: Version, tested: Tested | Comparison, known: Known, zone: ZoneInfo, language: str) -> str:
    """A condition in words with what is known: `Hours to report: ≤ 48 (49)`."""
    text = tested.condition if isinstance(tested, Tested) else tested.text
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        return version.facts[text].label.in_(language) if text in version.facts else text
    fact = version.facts.get(match["fact"])
    if fact is None:
        return text
    wanted = _SIGNS[match["sign"]] + _wanted(version, fact, match["wanted"].strip(), zone, language)
    shown = f"{fact.label.in_(language)}: {wanted}"
    if match["fact"] in known.values:
        shown += f" ({show_value(fact, known.values[match['fact']], zone, language)})"
    return shown
