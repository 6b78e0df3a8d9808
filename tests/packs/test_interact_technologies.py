"""Interact Technologies: what the policy says about one claim, at each limit and a moment past it.

A row of the table: what it is about, the facts, now, the outcome, the amount (a figure, a range or None), the clause
that decides, and the working days until the money where money is at stake.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.packs import read_pack
from policies.decide import Decision

BRAND = "interact-technologies"
NOON = "2026-03-12T12:00+05:30"
PAID = "2026-03-11T10:00+05:30"
A_DAY_LATER = "2026-03-12T10:00+05:30"
A_DAY_AND_A_MINUTE = "2026-03-12T10:01+05:30"
DAYS = [7, 14]

Facts = dict[str, Any]


def sms(**facts: Any) -> Facts:
    """SMS credits for ₹11,800, paid on 11 March at 10:00."""
    return {"subject": "sms_credits", "amount_paid": 11800, "paid_at": PAID, **facts}


def setup(**facts: Any) -> Facts:
    """A WhatsApp setup fee of ₹5,000, activation promised for 10 March at 18:00."""
    promised = "2026-03-10T18:00+05:30"
    return {"subject": "whatsapp_api_setup", "amount_paid": 5000, "promised_activation_at": promised, **facts}


def plan(**facts: Any) -> Facts:
    """A WhatsApp subscription of ₹9,000, activation promised for 10 March at 18:00."""
    promised = "2026-03-10T18:00+05:30"
    return {"subject": "whatsapp_subscription", "amount_paid": 9000, "promised_activation_at": promised, **facts}


def panel(**facts: Any) -> Facts:
    """Platform access for ₹6,000, activation promised for 10 March at 18:00."""
    promised = "2026-03-10T18:00+05:30"
    return {"subject": "platform_access", "amount_paid": 6000, "promised_activation_at": promised, **facts}


def twice(**facts: Any) -> Facts:
    """₹5,900 charged twice by a processing error."""
    error = {"cause": "processing_error", "verified": True}
    return {"duplicate_charge": True, "amount_each": 5900, "times_charged": 2, **error, **facts}


ROWS: list[tuple[str, Facts, str, str, Any, str, list[int] | None]] = [
    # 2.1 charged twice
    ("charged twice", twice(subject="sms_credits"), NOON, "full_refund", 5900, "2.1", DAYS),
    ("charged twice, nothing said of the product", twice(), NOON, "full_refund", 5900, "2.1", DAYS),
    ("charged three times", twice(times_charged=3), NOON, "full_refund", 11800, "2.1", DAYS),
    ("charged twice, how often is not said", twice(times_charged=None), NOON, "full_refund", 5900, "2.1", DAYS),
    ("charged twice, cause not said", twice(cause=None, verified=None), NOON, "full_refund", 5900, "2.1", DAYS),
    ("charged twice for a setup", twice(subject="whatsapp_api_setup"), NOON, "full_refund", 5900, "2.1", DAYS),
    (
        "charged twice, credits half used",
        twice(subject="sms_credits", credits_activated=True, credits_used_percent=50),
        NOON,
        "full_refund",
        5900,
        "2.1",
        DAYS,
    ),
    (
        "messaging fees charged twice",
        twice(subject="whatsapp_messaging_fees", amount_each=350.5),
        NOON,
        "full_refund",
        350.5,
        "2.1",
        DAYS,
    ),
    (
        "paid twice by a second click",
        twice(cause="customer_typed_wrong_amount"),
        NOON,
        "needs_review",
        5900,
        "2.1",
        DAYS,
    ),
    ("charged twice, yet only once", twice(times_charged=1), NOON, "needs_review", [0, 5900], "2.1", DAYS),
    ("second charge not confirmed", twice(verified=False), NOON, "needs_review", 5900, "2.1", DAYS),
    (
        "charged twice, two requests last year",
        twice(refund_requests_last_year=2),
        NOON,
        "full_refund",
        5900,
        "2.1",
        DAYS,
    ),
    ("charged twice, asks often", twice(refund_requests_last_year=6), NOON, "needs_review", 5900, "8#1", DAYS),
    (
        "charged twice, suspended account",
        twice(account_status="suspended_policy_violation"),
        NOON,
        "needs_review",
        5900,
        "3#10",
        DAYS,
    ),
    ("charged twice, card closed", twice(original_method_available=False), NOON, "needs_review", 5900, "5#2", DAYS),
    (
        "typed one zero too many",
        {"invoice_amount": 3540, "amount_paid": 35400, "cause": "customer_typed_wrong_amount"},
        NOON,
        "needs_review",
        31860,
        "2.1",
        DAYS,
    ),
    (
        "paid above the invoice",
        {"subject": "rcs_plan", "invoice_amount": 12000, "amount_paid": 12500, "duplicate_charge": False},
        NOON,
        "needs_review",
        500,
        "2.1",
        DAYS,
    ),
    # 2.2 credits or access not there after 24 hours
    (
        "exactly 24 hours",
        sms(credits_activated=False, support_outcome="unable_to_resolve"),
        A_DAY_LATER,
        "not_eligible",
        None,
        "2.2",
        None,
    ),
    (
        "24 hours and a minute",
        sms(credits_activated=False, support_outcome="unable_to_resolve"),
        A_DAY_AND_A_MINUTE,
        "needs_review",
        11800,
        "2.2",
        DAYS,
    ),
    (
        "five hours, support not asked",
        sms(credits_activated=False, support_outcome="not_contacted"),
        "2026-03-11T15:00+05:30",
        "not_eligible",
        None,
        "2.2",
        None,
    ),
    ("five hours", sms(credits_activated=False), "2026-03-11T15:00+05:30", "not_eligible", None, "2.2", None),
    (
        "30 hours, support still at it",
        sms(credits_activated=False, support_outcome="in_progress"),
        "2026-03-12T16:00+05:30",
        "needs_review",
        11800,
        "2.2",
        DAYS,
    ),
    (
        "30 hours, support not asked",
        sms(credits_activated=False, support_outcome="not_contacted"),
        "2026-03-12T16:00+05:30",
        "needs_review",
        11800,
        "2.2",
        DAYS,
    ),
    (
        "support fixed it after 30 hours",
        sms(credits_activated=True, activated_at="2026-03-12T16:00+05:30", support_outcome="resolved"),
        "2026-03-12T17:00+05:30",
        "not_eligible",
        None,
        "2.2",
        None,
    ),
    ("support says it is fixed", sms(support_outcome="resolved"), NOON, "not_eligible", None, "1", None),
    (
        "came at 23 hours",
        sms(credits_activated=True, activated_at="2026-03-12T09:00+05:30"),
        NOON,
        "not_eligible",
        None,
        "1",
        None,
    ),
    (
        "platform access not there, support gave up",
        {
            "subject": "platform_access",
            "amount_paid": 6000,
            "paid_at": PAID,
            "activated": False,
            "support_outcome": "unable_to_resolve",
        },
        NOON,
        "needs_review",
        6000,
        "2.2",
        DAYS,
    ),
    (
        "RCS plan not there, support at it",
        {
            "subject": "rcs_plan",
            "amount_paid": 12000,
            "paid_at": PAID,
            "credits_activated": False,
            "support_outcome": "in_progress",
        },
        NOON,
        "needs_review",
        12000,
        "2.2",
        DAYS,
    ),
    (
        "suspended, credits never came",
        sms(
            credits_activated=False,
            support_outcome="unable_to_resolve",
            account_status="suspended_policy_violation",
        ),
        A_DAY_AND_A_MINUTE,
        "not_eligible",
        None,
        "3#10",
        None,
    ),
    # 2.3 failures, by cause
    (
        "our platform failed",
        sms(credits_activated=True, failure_cause="interact_platform", credits_affected_value=4000, verified=True),
        NOON,
        "needs_review",
        [0, 4000],
        "2.3",
        DAYS,
    ),
    (
        "our platform failed, not verified",
        sms(failure_cause="interact_platform", credits_affected_value=4000, verified=False),
        NOON,
        "needs_review",
        [0, 4000],
        "2.3",
        DAYS,
    ),
    (
        "our platform failed, extent not said",
        sms(failure_cause="interact_platform"),
        NOON,
        "needs_review",
        [0, 11800],
        "2.3",
        DAYS,
    ),
    (
        "our platform failed, more claimed than paid",
        sms(failure_cause="interact_platform", credits_affected_value=20000),
        NOON,
        "needs_review",
        [0, 11800],
        "2.3",
        DAYS,
    ),
    (
        "our platform failed on half-used credits",
        sms(credits_used_percent=50, failure_cause="interact_platform", credits_affected_value=2000),
        NOON,
        "needs_review",
        [0, 2000],
        "2.3",
        DAYS,
    ),
    (
        "cause unknown",
        sms(failure_cause="unknown", credits_affected_value=1500),
        NOON,
        "needs_review",
        [0, 1500],
        "2.3",
        DAYS,
    ),
    ("operator", sms(failure_cause="telecom_operator"), NOON, "not_eligible", None, "3#1", None),
    (
        "DLT",
        sms(failure_cause="dlt_template", credits_affected_value=900),
        NOON,
        "not_eligible",
        None,
        "3#2",
        None,
    ),
    ("wrong numbers", sms(failure_cause="user_wrong_numbers"), NOON, "not_eligible", None, "3#3", None),
    ("network", sms(failure_cause="network"), NOON, "not_eligible", None, "2.3", None),
    (
        "messaging fees lost by our failure",
        {"subject": "whatsapp_messaging_fees", "amount_paid": 3000, "failure_cause": "interact_platform"},
        NOON,
        "needs_review",
        [0, 3000],
        "4#3",
        DAYS,
    ),
    # 2.4 not active in the promised time
    (
        "setup late by us, cancelled",
        setup(activated=False, delay_cause="interact", customer_cancelled_before_activation=True),
        NOON,
        "needs_review",
        [0, 5000],
        "7#3",
        DAYS,
    ),
    ("setup late by us", setup(activated=False, delay_cause="interact"), NOON, "needs_review", [0, 5000], "2.4", DAYS),
    (
        "setup at the promised minute",
        setup(activated=False, delay_cause="interact"),
        "2026-03-10T18:00+05:30",
        "not_eligible",
        None,
        "2.4",
        None,
    ),
    (
        "setup a minute past the promise",
        setup(activated=False, delay_cause="interact"),
        "2026-03-10T18:01+05:30",
        "needs_review",
        [0, 5000],
        "2.4",
        DAYS,
    ),
    (
        "setup late by Meta",
        setup(activated=False, delay_cause="meta_verification", customer_cancelled_before_activation=True),
        NOON,
        "not_eligible",
        None,
        "3#6",
        None,
    ),
    (
        "setup delayed by Meta, nothing else said",
        {"subject": "whatsapp_api_setup", "amount_paid": 5000, "delay_cause": "meta_verification"},
        NOON,
        "not_eligible",
        None,
        "3#6",
        None,
    ),
    (
        "setup late, not cancelled",
        setup(activated=False, delay_cause="interact", customer_cancelled_before_activation=False),
        NOON,
        "not_eligible",
        None,
        "2.4",
        None,
    ),
    (
        "setup late but active now",
        setup(activated=True, activated_at="2026-03-11T18:00+05:30", delay_cause="interact"),
        NOON,
        "not_eligible",
        None,
        "7#3",
        None,
    ),
    (
        "setup cancelled in time, switched on all the same",
        setup(
            activated=True,
            activated_at="2026-03-11T18:00+05:30",
            delay_cause="interact",
            customer_cancelled_before_activation=True,
        ),
        NOON,
        "needs_review",
        [0, 5000],
        "2.4",
        DAYS,
    ),
    ("setup done, cancelled later", setup(activated=True), NOON, "not_eligible", None, "7#3", None),
    (
        "setup not wanted any more",
        {"subject": "whatsapp_api_setup", "amount_paid": 5000, "reason": "change_of_mind", "activated": False},
        NOON,
        "not_eligible",
        None,
        "7#3",
        None,
    ),
    (
        "setup of yesterday, no promise, support gave up",
        {
            "subject": "whatsapp_api_setup",
            "amount_paid": 5000,
            "paid_at": PAID,
            "activated": False,
            "support_outcome": "unable_to_resolve",
        },
        NOON,
        "needs_review",
        [0, 5000],
        "2.2",
        DAYS,
    ),
    ("plan late by us", plan(activated=False, delay_cause="interact"), NOON, "needs_review", 9000, "2.4", DAYS),
    (
        "plan late by Meta",
        plan(activated=False, delay_cause="meta_verification"),
        NOON,
        "not_eligible",
        None,
        "3#6",
        None,
    ),
    (
        "plan promised for next week",
        plan(activated=False, promised_activation_at="2026-03-18T18:00+05:30"),
        NOON,
        "not_eligible",
        None,
        "2.4",
        None,
    ),
    (
        "platform late, cancelled",
        panel(activated=False, customer_cancelled_before_activation=True),
        NOON,
        "needs_review",
        6000,
        "2.4",
        DAYS,
    ),
    (
        "platform late, cancelled, its cause given",
        panel(activated=False, delay_cause="interact", customer_cancelled_before_activation=True),
        NOON,
        "needs_review",
        6000,
        "2.4",
        DAYS,
    ),
    ("platform live since the promised day", panel(activated=True), NOON, "not_eligible", None, "1", None),
    (
        "platform late and not wanted any more",
        panel(activated=False, reason="change_of_mind"),
        NOON,
        "needs_review",
        6000,
        "2.4",
        DAYS,
    ),
    (
        "gateway plan late",
        {
            "subject": "sms_gateway",
            "amount_paid": 8000,
            "promised_activation_at": "2026-03-10T18:00+05:30",
            "activated": False,
            "customer_cancelled_before_activation": True,
        },
        NOON,
        "needs_review",
        8000,
        "2.4",
        DAYS,
    ),
    # 3 and 4: what is not refunded
    (
        "unused credits",
        sms(credits_activated=True, credits_used_percent=0),
        NOON,
        "not_eligible",
        None,
        "3#4",
        None,
    ),
    ("active, use not said", sms(credits_activated=True), NOON, "not_eligible", None, "1", None),
    ("unused credits, activation not said", sms(credits_used_percent=0), NOON, "not_eligible", None, "3#4", None),
    (
        "changed mind after use",
        sms(reason="change_of_mind", credits_used_percent=100),
        NOON,
        "not_eligible",
        None,
        "3#5",
        None,
    ),
    (
        "changed mind, unused",
        sms(reason="change_of_mind", credits_activated=True),
        NOON,
        "not_eligible",
        None,
        "1",
        None,
    ),
    (
        "offer credits that cost something",
        {"subject": "promotional_credits", "credit_value": 2000, "amount_paid": 500},
        NOON,
        "not_eligible",
        None,
        "3#7",
        None,
    ),
    (
        "one percent of the gateway plan used",
        {"subject": "sms_gateway", "amount_paid": 8000, "activated": True, "credits_used_percent": 1},
        NOON,
        "not_eligible",
        None,
        "3#8",
        None,
    ),
    ("weak campaign", sms(reason="poor_campaign", credits_used_percent=100), NOON, "not_eligible", None, "3#9", None),
    (
        "weak campaign in other words",
        sms(reason="poor campaign performance"),
        NOON,
        "not_eligible",
        None,
        "3#9",
        None,
    ),
    (
        "template rejected",
        {"subject": "whatsapp_subscription", "amount_paid": 9000, "reason": "template_rejected"},
        NOON,
        "not_eligible",
        None,
        "4#1",
        None,
    ),
    (
        "verification failed",
        {"subject": "whatsapp_api_setup", "amount_paid": 5000, "reason": "verification_failed"},
        NOON,
        "not_eligible",
        None,
        "4#2",
        None,
    ),
    (
        "messaging fees",
        {"subject": "whatsapp_messaging_fees", "amount_paid": 3000},
        NOON,
        "not_eligible",
        None,
        "4#3",
        None,
    ),
    (
        "12 of 90 days of the WhatsApp plan",
        {"subject": "whatsapp_subscription", "amount_paid": 9000, "days_used": 12, "days_total": 90},
        NOON,
        "not_eligible",
        None,
        "4#4",
        None,
    ),
    (
        "WhatsApp plan live, not used a day",
        {"subject": "whatsapp_subscription", "amount_paid": 9000, "activated": True, "days_used": 0},
        NOON,
        "not_eligible",
        None,
        "1",
        None,
    ),
]


@pytest.mark.parametrize(
    ("facts", "now", "outcome", "amount", "clause", "eta"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_the_policy_decides(
    judge: Callable[..., Decision],
    facts: Facts,
    now: str,
    outcome: str,
    amount: Any,
    clause: str,
    eta: list[int] | None,
) -> None:
    decision = judge(BRAND, now, **facts)

    assert decision.outcome == outcome
    if amount is not None:
        low, high = amount if isinstance(amount, list) else (amount, amount)
        assert decision.amount is not None
        assert (decision.amount.low, decision.amount.high) == (Decimal(str(low)), Decimal(str(high)))
    assert clause in decision.clauses[:4]
    assert eta == ([decision.eta.main.least, decision.eta.main.most] if decision.eta else None)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (sms(), "credits_activated"),
        (sms(credits_activated=False, paid_at=None, support_outcome="unable_to_resolve"), "paid_at"),
        (sms(delivery_failed=True), "failure_cause"),
        (setup(activated=False, delay_cause="interact", promised_activation_at=None), "promised_activation_at"),
        (panel(promised_activation_at=None), "credits_activated"),
    ],
)
def test_what_the_decision_turns_on_is_asked(judge: Callable[..., Decision], facts: Facts, missing: str) -> None:
    decision = judge(BRAND, "2026-03-12T16:00+05:30", **facts)

    assert decision.outcome is None
    assert missing in decision.missing


@pytest.mark.parametrize(
    ("facts", "asked", "amount"),
    [
        # Support has said nothing yet, and credits that are not there cannot have been fixed: a person in any case.
        (sms(credits_activated=False), "support_outcome", (11800, 11800)),
        # Whoever held it up, no promise of money follows: the cause has to be looked up.
        (setup(activated=False), "delay_cause", (0, 5000)),
        (plan(activated=False), "delay_cause", (9000, 9000)),
    ],
)
def test_what_a_person_decides_in_any_case_is_asked_all_the_same(
    judge: Callable[..., Decision], facts: Facts, asked: str, amount: tuple[int, int]
) -> None:
    decision = judge(BRAND, "2026-03-12T16:00+05:30", **facts)
    slot = read_pack(BRAND).newest.slots[asked]

    assert (decision.outcome, decision.missing) == ("needs_review", ())
    assert decision.amount is not None
    assert (decision.amount.low, decision.amount.high) == amount
    assert slot.text.need == "always"
    assert slot.only_if.held(decision.known.values) is True


@pytest.mark.parametrize(
    ("facts", "clauses"),
    [
        (twice(cause="customer_typed_wrong_amount"), ("2.1", "1")),
        (twice(refund_requests_last_year=5), ("2.1", "8#1")),
        (setup(activated=False, delay_cause="interact"), ("2.4", "7#3")),
        ({"subject": "whatsapp_messaging_fees", "failure_cause": "interact_platform"}, ("2.3", "4#3")),
    ],
)
def test_clauses_that_disagree_are_named(
    judge: Callable[..., Decision], facts: Facts, clauses: tuple[str, ...]
) -> None:
    decision = judge(BRAND, NOON, **facts)

    assert decision.outcome == "needs_review"
    assert decision.conflicts[0].clauses == clauses


def test_every_no_names_a_way_on() -> None:
    for claim_type in read_pack(BRAND).newest.claim_types.values():
        for rule in claim_type.rules:
            if rule.text.outcome == "not_eligible":
                assert rule.text.way_on is not None, f"{claim_type.id}: {rule.id}"


def test_only_a_double_charge_is_promised_money() -> None:
    types = read_pack(BRAND).newest.claim_types.values()
    rules = [rule for claim_type in types for rule in claim_type.rules]
    giving = {rule.id for rule in rules if rule.text.outcome in ("full_refund", "partial_refund")}

    assert giving == {"charged_twice"}


@pytest.mark.parametrize("wish", ["activation", "cancellation"])
def test_activation_and_cancellation_are_requests_without_a_refund(judge: Callable[..., Decision], wish: str) -> None:
    decision = judge(BRAND, NOON, **sms(wants=wish))

    assert decision.version.claim_types[decision.claim_type].text.kind == "service"
    assert decision.outcome is None


def test_buttons_have_room_for_every_label() -> None:
    version = read_pack(BRAND).newest
    labels = [choice.label for fact in version.facts.values() for choice in (fact.values or {}).values()]
    labels += [claim_type.text.name for claim_type in version.claim_types.values()]
    for label in labels:
        for language, text in label:
            assert len(text) <= 20, f"{language}: {text}"
