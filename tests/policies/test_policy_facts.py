"""Facts: each type takes what fits, refuses what does not, and names the fact and the value when it refuses."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pack_factory import fact, pack, words

from policies.facts import BadFact, FactType, as_moment, read_fact, show_fact

INDIA = timezone(timedelta(hours=5, minutes=30))

GOOD: list[tuple[FactType, object, Any]] = [
    ("inr", 100, Decimal(100)),
    ("inr", 0, Decimal(0)),
    ("inr", 0.01, Decimal("0.01")),
    ("inr", 2499.99, Decimal("2499.99")),
    ("inr", "2499.90", Decimal("2499.90")),
    ("inr", Decimal("1.5"), Decimal("1.5")),
    ("inr", 12345678.99, Decimal("12345678.99")),
    ("percent", 0, Decimal(0)),
    ("percent", 100, Decimal(100)),
    ("percent", 33.333, Decimal("33.333")),
    ("count", 0, Decimal(0)),
    ("count", 3.0, Decimal("3.0")),
    ("count", "12", Decimal(12)),
    ("number", -3.5, Decimal("-3.5")),
    ("flag", True, True),
    ("flag", False, False),
    ("word", "upi", "upi"),
    ("text", "anything at all", "anything at all"),
    ("text", 4711, "4711"),
    ("text", "", ""),
    ("time", "2026-03-11T13:00+05:30", datetime(2026, 3, 11, 13, tzinfo=INDIA)),
    ("time", "2026-03-11T07:30:00Z", datetime(2026, 3, 11, 7, 30, tzinfo=UTC)),
    ("time", datetime(2026, 3, 11, 7, 30, tzinfo=UTC), datetime(2026, 3, 11, 7, 30, tzinfo=UTC)),
    ("date", "2026-03-11", date(2026, 3, 11)),
    ("date", "2026-03-11T13:00+05:30", date(2026, 3, 11)),
    ("date", date(2026, 3, 11), date(2026, 3, 11)),
    ("date", datetime(2026, 3, 11, 23, 59, tzinfo=UTC), date(2026, 3, 11)),
    ("date", "2028-02-29", date(2028, 2, 29)),
]


@pytest.mark.parametrize(("kind", "value", "expected"), GOOD)
def test_what_fits_becomes_a_typed_value(kind: FactType, value: object, expected: Any) -> None:
    found = read_fact("it", kind, value, ("upi", "cash") if kind == "word" else ())
    assert found == expected
    assert type(found) is type(expected)


BAD: list[tuple[FactType, object, str]] = [
    ("inr", -0.01, "an amount in rupees, zero or more, with at most two decimals"),
    ("inr", 1.005, "at most two decimals"),
    ("inr", True, "an amount in rupees"),
    ("inr", "a lot", "an amount in rupees"),
    ("inr", "1,000", "an amount in rupees"),
    ("inr", [1], "an amount in rupees"),
    ("inr", float("inf"), "an amount in rupees"),
    ("inr", float("nan"), "an amount in rupees"),
    ("percent", -1, "a percentage from 0 to 100"),
    ("percent", 100.01, "a percentage from 0 to 100"),
    ("percent", "NaN", "a percentage from 0 to 100"),
    ("count", -1, "a whole number, zero or more"),
    ("count", 1.5, "a whole number, zero or more"),
    ("count", False, "a whole number, zero or more"),
    ("number", "Infinity", "a number"),
    ("number", {}, "a number"),
    ("flag", 1, "true or false"),
    ("flag", "true", "true or false"),
    ("word", "cheque", "one of: upi, cash"),
    ("word", 3, "one of: upi, cash"),
    ("text", True, "a text"),
    ("text", ["a"], "a text"),
    ("time", "2026-03-11T13:00", "a moment in ISO 8601 with its offset, such as 2026-03-11T13:00+05:30"),
    ("time", "2026-03-11", "with its offset"),
    ("time", "yesterday", "a moment in ISO 8601"),
    ("time", date(2026, 3, 11), "a moment in ISO 8601"),
    ("time", 1773214200, "a moment in ISO 8601"),
    ("date", "11.03.2026", "a date such as 2026-03-11"),
    ("date", "2026-02-29", "a date such as 2026-03-11"),
    ("date", "2026-03-11Tmorning", "a date such as 2026-03-11"),
    ("date", 20260311, "a date such as 2026-03-11"),
]


@pytest.mark.parametrize(("kind", "value", "expected"), BAD)
def test_what_does_not_fit_is_refused_by_fact_and_value(kind: FactType, value: object, expected: str) -> None:
    with pytest.raises(BadFact) as refused:
        read_fact("it", kind, value, ("upi", "cash") if kind == "word" else ())
    assert refused.value.name == "it"
    assert str(refused.value).startswith(f"fact 'it': {value!r} is not ")
    assert expected in str(refused.value)


def test_a_word_without_named_values_is_free() -> None:
    assert read_fact("plan", "word", "anything") == "anything"


def test_money_is_never_a_float_on_the_way_in() -> None:
    assert read_fact("paid", "inr", 0.1) + read_fact("paid", "inr", 0.2) == Decimal("0.3")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("2500.00"), 2500),
        (Decimal("2499.99"), 2499.99),
        (Decimal(0), 0),
        (True, True),
        ("upi", "upi"),
        (datetime(2026, 3, 11, 13, tzinfo=INDIA), "2026-03-11T13:00:00+05:30"),
        (date(2026, 3, 11), "2026-03-11"),
    ],
)
def test_a_value_is_shown_as_json_can_carry_it(value: Any, shown: object) -> None:
    assert show_fact(value) == shown
    assert type(show_fact(value)) is type(shown)


def test_a_date_as_a_moment_is_its_first_second_where_the_company_is() -> None:
    zone = ZoneInfo("Asia/Kolkata")
    assert as_moment(date(2026, 3, 11), zone) == datetime(2026, 3, 10, 18, 30, tzinfo=UTC)
    assert as_moment(datetime(2026, 3, 11, tzinfo=UTC), zone) == datetime(2026, 3, 11, tzinfo=UTC)


def test_what_is_no_moment_says_so() -> None:
    with pytest.raises(TypeError, match="'upi' is no moment"):
        as_moment("upi", ZoneInfo("Asia/Kolkata"))


def test_null_in_a_claim_is_unknown_and_left_out() -> None:
    version = pack().newest
    assert version.read_claim({"subject": "thing", "broken": None}) == {"subject": "thing"}


def test_false_in_a_claim_is_known() -> None:
    assert pack().newest.read_claim({"broken": False}) == {"broken": False}


def test_a_claim_with_a_strange_fact_is_refused() -> None:
    with pytest.raises(BadFact, match=r"fact 'colour': 'red' is not a fact of this brand"):
        pack().newest.read_claim({"colour": "red"})


def test_a_word_outside_the_packs_values_is_refused_with_the_values() -> None:
    made = pack(facts={"plan": fact("word", values={"small": {"label": words("S")}, "big": {"label": words("B")}})})
    with pytest.raises(BadFact, match="'huge' is not one of: small, big"):
        made.newest.read_claim({"plan": "huge"})
