"""CelerisPay: what its policy allows, limits and refuses, each limit at its edge and a moment past it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.packs import read_pack
from policies.decide import Decision, UnclearClaim

Judge = Callable[..., Decision]
BRAND = "celerispay"
TEN_DAYS_ON = "2026-01-20T12:00+05:30"
SALE: dict[str, object] = {
    "actor": "merchant",
    "txn_status": "success",
    "txn_at": "2026-01-10T12:00+05:30",
    "txn_amount": 2500,
    "already_refunded": 0,
    "merchant_balance": 50000,
    "chargeback_open": False,
    "payment_mode": "upi",
    "split": False,
}
SPLIT = SALE | {
    "txn_amount": 1000,
    "split": True,
    "vendor_share_percent": 94,
    "platform_share_percent": 6,
    "vendor_balance": 5000,
    "platform_balance": 500,
}
FAILED: dict[str, object] = {
    "actor": "customer",
    "txn_status": "failed",
    "debited": True,
    "txn_at": "2026-01-19T12:00+05:30",
    "txn_amount": 999,
    "payment_mode": "upi",
}
BUYER: dict[str, object] = {
    "actor": "customer",
    "txn_status": "success",
    "txn_at": "2026-01-10T12:00+05:30",
    "txn_amount": 2500,
}
PLAN: dict[str, object] = {
    "actor": "merchant",
    "subject": "subscription",
    "plan": "growth",
    "billing": "monthly",
    "amount_paid": 2000,
    "paid_at": "2026-01-05T10:00+05:30",
    "transactions_processed": 0,
}
YEAR = PLAN | {"billing": "annual", "amount_paid": 12000}

# title, facts, now, outcome, amount (a figure or a range; None where unknown or refused), clause, ETA in business days
Row = tuple[str, dict[str, object], str, str, Any, str, tuple[int, int] | None]

MERCHANT: list[Row] = [
    ("all of it, by card", SALE | {"payment_mode": "credit_card"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (5, 7)),
    ("by debit card", SALE | {"payment_mode": "debit_card"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (5, 7)),
    ("by net banking", SALE | {"payment_mode": "net_banking"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (3, 5)),
    ("by wallet", SALE | {"payment_mode": "wallet"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (1, 2)),
    ("by NEFT", SALE | {"payment_mode": "neft"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (3, 5)),
    ("by RTGS", SALE | {"payment_mode": "rtgs"}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (3, 5)),
    ("method unknown, so no days", SALE | {"payment_mode": None}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", None),
    (
        "method told in the common words",
        SALE | {"payment_mode": None, "payment_method": "upi"},
        TEN_DAYS_ON,
        "full_refund",
        2500,
        "2.1#1",
        (1, 3),
    ),
    ("in instalments", SALE | {"payment_mode": "emi"}, TEN_DAYS_ON, "needs_review", (0, 2500), "2.3", None),
    ("the last minute of day 180", SALE, "2026-07-09T23:59+05:30", "full_refund", 2500, "2.1#1", (1, 3)),
    ("the first minute of day 181", SALE, "2026-07-10T00:00+05:30", "not_eligible", None, "2.1#2", None),
    (
        "asked on day 180, judged later",
        SALE | {"requested_at": "2026-07-09T10:00+05:30"},
        "2026-07-11T10:00+05:30",
        "full_refund",
        2500,
        "2.1#1",
        (1, 3),
    ),
    (
        "each part has the original 180 days",
        SALE | {"requested_amount": 500, "already_refunded": 1000},
        "2026-07-10T00:00+05:30",
        "not_eligible",
        None,
        "2.1#2",
        None,
    ),
    ("balance exactly enough", SALE | {"merchant_balance": 2500}, TEN_DAYS_ON, "full_refund", 2500, "2.1#1", (1, 3)),
    ("a paisa short", SALE | {"merchant_balance": 2499.99}, TEN_DAYS_ON, "not_eligible", None, "2.1#3", None),
    (
        "short for all, enough for a part",
        SALE | {"merchant_balance": 1000, "requested_amount": 900},
        TEN_DAYS_ON,
        "partial_refund",
        900,
        "2.2#2",
        (1, 3),
    ),
    ("chargeback open", SALE | {"chargeback_open": True}, TEN_DAYS_ON, "not_eligible", None, "2.1#4", None),
    (
        "chargeback open and too late",
        SALE | {"chargeback_open": True},
        "2026-08-01T12:00+05:30",
        "not_eligible",
        None,
        "2.1#2",
        None,
    ),
    ("chargeback won before", SALE | {"dispute_won": True}, TEN_DAYS_ON, "needs_review", (0, 2500), "2.1#4", (1, 3)),
    ("chargeback lost before", SALE | {"dispute_won": False}, TEN_DAYS_ON, "needs_review", (0, 2500), "2.1#4", (1, 3)),
    ("still pending", SALE | {"txn_status": "pending"}, TEN_DAYS_ON, "not_eligible", None, "2.1#1", None),
    ("failed", SALE | {"txn_status": "failed"}, TEN_DAYS_ON, "not_eligible", None, "2.1#1", None),
    (
        "failed, the customer was debited",
        SALE | {"txn_status": "failed", "debited": True},
        TEN_DAYS_ON,
        "full_refund",
        2500,
        "4#1",
        (1, 3),
    ),
    ("one rupee", SALE | {"requested_amount": 1}, TEN_DAYS_ON, "partial_refund", 1, "2.2#2", (1, 3)),
    ("99 paise", SALE | {"requested_amount": 0.99}, TEN_DAYS_ON, "not_eligible", None, "2.2#2", None),
    (
        "third part, exactly the rest",
        SALE | {"requested_amount": 500, "already_refunded": 2000},
        TEN_DAYS_ON,
        "partial_refund",
        500,
        "2.2#2",
        (1, 3),
    ),
    (
        "no amount told: the rest",
        SALE | {"already_refunded": 2000},
        TEN_DAYS_ON,
        "partial_refund",
        500,
        "2.2#2",
        (1, 3),
    ),
    (
        "a paisa above the rest",
        SALE | {"requested_amount": 500.01, "already_refunded": 2000},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2.2#3",
        None,
    ),
    ("above the payment", SALE | {"requested_amount": 2600}, TEN_DAYS_ON, "not_eligible", None, "2.2#3", None),
    ("refunded in full before", SALE | {"already_refunded": 2500}, TEN_DAYS_ON, "not_eligible", None, "2.2#3", None),
    (
        "card closed",
        SALE | {"original_method_available": False},
        TEN_DAYS_ON,
        "needs_review",
        2500,
        "2.2#1",
        (1, 3),
    ),
    (
        "few facts: no word of chargeback, split or earlier refunds",
        {
            "actor": "merchant",
            "txn_status": "success",
            "txn_at": "2026-01-10T12:00+05:30",
            "txn_amount": 700,
            "merchant_balance": 700,
        },
        TEN_DAYS_ON,
        "full_refund",
        700,
        "2.1#1",
        None,
    ),
]

SPLITS: list[Row] = [
    ("all of it", SPLIT, TEN_DAYS_ON, "full_refund", 1000, "3#1", (1, 3)),
    (
        "90 to 10",
        SPLIT | {"vendor_share_percent": 90, "platform_share_percent": 10},
        TEN_DAYS_ON,
        "full_refund",
        1000,
        "3#1",
        (1, 3),
    ),
    (
        "both balances exactly enough",
        SPLIT | {"vendor_balance": 940, "platform_balance": 60},
        TEN_DAYS_ON,
        "full_refund",
        1000,
        "3#1",
        (1, 3),
    ),
    (
        "the vendor's balance a paisa short",
        SPLIT | {"vendor_balance": 939.99},
        TEN_DAYS_ON,
        "needs_review",
        (0, 1000),
        "3#4",
        (1, 3),
    ),
    (
        "the platform's balance short",
        SPLIT | {"platform_balance": 10, "requested_amount": 500},
        TEN_DAYS_ON,
        "needs_review",
        (0, 500),
        "3#5",
        (1, 3),
    ),
    ("chargeback open", SPLIT | {"chargeback_open": True}, TEN_DAYS_ON, "not_eligible", None, "2.1#4", None),
    ("too late", SPLIT, "2026-07-10T00:00+05:30", "not_eligible", None, "2.1#2", None),
    (
        "shares of 95 percent in all",
        SPLIT | {"vendor_share_percent": 90, "platform_share_percent": 5},
        TEN_DAYS_ON,
        "needs_review",
        (0, 1000),
        "3#1",
        (1, 3),
    ),
    (
        "the merchant's own balance short",
        SPLIT | {"merchant_balance": 100},
        TEN_DAYS_ON,
        "needs_review",
        (0, 1000),
        "2.1#3",
        (1, 3),
    ),
    (
        "above the rest",
        SPLIT | {"requested_amount": 500, "already_refunded": 600},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2.2#3",
        None,
    ),
]

BUYERS: list[Row] = [
    ("failed and debited", FAILED, TEN_DAYS_ON, "full_refund", 999, "4#1", (1, 3)),
    (
        "without saying who asks",
        FAILED | {"actor": None, "payment_mode": "credit_card"},
        TEN_DAYS_ON,
        "full_refund",
        999,
        "4#1",
        (5, 7),
    ),
    (
        "refund started",
        FAILED | {"auto_refund_status": "initiated", "identified_at": "2026-01-17T12:00+05:30"},
        TEN_DAYS_ON,
        "full_refund",
        999,
        "4#1",
        (1, 3),
    ),
    (
        "identified 24 hours ago",
        FAILED | {"identified_at": "2026-01-19T12:00+05:30"},
        TEN_DAYS_ON,
        "full_refund",
        999,
        "4#1",
        (1, 3),
    ),
    (
        "identified 24 hours and a minute ago",
        FAILED | {"identified_at": "2026-01-19T11:59+05:30"},
        TEN_DAYS_ON,
        "needs_review",
        999,
        "4#1",
        (1, 3),
    ),
    ("returned already", FAILED | {"auto_refund_status": "completed"}, TEN_DAYS_ON, "not_eligible", None, "4#1", None),
    (
        "automatic refund failed 7 days ago",
        FAILED | {"auto_refund_status": "failed", "auto_refund_failed_at": "2026-01-13T12:00+05:30"},
        TEN_DAYS_ON,
        "needs_review",
        999,
        "4#4",
        (1, 3),
    ),
    (
        "automatic refund failed 7 days and a minute ago",
        FAILED | {"auto_refund_status": "failed", "auto_refund_failed_at": "2026-01-13T11:59+05:30"},
        TEN_DAYS_ON,
        "needs_review",
        999,
        "4#4",
        (1, 3),
    ),
    (
        "automatic refund failed, the debit not told",
        FAILED | {"debited": None, "auto_refund_status": "failed"},
        TEN_DAYS_ON,
        "needs_review",
        999,
        "4#4",
        (1, 3),
    ),
    ("failed, nothing taken", FAILED | {"debited": False}, TEN_DAYS_ON, "not_eligible", None, "4", None),
    (
        "failed, card closed",
        FAILED | {"original_method_available": False},
        TEN_DAYS_ON,
        "needs_review",
        999,
        "4#2",
        (1, 3),
    ),
    (
        "failed and disputed too",
        FAILED | {"chargeback_open": True},
        TEN_DAYS_ON,
        "needs_review",
        (0, 999),
        "2.1#4",
        (1, 3),
    ),
    ("pending", FAILED | {"txn_status": "pending"}, TEN_DAYS_ON, "needs_review", (0, 999), "4", (1, 3)),
    (
        "pending, debit not told",
        FAILED | {"txn_status": "pending", "debited": None},
        TEN_DAYS_ON,
        "needs_review",
        (0, 999),
        "4",
        (1, 3),
    ),
    ("quality, nothing else told", BUYER | {"complaint": "quality"}, TEN_DAYS_ON, "not_eligible", None, "9", None),
    (
        "not delivered, the merchant answers",
        BUYER | {"complaint": "not_delivered", "merchant_responsive": True},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "9",
        None,
    ),
    (
        "changed my mind, the merchant refuses",
        BUYER | {"merchant_responsive": True, "reason": "change_of_mind"},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2",
        None,
    ),
    (
        "quality, the merchant is silent",
        BUYER | {"complaint": "quality", "merchant_responsive": False},
        TEN_DAYS_ON,
        "needs_review",
        (0, 2500),
        "8#2",
        None,
    ),
    (
        "silent merchant, day 180",
        BUYER | {"merchant_responsive": False},
        "2026-07-09T20:00+05:30",
        "needs_review",
        (0, 2500),
        "8#2",
        None,
    ),
    (
        "silent merchant, day 181",
        BUYER | {"merchant_responsive": False},
        "2026-07-10T00:00+05:30",
        "not_eligible",
        None,
        "2.1#2",
        None,
    ),
    (
        "silent merchant, hardly a fact",
        {"merchant_responsive": False, "complaint": "not_delivered"},
        TEN_DAYS_ON,
        "needs_review",
        None,
        "8#2",
        None,
    ),
    (
        "disputed with the bank",
        BUYER | {"merchant_responsive": False, "chargeback_open": True},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2.1#4",
        None,
    ),
    (
        "refunded in full before",
        BUYER | {"merchant_responsive": False, "already_refunded": 2500},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2.2#3",
        None,
    ),
]

PLANS: list[Row] = [
    ("7 days to the minute", PLAN, "2026-01-12T10:00+05:30", "full_refund", 2000, "5#1", None),
    ("a second more than 7 days", PLAN, "2026-01-12T10:00:01+05:30", "not_eligible", None, "5#2", None),
    (
        "one payment taken",
        PLAN | {"transactions_processed": 1},
        "2026-01-07T10:00+05:30",
        "not_eligible",
        None,
        "5#1",
        None,
    ),
    (
        "only test payments",
        PLAN | {"transactions_processed": 2, "only_test_transactions": True},
        "2026-01-07T10:00+05:30",
        "needs_review",
        (0, 2000),
        "5#1",
        None,
    ),
    ("monthly, after 40 days", PLAN, "2026-02-14T10:00+05:30", "not_eligible", None, "5#2", None),
    ("annual, day 3", YEAR, "2026-01-08T10:00+05:30", "full_refund", 12000, "5#1", None),
    (
        "annual, day 3 with payments",
        YEAR | {"transactions_processed": 9},
        "2026-01-08T10:00+05:30",
        "not_eligible",
        None,
        "5#1",
        None,
    ),
    ("annual, 7 days and a minute", YEAR, "2026-01-12T10:01+05:30", "needs_review", (0, 12000), "5#2", None),
    ("annual, exactly 30 days", YEAR, "2026-02-04T10:00+05:30", "needs_review", (0, 12000), "5#3", None),
    ("annual, 30 days and a minute", YEAR, "2026-02-04T10:01+05:30", "partial_refund", (10000, 11000), "5#3", None),
    ("annual, four months to the minute", YEAR, "2026-05-05T10:00+05:30", "partial_refund", 7000, "5#3", None),
    ("annual, in the fifth month", YEAR, "2026-05-20T10:00+05:30", "partial_refund", (6000, 7000), "5#3", None),
    (
        "annual, used a lot: the payments do not matter now",
        YEAR | {"plan": "enterprise", "amount_paid": 60000, "transactions_processed": 5000},
        "2026-07-05T10:00+05:30",
        "partial_refund",
        29000,
        "5#3",
        None,
    ),
    ("annual, the last month", YEAR, "2026-12-20T10:00+05:30", "not_eligible", None, "5#3", None),
    (
        "annual, the last month of a dear plan",
        YEAR | {"amount_paid": 18000},
        "2026-12-20T10:00+05:30",
        "partial_refund",
        (0, 500),
        "5#3",
        None,
    ),
    ("annual, the year is over", YEAR, "2027-01-05T10:00+05:30", "not_eligible", None, "6#5", None),
    ("starter", {"plan": "starter"}, TEN_DAYS_ON, "not_eligible", None, "5#4", None),
    (
        "starter, yet paid",
        {"plan": "starter", "amount_paid": 500},
        TEN_DAYS_ON,
        "needs_review",
        (0, 500),
        "5#4",
        None,
    ),
    ("asked by a buyer", PLAN | {"actor": "customer"}, "2026-01-06T10:00+05:30", "needs_review", None, "5", None),
    (
        "card closed",
        PLAN | {"original_method_available": False},
        "2026-01-06T10:00+05:30",
        "needs_review",
        2000,
        "5#5",
        None,
    ),
]

FEES: list[Row] = [
    (
        "commission, sale not refunded",
        {"subject": "transaction_commission", "amount_paid": 40, "txn_status": "success"},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "2.4#2",
        None,
    ),
    (
        "commission on a failed payment",
        {"subject": "transaction_commission", "amount_paid": 40, "txn_status": "failed"},
        TEN_DAYS_ON,
        "needs_review",
        (0, 40),
        "2.4#2",
        None,
    ),
    (
        "chargeback fee, dispute won",
        {"subject": "chargeback_fee", "amount_paid": 500, "dispute_won": True},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "7#4",
        None,
    ),
    ("chargeback fee, nothing told", {"subject": "chargeback_fee"}, TEN_DAYS_ON, "not_eligible", None, "6#2", None),
    ("KYC rejected", {"kyc_result": "rejected", "amount_paid": 300}, TEN_DAYS_ON, "not_eligible", None, "6#4", None),
    (
        "custom integration",
        {"actor": "merchant", "subject": "custom_integration", "amount_paid": 25000},
        TEN_DAYS_ON,
        "not_eligible",
        None,
        "6#3",
        None,
    ),
]

ROWS = [
    pytest.param(*row, id=f"{group}: {row[0]}")
    for group, rows in (
        ("merchant", MERCHANT),
        ("split", SPLITS),
        ("buyer", BUYERS),
        ("plan", PLANS),
        ("fee", FEES),
    )
    for row in rows
]


@pytest.mark.parametrize(("title", "facts", "now", "outcome", "amount", "clause", "eta"), ROWS)
def test_the_policy_decides(
    judge: Judge,
    check: Callable[..., None],
    title: str,
    facts: dict[str, object],
    now: str,
    outcome: str,
    amount: Any,
    clause: str,
    eta: tuple[int, int] | None,
) -> None:
    check(judge(BRAND, now, **facts), title, outcome, amount, clause, eta)


@pytest.mark.parametrize(
    ("facts", "now", "missing"),
    [
        ({**SALE, "merchant_balance": None}, TEN_DAYS_ON, "merchant_balance"),
        ({**SALE, "txn_status": None}, TEN_DAYS_ON, "txn_status"),
        ({**SALE, "txn_at": None}, TEN_DAYS_ON, "txn_at"),
        ({**SALE, "txn_amount": None}, TEN_DAYS_ON, "txn_amount"),
        ({**SPLIT, "vendor_share_percent": None, "platform_share_percent": None}, TEN_DAYS_ON, "vendor_share_percent"),
        ({**SPLIT, "vendor_balance": None}, TEN_DAYS_ON, "vendor_balance"),
        ({**FAILED, "debited": None}, TEN_DAYS_ON, "debited"),
        ({"actor": "customer", "txn_amount": 900}, TEN_DAYS_ON, "txn_status"),
        ({**PLAN, "transactions_processed": None}, "2026-01-07T10:00+05:30", "transactions_processed"),
        ({**PLAN, "billing": None}, "2026-01-20T10:00+05:30", "billing"),
        ({**PLAN, "paid_at": None}, "2026-01-07T10:00+05:30", "paid_at"),
    ],
)
def test_what_the_decision_turns_on_is_asked_and_not_guessed(
    judge: Judge, facts: dict[str, object], now: str, missing: str
) -> None:
    decision = judge(BRAND, now, **facts)
    assert decision.outcome is None
    assert missing in decision.missing


def test_who_is_writing_is_asked_first(judge: Judge) -> None:
    with pytest.raises(UnclearClaim) as unclear:
        judge(BRAND, TEN_DAYS_ON, txn_amount=900, txn_status="success")
    assert unclear.value.missing == ("actor",)


def test_more_than_is_left_is_answered_with_what_is_left(judge: Judge) -> None:
    decision = judge(
        BRAND, TEN_DAYS_ON, **SALE | {"txn_amount": 2000, "already_refunded": 1500, "requested_amount": 800}
    )
    assert decision.max_allowed == Decimal(500)


@pytest.mark.parametrize(
    ("facts", "vendor", "platform"),
    [
        (SPLIT, "940", "60"),
        (SPLIT | {"requested_amount": 333.33}, "313.33", "20"),
        (SPLIT | {"vendor_share_percent": 90, "platform_share_percent": 10, "requested_amount": 250}, "225", "25"),
        (SPLIT | {"vendor_share_percent": 80, "platform_share_percent": None}, "800", "200"),
    ],
)
def test_a_split_refund_is_shared_to_the_paisa(
    judge: Judge, facts: dict[str, object], vendor: str, platform: str
) -> None:
    decision = judge(BRAND, TEN_DAYS_ON, **facts)
    assert decision.amount
    assert decision.amount.parts == {"vendor": Decimal(vendor), "platform": Decimal(platform)}
    assert sum(decision.amount.parts.values()) == decision.amount.high


@pytest.mark.parametrize(
    ("facts", "now", "clauses"),
    [
        (SPLIT | {"vendor_balance": 0}, TEN_DAYS_ON, ("3#4", "3#5")),
        (YEAR, "2026-01-25T10:00+05:30", ("5#2", "5#3")),
        (BUYER | {"complaint": "quality", "merchant_responsive": False}, TEN_DAYS_ON, ("8#2", "note")),
    ],
)
def test_clauses_that_disagree_are_both_told(
    judge: Judge, facts: dict[str, object], now: str, clauses: tuple[str, ...]
) -> None:
    decision = judge(BRAND, now, **facts)
    assert decision.outcome == "needs_review"
    assert [conflict.clauses for conflict in decision.conflicts] == [clauses]


def test_a_customer_and_a_merchant_are_never_both_meant() -> None:
    version = read_pack(BRAND).newest
    subjects, actors = version.words_of("subject"), version.words_of("actor")
    for subject in subjects:
        for actor in actors:
            applying, possible = version.types_for({"subject": subject, "actor": actor})
            assert len(applying) == 1, (subject, actor)
            assert not possible


def test_proof_for_a_chargeback_is_a_service_and_no_refund() -> None:
    claim_type = read_pack(BRAND).newest.claim_types["chargeback_evidence"]
    assert claim_type.text.kind == "service"
    assert claim_type.rules == ()
    assert [item.text.clause for item in claim_type.evidence] == ["7#2"]


def test_every_refusal_of_a_refund_of_a_payment_names_a_way_on() -> None:
    claim_types = read_pack(BRAND).newest.claim_types
    for name in ("transaction_commission", "chargeback_fee", "kyc_fee", "custom_integration", "buyer_payment"):
        for rule in claim_types[name].rules:
            assert rule.text.outcome != "not_eligible" or rule.text.way_on, (name, rule.id)


def test_labels_fit_on_buttons() -> None:
    for name, fact in read_pack(BRAND).newest.facts.items():
        for choice in (fact.values or {}).values():
            assert all(len(text) <= 20 for _, text in choice.label), (name, choice.label)
