"""Amounts: a base less named deductions, a percentage, a range; never below zero, never above what was paid."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_factory import conflict, fact, judged, pack, rule, words

from policies.decide import Sum
from policies.yaml_source import PackError

EXTRA = {"deposit": fact("inr"), "vendor": fact("percent"), "platform": fact("percent"), "tip": fact("inr", presumed=0)}


def less(what: str, clause: str = "1#2", **more: Any) -> dict[str, Any]:
    return {"what": words(what), "clause": clause, **more}


def amount(given: dict[str, Any], outcome: str = "partial_refund", **facts: object) -> Sum | None:
    """The sum that a single rule with this amount gives on `facts`."""
    decision = judged(pack([rule("pays", outcome=outcome, amount=given)], facts=EXTRA), **facts)
    assert decision.outcome == outcome
    return decision.amount


def test_a_base_alone_is_one_figure() -> None:
    found = amount({"base": "amount_paid"}, amount_paid=999.99)
    assert found
    assert found.is_exact
    assert found.high == Decimal("999.99")


def test_deductions_are_taken_off_and_named_with_their_clauses() -> None:
    found = amount(
        {"base": "amount_paid", "less": [less("fee", value="fee"), less("stamp", "2#1", value=20)]},
        amount_paid=1000,
        fee=150.5,
    )
    assert found
    assert (found.low, found.high) == (Decimal("829.50"), Decimal("829.50"))
    assert [(item.what.en, item.clause, item.high) for item in found.less] == [
        ("fee", "1#2", Decimal("150.5")),
        ("stamp", "2#1", Decimal(20)),
    ]


def test_an_open_deduction_gives_a_range() -> None:
    found = amount({"base": "amount_paid", "less": [less("charge", between=[100, 300])]}, amount_paid=1000)
    assert found
    assert (found.low, found.high) == (Decimal(700), Decimal(900))
    assert not found.is_exact


def test_an_unknown_deduction_may_take_all_or_nothing() -> None:
    rules = [rule("pays", outcome="partial_refund", amount={"base": "amount_paid", "less": [less("fee", value="fee")]})]
    decision = judged(pack(rules), amount_paid=1000)
    assert decision.amount
    assert (decision.amount.low, decision.amount.high) == (Decimal(0), Decimal(1000))
    assert decision.missing == ("fee",)


@pytest.mark.parametrize(("paid", "low", "high"), [(301, 1, 201), (300, 0, 200), (100, 0, 0), (99, 0, 0), (0, 0, 0)])
def test_an_amount_is_never_below_zero(paid: int, low: int, high: int) -> None:
    found = amount({"base": "amount_paid", "less": [less("charge", between=[100, 300])]}, amount_paid=paid)
    assert found
    assert (found.low, found.high) == (Decimal(low), Decimal(high))


def test_an_amount_is_never_above_what_was_paid() -> None:
    found = amount({"base": "deposit"}, deposit=5000, amount_paid=1200)
    assert found
    assert found.high == Decimal(1200)
    unknown = amount({"base": "deposit"}, deposit=5000)
    assert unknown
    assert unknown.high == Decimal(5000)


def test_at_most_stands_in_place_of_what_was_paid() -> None:
    found = amount({"base": "amount_paid", "at_most": "deposit"}, deposit=500, amount_paid=1200)
    assert found
    assert found.high == Decimal(500)


def test_a_percentage_is_of_what_is_left_and_rounded_half_up() -> None:
    given = {"base": "amount_paid", "less": [less("fee", value="fee")], "percent": "100 - percent_done"}
    found = amount(given, amount_paid=1000.01, fee=0, percent_done=50)
    assert found
    assert (found.percent, found.high) == (Decimal(50), Decimal("500.01"))
    after = amount(given, amount_paid=1000, fee=200, percent_done=25)
    assert after
    assert after.high == Decimal(600)


def test_without_its_percentage_or_base_an_amount_is_unknown() -> None:
    assert amount({"base": "amount_paid", "percent": "percent_done"}, amount_paid=100) is None
    assert amount({"base": "amount_paid"}) is None


def test_what_an_unknown_amount_needs_is_missing() -> None:
    decision = judged(pack([rule("pays", outcome="full_refund", amount={"base": "amount_paid"})]))
    assert decision.outcome == "full_refund"
    assert decision.amount is None
    assert decision.missing == ("amount_paid",)


def test_a_range_in_place_of_a_base() -> None:
    found = amount({"between": [0, "amount_paid - fee"]}, "needs_review", amount_paid=500, fee=80)
    assert found
    assert (found.low, found.high) == (Decimal(0), Decimal(420))


def test_parts_share_the_amount_to_the_paisa() -> None:
    given = {"base": "amount_paid", "parts": {"vendor": "vendor", "platform": "platform"}}
    found = amount(given, amount_paid=333.33, vendor=94, platform=6)
    assert found
    assert found.parts == {"vendor": Decimal("313.33"), "platform": Decimal("20.00")}


@pytest.mark.parametrize("shares", [{"vendor": 94}, {"vendor": 0, "platform": 0}])
def test_without_all_shares_nothing_is_split(shares: dict[str, int]) -> None:
    found = amount(
        {"base": "amount_paid", "parts": {"vendor": "vendor", "platform": "platform"}}, amount_paid=9, **shares
    )
    assert found
    assert found.parts is None


def test_a_refusal_and_a_replacement_give_no_money() -> None:
    for outcome in ("not_eligible", "replacement"):
        decision = judged(pack([rule("it", outcome=outcome)]), amount_paid=100)
        assert decision.amount
        assert (decision.amount.low, decision.amount.high) == (0, 0)


def test_the_most_that_could_be_asked_for() -> None:
    rules = [rule("too_much", "deposit > amount_paid", max_allowed="amount_paid - fee")]
    assert judged(pack(rules, facts=EXTRA), deposit=9, amount_paid=5, fee=1).max_allowed == Decimal(4)
    assert judged(pack(rules, facts=EXTRA), deposit=9, amount_paid=5, fee=8).max_allowed == 0
    assert judged(pack(rules, facts=EXTRA), deposit=9, amount_paid=5).max_allowed is None


def test_presumed_facts_of_an_amount_are_marked() -> None:
    rules = [rule("pays", outcome="full_refund", amount={"base": "amount_paid - tip"})]
    assert judged(pack(rules, facts=EXTRA), amount_paid=5).presumed == ("tip",)
    assert judged(pack(rules, facts=EXTRA), amount_paid=5, tip=1).presumed == ()


def test_what_is_deducted_is_cited_only_where_something_is() -> None:
    rules = [
        rule(
            "pays", outcome="partial_refund", amount={"base": "amount_paid", "less": [less("fee", "2#2", value="fee")]}
        )
    ]
    assert judged(pack(rules), amount_paid=100, fee=10).clauses == ("1#1", "2#2")
    assert judged(pack(rules), amount_paid=100, fee=0).clauses == ("1#1",)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "an amount has either base or between"),
        ({"base": 1, "between": [0, 1]}, "an amount has either base or between"),
        ({"base": 1, "less": [less("fee")]}, "a deduction has either value or between"),
        ({"base": 1, "less": [less("fee", value=1, between=[0, 1])]}, "a deduction has either value or between"),
        ({"base": "amount_payd"}, "did you mean 'amount_paid'?"),
        ({"base": 'subject == "thing"'}, "only facts, numbers"),
        ({"base": 1, "less": [less("fee", "9#9", value=1)]}, "clause '9#9' is not stated"),
    ],
)
def test_an_amount_that_cannot_be_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(PackError) as refused:
        pack([rule("pays", outcome="partial_refund", amount=given)])
    assert reason in str(refused.value)


def test_a_rule_that_gives_money_names_its_amount() -> None:
    with pytest.raises(PackError, match="rule 'pays' gives money and names no amount"):
        pack([rule("pays", outcome="full_refund")], conflicts=[conflict("one")])


ANY_AMOUNT = {
    "base": "amount_paid",
    "percent": "100 - percent_done",
    "less": [less("fee", value="fee"), less("charge", between=[100, 300])],
    "parts": {"vendor": "vendor", "platform": "100 - vendor"},
}
ANY_PACK = pack([rule("pays", outcome="partial_refund", amount=ANY_AMOUNT)], facts=EXTRA)
RUPEES = st.decimals(0, 10_000_000, places=2, allow_nan=False, allow_infinity=False)
PERCENT = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(paid=RUPEES, fee=st.none() | RUPEES, done=PERCENT, vendor=PERCENT)
def test_whatever_is_told_an_amount_lies_between_nothing_and_what_was_paid(
    paid: Decimal, fee: Decimal | None, done: Decimal, vendor: Decimal
) -> None:
    found = judged(ANY_PACK, amount_paid=paid, fee=fee, percent_done=done, vendor=vendor).amount
    assert found
    assert 0 <= found.low <= found.high <= paid
    assert found.parts
    assert sum(found.parts.values()) == found.high
