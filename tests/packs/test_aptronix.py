"""Aptronix's policy, claim by claim: every limit at its edge and a moment past it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.packs import read_pack
from policies.decide import Decision

ORDERED = "2026-03-10T10:00+05:30"
FOURTEEN = (14, 14)
ORDER = {
    "channel": "online",
    "order_placed_at": ORDERED,
    "order_status": "confirmed",
    "invoiced": False,
    "payment_method": "upi",
    "amount_paid": 54900,
    "cancel_channel": "email",
}
DELIVERED = "2026-03-10T10:00+05:30"
DEAD = {
    "channel": "online",
    "order_status": "delivered",
    "invoiced": True,
    "amount_paid": 89900,
    "delivered_at": DELIVERED,
    "defect": "does_not_power_on_first_use",
    "notified_at": "2026-03-10T18:00+05:30",
    "notified_by_call": True,
    "notified_by_email": True,
    "aasc_certified_doa_at": "2026-03-11T09:00+05:30",
    "aasc_decision": "replacement",
    "original_packaging": True,
    "proof_of_purchase": True,
}
PRODUCT = {"channel": "online", "order_status": "delivered", "delivered_at": DELIVERED, "amount_paid": 89900}
STORE = {"channel": "store", "invoiced": True, "amount_paid": 120000, "purchased_at": DELIVERED}

EVENING = "2026-03-10T20:00+05:30"
DAY_1 = "2026-03-11T10:00+05:30"
DAY_1_PAST = "2026-03-11T10:01+05:30"
DAY_2 = "2026-03-12T10:00+05:30"
DAY_2_PAST = "2026-03-12T10:01+05:30"
NOON_1 = "2026-03-11T12:00+05:30"

Row = tuple[str, dict[str, Any], str, str | None, Any, str, Any]

CANCELLING: list[Row] = [
    ("cancelled at once", ORDER, "2026-03-10T10:05+05:30", "full_refund", 54900, "1.1#1", FOURTEEN),
    ("24 hours to the minute", ORDER, DAY_1, "full_refund", 54900, "3.1#2", FOURTEEN),
    ("24 hours and a minute", ORDER, DAY_1_PAST, "needs_review", (0, 54900), "3.1#2", FOURTEEN),
    ("48 hours to the minute", ORDER, DAY_2, "needs_review", (0, 54900), "1.1#1", FOURTEEN),
    ("48 hours and a minute", ORDER, DAY_2_PAST, "not_eligible", 0, "1.1#1", None),
    (
        "mailed in time, asked here a day later",
        ORDER | {"cancel_requested_at": EVENING},
        DAY_2,
        "full_refund",
        54900,
        "1.1#1",
        FOURTEEN,
    ),
    (
        "past 48 hours, invoice unknown",
        ORDER | {"invoiced": None, "order_status": None},
        DAY_2_PAST,
        "not_eligible",
        0,
        "1.1#1",
        None,
    ),
    ("invoice unknown", ORDER | {"invoiced": None, "order_status": None}, EVENING, None, None, "", None),
    ("time of the order unknown", ORDER | {"order_placed_at": None}, EVENING, None, None, "", None),
    (
        "invoiced after three hours",
        ORDER | {"invoiced": True, "order_status": "invoiced"},
        "2026-03-10T13:00+05:30",
        "not_eligible",
        0,
        "1.1#2",
        None,
    ),
    (
        "dispatched, invoice not mentioned",
        ORDER | {"invoiced": None, "order_status": "dispatched"},
        EVENING,
        "not_eligible",
        0,
        "1.4#1",
        None,
    ),
    (
        "asked in the very minute of the invoice",
        ORDER | {"invoiced": True, "invoiced_at": EVENING, "cancel_requested_at": EVENING},
        EVENING,
        "not_eligible",
        0,
        "1.1#2",
        None,
    ),
    (
        "asked a minute before the invoice, acknowledged after it",
        ORDER
        | {
            "invoiced": True,
            "invoiced_at": EVENING,
            "cancel_requested_at": "2026-03-10T19:59+05:30",
            "acknowledged_at": "2026-03-10T20:30+05:30",
        },
        "2026-03-10T21:00+05:30",
        "needs_review",
        (0, 54900),
        "1.1#2",
        None,
    ),
    (
        "asked before the invoice, no word of an acknowledgement",
        ORDER | {"invoiced": True, "invoiced_at": EVENING, "cancel_requested_at": "2026-03-10T15:00+05:30"},
        "2026-03-10T21:00+05:30",
        "needs_review",
        (0, 54900),
        "3.1#2",
        None,
    ),
    (
        "asked and acknowledged before the invoice",
        ORDER
        | {
            "invoiced": True,
            "invoiced_at": EVENING,
            "cancel_requested_at": "2026-03-10T15:00+05:30",
            "acknowledged_at": "2026-03-10T16:00+05:30",
        },
        "2026-03-10T21:00+05:30",
        "full_refund",
        54900,
        "1.1#2",
        FOURTEEN,
    ),
    (
        "status dispatched, yet said not to be invoiced",
        ORDER | {"order_status": "dispatched"},
        EVENING,
        "needs_review",
        (0, 54900),
        "1.1#2",
        FOURTEEN,
    ),
    (
        "paid through Pine Labs, ten minutes old",
        ORDER | {"payment_method": "pinelabs"},
        "2026-03-10T10:10+05:30",
        "not_eligible",
        0,
        "1.2#1",
        None,
    ),
    ("a gift card", ORDER | {"item_type": "gift_card"}, EVENING, "not_eligible", 0, "1.4#2", None),
    ("an engraved product", ORDER | {"item_type": "personalized"}, EVENING, "not_eligible", 0, "1.4#2", None),
    ("a clearance item", ORDER | {"on_sale": True}, EVENING, "not_eligible", 0, "1.4#2", None),
    (
        "asked by phone only",
        ORDER | {"cancel_channel": "phone"},
        EVENING,
        "needs_review",
        (0, 54900),
        "1.3#1",
        FOURTEEN,
    ),
    (
        "asked in the chat only",
        ORDER | {"cancel_channel": "chat"},
        DAY_1,
        "needs_review",
        (0, 54900),
        "1.3#1",
        FOURTEEN,
    ),
    (
        "asked in the chat after 48 hours",
        ORDER | {"cancel_channel": "chat"},
        DAY_2_PAST,
        "not_eligible",
        0,
        "1.1#1",
        None,
    ),
    ("bank took 300.50", ORDER | {"bank_charges": 300.50}, EVENING, "partial_refund", 54599.50, "3.5", FOURTEEN),
    (
        "charges above what was paid",
        ORDER | {"amount_paid": 200, "bank_charges": 350},
        EVENING,
        "not_eligible",
        0,
        "3.5",
        None,
    ),
    (
        "coupon of 3000",
        ORDER | {"amount_paid": None, "order_value": 54900, "coupon_value": 3000},
        EVENING,
        "full_refund",
        51900,
        "1.5#4",
        FOURTEEN,
    ),
    (
        "gift card for a part of it",
        ORDER | {"amount_paid": 44900, "order_value": 54900, "gift_card_value_used": 10000},
        EVENING,
        "full_refund",
        44900,
        "1.5#4",
        FOURTEEN,
    ),
    (
        "gift card for all of it",
        ORDER | {"amount_paid": 0, "gift_card_value_used": 54900},
        EVENING,
        "not_eligible",
        0,
        "1.5#4",
        None,
    ),
    (
        "account in the wife's name",
        ORDER | {"payout_account_name_matches": False},
        EVENING,
        "needs_review",
        54900,
        "3.4#5",
        FOURTEEN,
    ),
    (
        "names that are not quite the same",
        ORDER | {"order_name": "Rohit K Menon", "account_holder_name": "Rohit Menon"},
        EVENING,
        "needs_review",
        54900,
        "3.4#1",
        FOURTEEN,
    ),
    (
        "names that are the same",
        ORDER | {"order_name": "Rohit Menon", "account_holder_name": "Rohit Menon"},
        EVENING,
        "full_refund",
        54900,
        "3.3",
        FOURTEEN,
    ),
    ("account abroad", ORDER | {"payout_account_indian": False}, EVENING, "needs_review", 54900, "1.5#2", FOURTEEN),
    ("account of a minor", ORDER | {"payout_account_minor": True}, EVENING, "needs_review", 54900, "3.4#6", FOURTEEN),
    (
        "a wrong account changes no refusal",
        ORDER | {"payout_account_indian": False, "on_sale": True},
        EVENING,
        "not_eligible",
        0,
        "1.4#2",
        None,
    ),
    ("amount not told", ORDER | {"amount_paid": None}, EVENING, "full_refund", None, "1.1#1", FOURTEEN),
    (
        "three units, cancelled by the customer",
        ORDER | {"quantity": 3},
        EVENING,
        "full_refund",
        54900,
        "1.1#1",
        FOURTEEN,
    ),
    (
        "cancelled before it was ordered",
        ORDER | {"cancel_requested_at": "2026-03-09T10:00+05:30"},
        EVENING,
        "needs_review",
        (0, 54900),
        "1.1#1",
        FOURTEEN,
    ),
    (
        "cancelled by Aptronix after nine days",
        {
            "channel": "online",
            "order_placed_at": ORDERED,
            "order_status": "cancelled_by_aptronix",
            "amount_paid": 54900,
        },
        "2026-03-19T10:00+05:30",
        "full_refund",
        54900,
        "1.6#1",
        FOURTEEN,
    ),
    (
        "a sale item cancelled by Aptronix",
        ORDER | {"order_status": "cancelled_by_aptronix", "on_sale": True},
        DAY_2_PAST,
        "full_refund",
        54900,
        "1.6#1",
        FOURTEEN,
    ),
    (
        "cancelled by Aptronix, bank charge",
        ORDER | {"cancelled_by": "seller", "bank_charges": 900},
        DAY_1,
        "partial_refund",
        54000,
        "3.5",
        FOURTEEN,
    ),
    (
        "Pine Labs order cancelled by Aptronix",
        ORDER | {"cancelled_by": "seller", "payment_method": "pinelabs"},
        DAY_1,
        "needs_review",
        (0, 54900),
        "1.2#1",
        FOURTEEN,
    ),
    (
        "bulk order cancelled by Aptronix, paid by card",
        ORDER | {"cancelled_by": "seller", "quantity": 5, "payment_method": "credit_card"},
        DAY_1,
        "needs_review",
        54900,
        "5.1#4",
        FOURTEEN,
    ),
    (
        "invoiced and then cancelled by Aptronix",
        ORDER | {"cancelled_by": "seller", "invoiced": True},
        DAY_1,
        "needs_review",
        (0, 54900),
        "3.1#1",
        FOURTEEN,
    ),
    (
        "cancelled by Aptronix, payout abroad",
        ORDER | {"cancelled_by": "seller", "payout_account_indian": False},
        DAY_1,
        "needs_review",
        54900,
        "1.5#2",
        FOURTEEN,
    ),
    (
        "delivered, status not told, wants to cancel",
        {"order_placed_at": ORDERED, "delivered_at": "2026-03-10T18:00+05:30", "cancel_requested_at": EVENING},
        EVENING,
        "not_eligible",
        0,
        "1.1#2",
        None,
    ),
    (
        "delivered the same day, wants to cancel",
        ORDER | {"order_status": "delivered", "invoiced": True, "cancel_requested_at": EVENING},
        EVENING,
        "not_eligible",
        0,
        "2.1#1",
        None,
    ),
]

PRODUCTS: list[Row] = [
    ("dead on arrival, all in order", DEAD, DAY_1, "replacement", 0, "2.2.2#1", None),
    ("reported at 24 hours", DEAD | {"notified_at": DAY_1}, DAY_1, "replacement", 0, "2.2.1#1", None),
    ("reported a minute later", DEAD | {"notified_at": DAY_1_PAST}, DAY_1_PAST, "not_eligible", 0, "2.2.1#1", None),
    ("certified at 24 hours", DEAD | {"aasc_certified_doa_at": DAY_1}, DAY_1, "replacement", 0, "2.2.1#3", None),
    (
        "certified a minute later",
        DEAD | {"aasc_certified_doa_at": DAY_1_PAST},
        NOON_1,
        "not_eligible",
        0,
        "2.2.1#3",
        None,
    ),
    (
        "no certificate known yet",
        DEAD | {"aasc_certified_doa_at": None, "aasc_decision": None},
        EVENING,
        None,
        None,
        "",
        None,
    ),
    (
        "no certificate told, a minute past 24 hours",
        DEAD | {"aasc_certified_doa_at": None, "aasc_decision": None},
        DAY_1_PAST,
        "not_eligible",
        0,
        "2.2.1#3",
        None,
    ),
    (
        "not certified yet, 24 hours to the minute",
        DEAD | {"aasc_certified_doa_at": None, "aasc_decision": "not_yet"},
        DAY_1,
        "needs_review",
        None,
        "2.2.1#2",
        None,
    ),
    (
        "not certified yet, a minute past",
        DEAD | {"aasc_certified_doa_at": None, "aasc_decision": "not_yet"},
        DAY_1_PAST,
        "not_eligible",
        0,
        "2.2.1#3",
        None,
    ),
    (
        "finding known within the day, its hour not told",
        DEAD | {"aasc_certified_doa_at": None},
        "2026-03-11T09:50+05:30",
        "replacement",
        0,
        "2.2.2#1",
        None,
    ),
    ("finding known later, its hour not told", DEAD | {"aasc_certified_doa_at": None}, NOON_1, None, None, "", None),
    ("certified, finding not told", DEAD | {"aasc_decision": None}, DAY_1, None, None, "", None),
    ("time of delivery unknown", DEAD | {"delivered_at": None}, DAY_1, None, None, "", None),
    ("mailed but did not call", DEAD | {"notified_by_call": False}, DAY_1, "needs_review", (0, 89900), "2.2.1#1", None),
    (
        "called but did not mail",
        DEAD | {"notified_by_email": False},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.2.1#1",
        None,
    ),
    (
        "neither called nor mailed, day over",
        DEAD | {"notified_by_call": False, "notified_by_email": False},
        DAY_1_PAST,
        "not_eligible",
        0,
        "2.2.1#1",
        None,
    ),
    (
        "neither called nor mailed, day not over",
        DEAD | {"notified_by_call": False, "notified_by_email": False},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.2.1#1",
        None,
    ),
    (
        "repair chosen",
        DEAD | {"aasc_decision": "repair", "customer_chose_repair": True},
        DAY_1,
        "not_eligible",
        0,
        "2.2.2#2",
        None,
    ),
    ("repair decided", DEAD | {"aasc_decision": "repair"}, DAY_1, "not_eligible", 0, "2.2.2", None),
    (
        "replacement decided, repair chosen",
        DEAD | {"customer_chose_repair": True},
        DAY_1,
        "not_eligible",
        0,
        "2.2.2#2",
        None,
    ),
    (
        "repair declined",
        DEAD | {"aasc_decision": "repair", "customer_chose_repair": False},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.2.2#2",
        None,
    ),
    ("the centre finds it not dead", DEAD | {"aasc_decision": "not_doa"}, DAY_1, "not_eligible", 0, "2.2.1#2", None),
    ("box thrown away", DEAD | {"original_packaging": False}, DAY_1, "not_eligible", 0, "2.3#2", None),
    ("no bill", DEAD | {"proof_of_purchase": False}, DAY_1, "not_eligible", 0, "2.3#2", None),
    (
        "packaging and bill not mentioned",
        DEAD | {"original_packaging": None, "proof_of_purchase": None},
        DAY_1,
        "replacement",
        0,
        "2.2.2#1",
        None,
    ),
    ("sale item", DEAD | {"on_sale": True}, DAY_1, "not_eligible", 0, "2.3#5", None),
    ("personalised product", DEAD | {"item_type": "personalized"}, DAY_1, "not_eligible", 0, "2.3#5", None),
    ("another brand", DEAD | {"apple_product": False}, DAY_1, "needs_review", (0, 89900), "2.2.1#2", None),
    (
        "used after the first try",
        DEAD | {"used_beyond_first_use": True},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.3#2",
        None,
    ),
    ("described falsely", DEAD | {"misrepresented": True}, DAY_1, "needs_review", None, "2.2.3#2", None),
    (
        "replacement could not be given",
        DEAD | {"replacement_failed": True},
        DAY_1,
        "needs_review",
        (0, 89900),
        "3.1#1",
        None,
    ),
    ("first use not mentioned", DEAD | {"defect": "does_not_power_on"}, DAY_1, "replacement", 0, "2.2.2#1", None),
    (
        "certified before the delivery",
        DEAD | {"aasc_certified_doa_at": "2026-03-09T10:00+05:30"},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.2.1#3",
        None,
    ),
    (
        "fault after two weeks",
        PRODUCT | {"defect": "later_fault"},
        "2026-03-24T10:00+05:30",
        "not_eligible",
        0,
        "2.1#3",
        None,
    ),
    ("scratch", PRODUCT | {"defect": "cosmetic_damage"}, EVENING, "not_eligible", 0, "2.2", None),
    (
        "seal broken, accepted, told at 24 hours",
        PRODUCT | {"defect": "outer_seal_broken", "package_accepted": True},
        DAY_1,
        "needs_review",
        (0, 89900),
        "2.3#3",
        None,
    ),
    (
        "seal broken, told a minute later",
        PRODUCT | {"defect": "outer_seal_broken", "package_accepted": True},
        DAY_1_PAST,
        "not_eligible",
        0,
        "2.3#1",
        None,
    ),
    (
        "seal broken, two units",
        PRODUCT | {"defect": "outer_seal_broken", "quantity": 2},
        EVENING,
        "needs_review",
        (0, 89900),
        "5.3#1",
        None,
    ),
    (
        "seal broken, parcel refused",
        {"channel": "online", "defect": "outer_seal_broken", "package_accepted": False, "amount_paid": 89900},
        EVENING,
        "needs_review",
        (0, 89900),
        "2.3#3",
        None,
    ),
    ("does not like it", PRODUCT | {"reason": "change_of_mind"}, EVENING, "not_eligible", 0, "2.1#1", None),
    ("sale item, defect not told", PRODUCT | {"on_sale": True}, EVENING, "not_eligible", 0, "2.3#5", None),
    ("problem not told", PRODUCT, EVENING, None, None, "", None),
    (
        "wrong colour, told at once",
        PRODUCT | {"defect": "wrong_item"},
        EVENING,
        "needs_review",
        (0, 89900),
        "2.3#1",
        None,
    ),
    (
        "cable missing, told late",
        PRODUCT | {"defect": "missing_accessory"},
        DAY_1_PAST,
        "not_eligible",
        0,
        "2.3#1",
        None,
    ),
    (
        "two of three came",
        PRODUCT | {"quantity": 3, "units_received": 2},
        EVENING,
        "needs_review",
        (0, 89900),
        "5.2#2",
        None,
    ),
    (
        "opened unit among four",
        PRODUCT | {"defect": "open_box_unit", "quantity": 4},
        EVENING,
        "not_eligible",
        0,
        "5.3#4",
        None,
    ),
    (
        "opened unit, one ordered",
        PRODUCT | {"defect": "open_box_unit", "quantity": 1},
        EVENING,
        "needs_review",
        (0, 89900),
        "5.3#1",
        None,
    ),
    (
        "opened unit, sealed ones asked for",
        PRODUCT | {"defect": "open_box_unit", "quantity": 4, "sealed_units_requested": True},
        EVENING,
        "needs_review",
        (0, 89900),
        "5.3#5",
        None,
    ),
]

STORES: list[Row] = [
    ("invoiced, wants the money back", STORE, EVENING, "not_eligible", 0, "4#1", None),
    ("only that it was bought in the store", {"channel": "store"}, EVENING, "not_eligible", 0, "4#2", None),
    ("not invoiced yet", STORE | {"invoiced": False}, EVENING, "needs_review", (0, 120000), "4#1", None),
    (
        "dead, opened in the store, noted",
        STORE | {"defect": "does_not_power_on", "opened_in_store": True, "noted_by_employee": True},
        EVENING,
        "needs_review",
        (0, 120000),
        "4#3",
        None,
    ),
    (
        "scratch, opened in the store, noted; channel not told",
        {"defect": "cosmetic_damage", "opened_in_store": True, "noted_by_employee": True, "amount_paid": 60000},
        EVENING,
        "needs_review",
        (0, 60000),
        "4#3",
        None,
    ),
    (
        "scratch, opened in the store, not noted",
        STORE | {"defect": "cosmetic_damage", "opened_in_store": True, "noted_by_employee": False},
        EVENING,
        "not_eligible",
        0,
        "4#3",
        None,
    ),
    (
        "dead, opened at home",
        STORE | {"defect": "does_not_power_on_first_use", "opened_in_store": False},
        EVENING,
        "not_eligible",
        0,
        "4#3",
        None,
    ),
    (
        "dead, where it was opened unknown",
        STORE | {"defect": "does_not_power_on_first_use"},
        EVENING,
        None,
        None,
        "",
        None,
    ),
    (
        "opened in the store, note unknown",
        STORE | {"defect": "cosmetic_damage", "opened_in_store": True},
        EVENING,
        None,
        None,
        "",
        None,
    ),
    ("fault later", STORE | {"defect": "later_fault"}, DAY_2, "not_eligible", 0, "4#2", None),
    ("gift card of the store", STORE | {"item_type": "gift_card"}, EVENING, "needs_review", (0, 120000), "4#2", None),
    ("opened in the store, nothing else told", STORE | {"opened_in_store": True}, EVENING, None, None, "", None),
    ("GST to be added to the bill", STORE | {"wants_bill_change": True}, EVENING, "not_eligible", 0, "4#4", None),
    ("cancelled by Aptronix", STORE | {"cancelled_by": "seller"}, EVENING, "needs_review", (0, 120000), "1.6#1", None),
]


def _amount(decision: Decision) -> tuple[Decimal, Decimal] | None:
    return (decision.amount.low, decision.amount.high) if decision.amount else None


def _expected(outcome: str | None, amount: Any) -> tuple[Decimal, Decimal] | None:
    if amount is None:
        return None
    low, high = amount if isinstance(amount, tuple) else (amount, amount)
    return Decimal(str(low)), Decimal(str(high))


@pytest.mark.parametrize(
    ("facts", "now", "outcome", "amount", "clause", "eta"),
    [pytest.param(*row[1:], id=row[0]) for row in (*CANCELLING, *PRODUCTS, *STORES)],
)
def test_scenario(
    judge: Callable[..., Decision],
    facts: dict[str, Any],
    now: str,
    outcome: str | None,
    amount: Any,
    clause: str,
    eta: tuple[int, int] | None,
) -> None:
    decision = judge("aptronix", now, **facts)
    assert decision.outcome == outcome, (decision.rule and decision.rule.id, decision.missing)
    if outcome in ("full_refund", "partial_refund", "needs_review"):
        assert _amount(decision) == _expected(outcome, amount)
    if outcome is None:
        assert decision.missing
    else:
        assert clause in decision.clauses
    assert ((decision.eta.main.least, decision.eta.main.most) if decision.eta else None) == eta


@pytest.mark.parametrize(
    ("facts", "claim_type"),
    [
        ({"order_placed_at": ORDERED}, "online_cancellation"),
        ({"defect": "does_not_power_on_first_use"}, "online_product"),
        ({"order_status": "delivered"}, "online_product"),
        ({"opened_in_store": False}, "store_purchase"),
        ({"channel": "store", "defect": "cosmetic_damage"}, "store_purchase"),
        ({"wants_sealed_units": True}, "sealed_units"),
        ({"reason": "not_received"}, "missing_parcel"),
        ({"order_status": "delivered", "parcel_missing": True}, "missing_parcel"),
    ],
)
def test_exactly_one_claim_type_applies(judge: Callable[..., Decision], facts: dict[str, Any], claim_type: str) -> None:
    decision = judge("aptronix", EVENING, **facts)
    assert decision.claim_type == claim_type
    applying, possible = decision.version.types_for(decision.known.values)
    assert [item.id for item in applying] == [claim_type]
    assert possible == []


def test_what_is_missing_is_what_the_customer_can_answer(judge: Callable[..., Decision]) -> None:
    facts = {"order_status": "delivered", "delivered_at": DELIVERED, "defect": "does_not_power_on_first_use"}
    decision = judge("aptronix", EVENING, **facts)
    assert decision.missing[:2] == ("aasc_certified_doa_at", "aasc_decision")
    assert set(decision.missing) <= set(decision.version.slots)


def test_contradictions_are_told(judge: Callable[..., Decision]) -> None:
    between = judge("aptronix", DAY_1_PAST, **ORDER)
    assert [conflict.id for conflict in between.conflicts] == ["cancel_window"]
    refund = judge("aptronix", EVENING, **ORDER)
    assert [note.id for note in refund.notes] == ["refund_time", "refund_method"]
    assert not refund.conflicts


def test_what_was_taken_for_granted_is_marked(judge: Callable[..., Decision]) -> None:
    told = {key: value for key, value in ORDER.items() if key not in ("cancel_channel", "payment_method")}
    decision = judge("aptronix", EVENING, **told)
    assert decision.outcome == "full_refund"
    assert {"cancel_channel", "on_sale", "item_type", "paid_by_pinelabs"} <= set(decision.presumed)


def test_every_rule_can_be_reached(judge: Callable[..., Decision]) -> None:
    version = read_pack("aptronix").newest
    rules = {(kind.id, rule.id) for kind in version.claim_types.values() for rule in (*kind.rules, *kind.guards)}
    reached = set()
    for facts, now in ((row[1], row[2]) for row in (*CANCELLING, *PRODUCTS, *STORES)):
        decision = judge("aptronix", now, **facts)
        if decision.rule:
            reached.add((decision.claim_type, decision.rule.id))
    assert rules - reached == set()
