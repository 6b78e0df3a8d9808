"""Derived and presumed facts: what follows from what was told, and what each value rests on."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pack_factory import NOW, fact, pack

from policies.derived import Known
from policies.yaml_source import PackError


def known(facts: dict[str, Any], now: datetime = NOW, **told: object) -> Known:
    """What is known when `told` is, in a pack with `facts` of its own."""
    made = pack(facts=facts)
    return made.newest.complete(made.newest.read_claim(told), now, made.calendar)


def derived(kind: str, told: dict[str, object], **derive: Any) -> Any:
    """The value of a fact of type `kind` derived so, between the moments or dates `start` and `end`."""
    extra = {name: fact("time") for name in ("start", "end")} | {"note": fact("text"), "other": fact("number")}
    return known(extra | {"found": fact(kind, derive=derive)}, **told).values.get("found")


MARCH = {"start": "2026-03-10T10:00+05:30"}


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        ("2026-03-12T10:00+05:30", Decimal(48)),
        ("2026-03-12T10:00:36+05:30", Decimal("48.01")),
        ("2026-03-12T04:30:00Z", Decimal(48)),
        ("2026-03-10T09:30+05:30", Decimal("-0.5")),
    ],
)
def test_hours_run_by_the_clock_across_zones(end: str, hours: Decimal) -> None:
    assert derived("number", MARCH | {"end": end}, hours=["start", "end"]) == hours


def test_a_microsecond_more_than_48_hours_is_more_than_48() -> None:
    found = derived("number", MARCH | {"end": "2026-03-12T10:00:00.000001+05:30"}, hours=["start", "end"])
    assert found > 48


@pytest.mark.parametrize(
    ("end", "days"), [("2026-03-17T10:00+05:30", Decimal(7)), ("2026-03-17T22:00+05:30", Decimal("7.5"))]
)
def test_days_run_by_the_clock(end: str, days: Decimal) -> None:
    assert derived("number", MARCH | {"end": end}, days=["start", "end"]) == days


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-10T00:00+05:30", "2026-03-10T23:59+05:30", 0),
        ("2026-03-10T23:59+05:30", "2026-03-11T00:00+05:30", 1),
        ("2026-03-09T18:31:00Z", "2026-03-10T18:29:00Z", 0),
        ("2026-12-31T12:00+05:30", "2027-01-01T12:00+05:30", 1),
        ("2028-02-28T12:00+05:30", "2028-03-01T12:00+05:30", 2),
    ],
)
def test_calendar_days_compare_dates_where_the_company_is(start: str, end: str, days: int) -> None:
    assert derived("number", {"start": start, "end": end}, calendar_days=["start", "end"]) == days


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-03-13T18:00+05:30", "2026-03-15T18:00+05:30", 0),
        ("2026-03-13T18:00+05:30", "2026-03-16T00:00+05:30", 1),
        ("2026-01-23T10:00+05:30", "2026-01-27T10:00+05:30", 1),
    ],
)
def test_working_days_leave_out_the_start_weekends_and_holidays(start: str, end: str, days: int) -> None:
    assert derived("number", {"start": start, "end": end}, working_days=["start", "end"]) == days


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-05T10:00+05:30", "2026-02-05T09:59+05:30", 0),
        ("2026-01-05T10:00+05:30", "2026-02-05T10:00+05:30", 1),
        ("2026-01-05T10:00+05:30", "2027-01-05T10:00+05:30", 12),
        ("2026-01-31T10:00+05:30", "2026-02-28T23:00+05:30", 0),
        ("2026-01-31T10:00+05:30", "2026-03-01T00:00+05:30", 1),
        ("2026-01-05T04:30:00Z", "2026-02-05T10:00+05:30", 1),
    ],
)
def test_whole_months_end_on_the_same_day_and_minute(start: str, end: str, months: int) -> None:
    assert derived("number", {"start": start, "end": end}, months=["start", "end"]) == months


def test_a_span_with_an_unknown_end_is_unknown() -> None:
    for span in ("hours", "days", "calendar_days", "working_days", "months"):
        assert derived("number", MARCH, **{span: ["start", "end"]}) is None


def test_arithmetic_over_facts() -> None:
    assert derived("number", {"other": 12, "amount_paid": 100.5}, value="amount_paid - other") == Decimal("88.5")
    assert derived("number", {"other": 12}, value="amount_paid - other") is None
    assert derived("number", {"other": 0, "amount_paid": 5}, value="amount_paid / other") is None


def test_a_flag_that_holds_where_its_condition_does() -> None:
    holds = {"all": ["other > 7", "broken == true"]}
    assert derived("flag", {"other": 8, "broken": True}, holds=holds) is True
    assert derived("flag", {"other": 7}, holds=holds) is False
    assert derived("flag", {"other": 8}, holds=holds) is None


def test_the_first_of_several_facts_that_is_known() -> None:
    assert derived("number", {"amount_paid": 5, "other": 6}, first=["other", "amount_paid"]) == 6
    assert derived("number", {"amount_paid": 5}, first=["other", "amount_paid"]) == 5
    assert derived("number", {}, first=["other", "amount_paid"]) is None


def test_a_table_by_a_word() -> None:
    table = {"thing": 7, "work": 30}
    assert derived("number", {"subject": "work"}, by="subject", table=table) == 30
    assert derived("number", {}, by="subject", table=table) is None
    assert derived("number", {"subject": "work"}, by="subject", table={"thing": 7}) is None


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("only TESTED it", True),
        ("test", True),
        ("un-test", True),
        ("the latest attestation", False),
        ("nothing of the kind", False),
        ("बस एक बार लगाया", True),
    ],
)
def test_a_text_that_has_a_word_with_this_beginning(note: str, found: bool) -> None:
    assert derived("flag", {"note": note}, mentions="note", words=["test", "एक बार"]) is found


def test_a_text_that_was_not_told_mentions_nothing_known() -> None:
    assert derived("flag", {}, mentions="note", words=["test"]) is None


def test_what_was_told_wins_over_what_follows() -> None:
    extra = {"late": fact("flag", derive={"holds": "percent_done > 50"})}
    assert known(extra, percent_done=80, late=False).values["late"] is False


def test_a_derived_fact_may_rest_on_another_in_any_order() -> None:
    extra = {
        "late": fact("flag", derive={"holds": "hours > 48"}),
        "hours": fact("number", derive={"hours": ["bought_at", "requested_at"]}),
    }
    assert known(extra, bought_at="2026-03-10T11:59+05:30").values["late"] is True
    assert known(extra, bought_at="2026-03-10T12:00+05:30").values["late"] is False


def test_the_request_is_made_now_unless_told_and_now_is_always_known() -> None:
    assert known({}).values["requested_at"] == NOW
    told = known({"requested_at": fact("time")}, requested_at="2026-03-01T10:00+05:30")
    assert told.values["requested_at"] == datetime.fromisoformat("2026-03-01T10:00+05:30")
    assert told.values["now"] == NOW


def test_a_presumed_value_is_used_and_marked_until_told() -> None:
    assert known({}).values["sealed_by_seller"] is True
    assert known({}).presumptions == {"sealed_by_seller": frozenset({"sealed_by_seller"})}
    assert known({}, sealed_by_seller=True).presumptions == {}
    assert known({}, sealed_by_seller=False).values["sealed_by_seller"] is False


def test_what_follows_goes_before_what_is_presumed() -> None:
    extra = {"late": fact("flag", derive={"holds": "percent_done > 50"}, presumed=False)}
    assert known(extra).values["late"] is False
    assert known(extra).presumptions["late"] == {"late"}
    assert known(extra, percent_done=80).values["late"] is True
    assert "late" not in known(extra, percent_done=80).presumptions


def test_a_fact_may_be_presumed_to_be_what_another_is() -> None:
    extra = {"billed": fact("inr", presumed_as="amount_paid")}
    assert known(extra, amount_paid=80).values["billed"] == 80
    assert known(extra, amount_paid=80).presumptions == known({}).presumptions | {"billed": frozenset({"billed"})}
    assert known(extra, amount_paid=80, billed=70).values["billed"] == 70
    assert "billed" not in known(extra).values


def test_what_follows_from_a_presumption_rests_on_it() -> None:
    extra = {
        "charge": fact("inr", presumed=100),
        "left": fact("number", derive={"value": "amount_paid - charge"}),
        "enough": fact("flag", derive={"holds": "left > 0"}),
    }
    found = known(extra, amount_paid=150)
    assert found.values["enough"] is True
    assert found.presumptions["left"] == found.presumptions["enough"] == {"charge"}
    assert found.presumed_in(["enough", "left", "sealed_by_seller"]) == ["charge", "sealed_by_seller"]
    assert known(extra, amount_paid=150, charge=20).presumptions == known({}).presumptions


def test_a_circle_is_told_with_its_way() -> None:
    extra = {
        "one": fact("number", derive={"value": "two + 1"}),
        "two": fact("number", derive={"value": "one + 1"}),
    }
    with pytest.raises(PackError, match="facts derived in a circle: one → two → one"):
        pack(facts=extra)


def test_a_fact_derived_from_itself_is_a_circle() -> None:
    with pytest.raises(PackError, match="facts derived in a circle: one → one"):
        pack(facts={"one": fact("number", derive={"value": "one + 1"})})


@pytest.mark.parametrize(
    ("derive", "reason"),
    [
        ({"hours": ["bought_at", "sold_at"]}, "is derived from 'sold_at', which is no fact"),
        ({"first": ["sold_at"]}, "is derived from 'sold_at', which is no fact"),
        ({"mentions": "remark", "words": ["a"]}, "is derived from 'remark', which is no fact"),
        ({"value": "amount_payd - 1"}, "did you mean 'amount_paid'?"),
        ({"holds": "amount_payd > 1"}, "did you mean 'amount_paid'?"),
        ({"hours": ["bought_at", "bought_at"], "value": "1"}, "give exactly one of"),
        ({}, "give exactly one of"),
        ({"by": "subject"}, "give exactly one of"),
        ({"mentions": "subject"}, "give exactly one of"),
    ],
)
def test_a_derivation_that_cannot_work_is_refused(derive: dict[str, Any], reason: str) -> None:
    with pytest.raises(PackError) as refused:
        pack(facts={"found": fact("number", derive=derive)})
    assert reason in str(refused.value)


def test_a_table_entry_of_the_wrong_type_is_refused() -> None:
    with pytest.raises(PackError, match="fact 'found': 'soon' is not a whole number"):
        pack(facts={"found": fact("count", derive={"by": "subject", "table": {"thing": "soon"}})})


def test_a_fact_presumed_to_be_what_no_fact_is_is_refused() -> None:
    with pytest.raises(PackError, match="found is presumed to be 'nothing', which is no fact"):
        pack(facts={"found": fact("inr", presumed_as="nothing")})
