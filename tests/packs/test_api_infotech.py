"""API Infotech: what its policy allows, limits and refuses, each limit at its edge and a moment past it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from bot.packs import pack_texts, read_pack
from bot.questions import read_silent
from policies.deadlines import due_moment
from policies.decide import Decision, UnclearClaim, decide_for_any

Judge = Callable[..., Decision]
BRAND = "api-infotech"
NOON = "2026-03-12T12:00+05:30"
DSC: dict[str, object] = {"product": "dsc", "amount_paid": 1800, "paid_at": "2026-03-09T10:00+05:30"}
REJECTED = DSC | {"dsc_status": "application_rejected", "rejection_cause": "document_issue"}
TOKEN: dict[str, object] = {
    "product": "usb_token",
    "amount_paid": 950,
    "delivered_at": "2026-03-11T12:00+05:30",
    "condition": "defective_on_delivery",
    "used": False,
    "original_packaging": True,
}
RETURN = TOKEN | {"reported_at": "2026-03-11T18:00+05:30", "return_approved_at": "2026-03-12T12:00+05:30"}
PAPERS: dict[str, object] = {
    "product": "registration",
    "service": "gst",
    "amount_paid": 6000,
    "process_started": False,
    "filed": False,
    "professional_fee_deductible": 1500,
}
SITE: dict[str, object] = {
    "product": "website",
    "amount_paid": 20000,
    "paid_at": "2026-03-05T12:00+05:30",
    "work_started": False,
}
COURSE: dict[str, object] = {"product": "training", "amount_paid": 4000, "session_at": "2026-03-14T10:00+05:30"}
TWICE: dict[str, object] = {"duplicate_payment": True, "amount_each": 1800, "verified": True}
TYPED_A_ZERO_MORE: dict[str, object] = {"invoice_amount": 950, "amount_paid": 9500, "verified": True}

DAYS = (7, 10)
# title, facts, now, outcome, amount (a figure or a range; None where unknown or refused), clause, ETA in working days
Row = tuple[str, dict[str, object], str, str, Any, str, tuple[int, int] | None]

CERTIFICATES: list[Row] = [
    ("downloaded", DSC | {"dsc_status": "downloaded"}, NOON, "not_eligible", None, "1#1", None),
    (
        "approved, not downloaded",
        DSC | {"dsc_status": "approved_not_downloaded"},
        NOON,
        "not_eligible",
        None,
        "1#3",
        None,
    ),
    (
        "asked a minute before the approval",
        DSC | {"dsc_status": "approved_not_downloaded", "approved_at": "2026-03-12T12:01+05:30"},
        NOON,
        "needs_review",
        (0, 1800),
        "1#3",
        DAYS,
    ),
    (
        "asked at the very moment of the approval",
        DSC | {"dsc_status": "approved_not_downloaded", "approved_at": NOON},
        NOON,
        "not_eligible",
        None,
        "1#3",
        None,
    ),
    (
        "asked before the approval, downloaded since",
        DSC | {"dsc_status": "downloaded", "approved_at": "2026-03-12T18:00+05:30"},
        NOON,
        "not_eligible",
        None,
        "1#1",
        None,
    ),
    ("only applied", DSC | {"dsc_status": "applied"}, NOON, "needs_review", (0, 1800), "1#3", DAYS),
    ("in verification", DSC | {"dsc_status": "verification_pending"}, NOON, "needs_review", (0, 1800), "1#3", DAYS),
    ("rejected over documents", REJECTED, NOON, "partial_refund", (1500, 1700), "1#2", DAYS),
    (
        "rejected over the applicant's slip",
        REJECTED | {"rejection_cause": "user_error"},
        NOON,
        "partial_refund",
        (1500, 1700),
        "1#2",
        DAYS,
    ),
    (
        "rejected, less paid than the highest charge",
        REJECTED | {"amount_paid": 250},
        NOON,
        "partial_refund",
        (0, 150),
        "1#2",
        DAYS,
    ),
    (
        "rejected, a paisa above the least charge",
        REJECTED | {"amount_paid": 100.01},
        NOON,
        "partial_refund",
        (0, 0.01),
        "1#2",
        DAYS,
    ),
    ("rejected, exactly the least charge", REJECTED | {"amount_paid": 100}, NOON, "not_eligible", None, "1#2", None),
    ("rejected, payment unknown", REJECTED | {"amount_paid": None}, NOON, "partial_refund", None, "1#2", DAYS),
    (
        "rejected for another reason",
        REJECTED | {"rejection_cause": "other"},
        NOON,
        "needs_review",
        (0, 1800),
        "1#2",
        DAYS,
    ),
    (
        "rejected, the account is closed",
        REJECTED | {"original_method_available": False},
        NOON,
        "needs_review",
        (1500, 1700),
        "refund-mode#1",
        DAYS,
    ),
]

TOKENS: list[Row] = [
    ("dead on arrival", TOKEN, NOON, "replacement", 0, "2#2", None),
    ("came broken", TOKEN | {"condition": "damaged_on_delivery"}, NOON, "replacement", 0, "2#2", None),
    ("broken by the courier", TOKEN | {"cause": "courier"}, NOON, "replacement", 0, "2#2", None),
    ("money is wanted", TOKEN | {"wants": "refund"}, NOON, "replacement", 0, "2#2", None),
    ("48 hours to the second", TOKEN, "2026-03-13T12:00:00+05:30", "replacement", 0, "2#2.1", None),
    ("48 hours and a second", TOKEN, "2026-03-13T12:00:01+05:30", "not_eligible", None, "2#2.1", None),
    (
        "reported in time, written about later",
        TOKEN | {"reported_at": "2026-03-12T09:00+05:30"},
        "2026-03-20T09:00+05:30",
        "replacement",
        0,
        "2#2",
        None,
    ),
    (
        "plugged in only to test",
        TOKEN | {"used": True, "use_description": "plugged in once to see if it works"},
        NOON,
        "needs_review",
        None,
        "2#2.2",
        None,
    ),
    (
        "tested, in Hinglish",
        TOKEN | {"used": True, "use_description": "bas ek baar laga ke dekha"},
        NOON,
        "needs_review",
        None,
        "2#2.2",
        None,
    ),
    (
        "used for work",
        TOKEN | {"used": True, "use_description": "signed the attestation of our latest deeds"},
        NOON,
        "not_eligible",
        None,
        "2#2.2",
        None,
    ),
    ("used, not told for what", TOKEN | {"used": True}, NOON, "not_eligible", None, "2#2.2", None),
    ("packaging thrown away", TOKEN | {"original_packaging": False}, NOON, "not_eligible", None, "2#2.2", None),
    ("works, not needed", TOKEN | {"condition": "good"}, NOON, "not_eligible", None, "2#1", None),
    (
        "works, unused, the same hour",
        TOKEN | {"condition": "good"},
        "2026-03-11T12:30+05:30",
        "not_eligible",
        None,
        "2#1",
        None,
    ),
    ("fell into water", TOKEN | {"condition": "water_damage"}, NOON, "not_eligible", None, "denials#2", None),
    ("broke later", TOKEN | {"condition": "damaged_later"}, NOON, "not_eligible", None, "denials#2", None),
    (
        "broken by the owner",
        TOKEN | {"condition": "damaged_on_delivery", "cause": "user_misuse"},
        NOON,
        "not_eligible",
        None,
        "denials#2",
        None,
    ),
    (
        "not delivered",
        {"product": "usb_token", "amount_paid": 950, "delivered": False},
        NOON,
        "needs_review",
        (0, 950),
        "2#1",
        None,
    ),
    (
        "not delivered, payment unknown",
        {"product": "usb_token", "delivered": False},
        NOON,
        "needs_review",
        None,
        "2#1",
        None,
    ),
    (
        "not received, by the reason given",
        {"product": "usb_token", "amount_paid": 950, "reason": "not_received"},
        NOON,
        "needs_review",
        (0, 950),
        "2#1",
        None,
    ),
    (
        "mind changed, by the reason given",
        {key: value for key, value in TOKEN.items() if key != "condition"} | {"reason": "change_of_mind"},
        NOON,
        "not_eligible",
        None,
        "2#1",
        None,
    ),
    ("return approved, not sent, day 7", RETURN, "2026-03-19T12:00+05:30", "replacement", 0, "2#2", None),
    (
        "return approved, not sent, a minute past",
        RETURN,
        "2026-03-19T12:01+05:30",
        "not_eligible",
        None,
        "return-process#3",
        None,
    ),
    ("too late and used", TOKEN | {"used": True}, "2026-03-15T12:00+05:30", "not_eligible", None, "2#2.1", None),
    (
        "sent back after 7 days to the minute",
        RETURN | {"sent_back_at": "2026-03-19T12:00+05:30"},
        "2026-03-20T12:00+05:30",
        "replacement",
        0,
        "2#2",
        None,
    ),
    (
        "sent back after 7 days and a minute",
        RETURN | {"sent_back_at": "2026-03-19T12:01+05:30"},
        "2026-03-20T12:00+05:30",
        "not_eligible",
        None,
        "return-process#3",
        None,
    ),
]

REGISTRATIONS: list[Row] = [
    ("not begun", PAPERS, NOON, "partial_refund", 4500, "3#2", DAYS),
    (
        "not begun, government fee paid",
        PAPERS | {"government_fee_paid": 1000.5},
        NOON,
        "partial_refund",
        3499.5,
        "3#3",
        DAYS,
    ),
    (
        "not begun, the fee unknown",
        PAPERS | {"professional_fee_deductible": None},
        NOON,
        "partial_refund",
        (0, 6000),
        "3#2",
        DAYS,
    ),
    (
        "not begun, a paisa more than the fees",
        PAPERS | {"amount_paid": 1500.01},
        NOON,
        "partial_refund",
        0.01,
        "3#2",
        DAYS,
    ),
    ("not begun, the fees take all", PAPERS | {"amount_paid": 1500}, NOON, "not_eligible", None, "3#2", None),
    ("begun, not filed", PAPERS | {"process_started": True}, NOON, "needs_review", (0, 4500), "3#1", DAYS),
    (
        "begun, not filed, the fees take all",
        PAPERS | {"amount_paid": 1500, "process_started": True},
        NOON,
        "not_eligible",
        None,
        "3#2",
        None,
    ),
    (
        "begun, not filed, fee not stated",
        {"product": "registration", "amount_paid": 6000, "process_started": True, "filed": False},
        NOON,
        "needs_review",
        (0, 6000),
        "3#1",
        DAYS,
    ),
    (
        "begun, not filed, government fee paid",
        PAPERS | {"process_started": True, "government_fee_paid": 2000},
        NOON,
        "needs_review",
        (0, 2500),
        "3#2",
        DAYS,
    ),
    ("filed", PAPERS | {"process_started": True, "filed": True}, NOON, "not_eligible", None, "3#1", None),
    ("filed, nothing else told", {"product": "registration", "filed": True}, NOON, "not_eligible", None, "3#1", None),
    (
        "not begun, card closed",
        PAPERS | {"original_method_available": False},
        NOON,
        "needs_review",
        4500,
        "refund-mode#1",
        DAYS,
    ),
]

WEB_WORK: list[Row] = [
    ("7 days to the second", SITE, "2026-03-12T12:00:00+05:30", "full_refund", 20000, "4#1", DAYS),
    ("7 days and a second", SITE, "2026-03-12T12:00:01+05:30", "not_eligible", None, "4#1", None),
    (
        "asked in time, judged later",
        SITE | {"requested_at": "2026-03-10T12:00+05:30"},
        "2026-03-25T12:00+05:30",
        "full_refund",
        20000,
        "4#1",
        DAYS,
    ),
    ("software", SITE | {"product": "software"}, NOON, "full_refund", 20000, "4#1", DAYS),
    ("CRM", SITE | {"product": "crm"}, NOON, "full_refund", 20000, "4#1", DAYS),
    (
        "domain and hosting bought",
        SITE | {"domain_charge": 899, "hosting_charge": 2400.5},
        NOON,
        "partial_refund",
        16700.5,
        "4#3",
        DAYS,
    ),
    (
        "all of it domain and hosting",
        SITE | {"amount_paid": 3000, "domain_charge": 600, "hosting_charge": 2400},
        NOON,
        "not_eligible",
        None,
        "4#3",
        None,
    ),
    ("work begun", SITE | {"work_started": True}, NOON, "needs_review", (0, 20000), "4#2", DAYS),
    (
        "one percent done",
        SITE | {"work_started": None, "completion_percent": 1},
        NOON,
        "needs_review",
        (0, 20000),
        "4#2",
        DAYS,
    ),
    (
        "nothing done, told in percent",
        SITE | {"work_started": None, "completion_percent": 0},
        NOON,
        "full_refund",
        20000,
        "4#1",
        DAYS,
    ),
    (
        "work begun, months after the payment",
        SITE | {"work_started": True, "completion_percent": 60, "domain_charge": 1000},
        "2026-07-12T12:00+05:30",
        "needs_review",
        (0, 19000),
        "4#2",
        DAYS,
    ),
    (
        "99.9 percent done",
        SITE | {"work_started": True, "completion_percent": 99.9},
        NOON,
        "needs_review",
        (0, 20000),
        "4#2",
        DAYS,
    ),
    (
        "complete",
        SITE | {"work_started": True, "completion_percent": 100},
        NOON,
        "not_eligible",
        None,
        "denials#1",
        None,
    ),
    (
        "delivered, nothing else told",
        {"product": "software", "amount_paid": 9000, "delivered_at": "2026-03-06T12:00+05:30"},
        NOON,
        "not_eligible",
        None,
        "denials#1",
        None,
    ),
    (
        "a part delivered, not complete",
        SITE | {"work_started": True, "completion_percent": 60, "delivered_at": "2026-03-06T12:00+05:30"},
        NOON,
        "needs_review",
        (0, 20000),
        "4#2",
        DAYS,
    ),
    ("UPI id closed", SITE | {"original_method_available": False}, NOON, "needs_review", 20000, "refund-mode#1", DAYS),
]

SESSIONS: list[Row] = [
    ("24 hours ahead to the second", COURSE, "2026-03-13T10:00:00+05:30", "full_refund", 4000, "5#1", DAYS),
    ("a second less than 24 hours ahead", COURSE, "2026-03-13T10:00:01+05:30", "needs_review", (0, 4000), "5#1", DAYS),
    ("the last minute of the day before", COURSE, "2026-03-13T23:59+05:30", "needs_review", (0, 4000), "5#2", DAYS),
    ("the first minute of the day", COURSE, "2026-03-14T00:00+05:30", "not_eligible", None, "5#2", None),
    ("as it begins", COURSE, "2026-03-14T10:00+05:30", "not_eligible", None, "5#2", None),
    ("after it", COURSE, "2026-03-14T12:00+05:30", "not_eligible", None, "5#2", None),
    (
        "cancelled in time, money asked for after it",
        COURSE | {"cancelled_at": "2026-03-12T10:00+05:30"},
        "2026-03-20T10:00+05:30",
        "full_refund",
        4000,
        "5#1",
        DAYS,
    ),
    ("a consultation", COURSE | {"product": "consultation"}, NOON, "full_refund", 4000, "5#1", DAYS),
    ("attended", COURSE | {"attended": True}, "2026-03-15T10:00+05:30", "not_eligible", None, "denials#1", None),
    (
        "called off by the company",
        COURSE | {"cancelled_by": "company"},
        "2026-03-15T10:00+05:30",
        "needs_review",
        (0, 4000),
        "5#1",
        DAYS,
    ),
    ("card lost", COURSE | {"original_method_available": False}, NOON, "needs_review", 4000, "refund-mode#1", DAYS),
]

SLIPS: list[Row] = [
    ("paid twice", DSC | TWICE, NOON, "full_refund", 1800, "6#1", DAYS),
    ("said to be twice, paid once", DSC | TWICE | {"times_paid": 1}, NOON, "not_eligible", None, "6#1", None),
    ("paid three times", DSC | TWICE | {"times_paid": 3}, NOON, "full_refund", 3600, "6#1", DAYS),
    ("paid twice, and downloaded", DSC | TWICE | {"dsc_status": "downloaded"}, NOON, "full_refund", 1800, "6#1", DAYS),
    (
        "paid twice, each as the invoice",
        {"product": "crm", "duplicate_payment": True, "invoice_amount": 500},
        NOON,
        "full_refund",
        500,
        "6#1",
        DAYS,
    ),
    ("paid twice, not found in the check", DSC | TWICE | {"verified": False}, NOON, "needs_review", 1800, "6#1", DAYS),
    (
        "paid twice, amount unknown",
        {"product": "dsc", "duplicate_payment": True},
        NOON,
        "full_refund",
        None,
        "6#1",
        DAYS,
    ),
    (
        "paid twice, card closed",
        DSC | TWICE | {"original_method_available": False},
        NOON,
        "needs_review",
        1800,
        "refund-mode#1",
        DAYS,
    ),
    ("a zero too many", {"product": "usb_token", **TYPED_A_ZERO_MORE}, NOON, "partial_refund", 8550, "6#1", DAYS),
    ("a paisa above the invoice", SITE | {"invoice_amount": 19999.99}, NOON, "partial_refund", 0.01, "6#1", DAYS),
    ("exactly the invoice", SITE | {"invoice_amount": 20000}, NOON, "full_refund", 20000, "4#1", DAYS),
    (
        "said to be too much, and was not",
        SITE | {"invoice_amount": 20000, "overpaid": True},
        NOON,
        "full_refund",
        20000,
        "4#1",
        DAYS,
    ),
    (
        "a zero too many, not confirmed",
        {"product": "usb_token", **TYPED_A_ZERO_MORE, "verified": False},
        NOON,
        "needs_review",
        8550,
        "6#1",
        DAYS,
    ),
]

ROWS = [
    pytest.param(*row, id=f"{group}: {row[0]}")
    for group, rows in (
        ("certificate", CERTIFICATES),
        ("token", TOKENS),
        ("registration", REGISTRATIONS),
        ("web work", WEB_WORK),
        ("session", SESSIONS),
        ("slip", SLIPS),
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


def test_every_rule_of_the_pack_decides_in_some_scenario(judge: Judge) -> None:
    decided = {
        (decision.claim_type, decision.rule.id)
        for row in ROWS
        if (decision := judge(BRAND, str(row.values[2]), **row.values[1])) and decision.rule  # type: ignore[arg-type]
    }
    claim_types = read_pack(BRAND).newest.claim_types.values()
    own = {(each.id, rule.text.id) for each in claim_types for rule in each.rules if rule.text in each.text.rules}
    shared = {rule.id for each in claim_types for rule in (*each.rules, *each.guards)} - {name for _, name in own}
    assert own <= decided
    assert shared <= {name for _, name in decided}


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        (DSC, ("dsc_status",)),
        (DSC | {"dsc_status": "application_rejected"}, ("rejection_cause",)),
        (TOKEN | {"condition": None}, ("condition",)),
        (TOKEN | {"delivered_at": None}, ("delivered_at",)),
        (TOKEN | {"used": None}, ("used",)),
        (TOKEN | {"original_packaging": None}, ("original_packaging",)),
        (PAPERS | {"process_started": None}, ("process_started",)),
        (SITE | {"work_started": None}, ("work_started",)),
        (SITE | {"paid_at": None}, ("paid_at",)),
        (COURSE | {"session_at": None}, ("session_at",)),
        ({"product": "training", "overpaid": True, "amount_paid": 5000}, ("invoice_amount",)),
    ],
)
def test_what_the_decision_turns_on_is_asked_and_not_guessed(
    judge: Judge, facts: dict[str, object], missing: tuple[str, ...]
) -> None:
    decision = judge(BRAND, NOON, **facts)
    assert decision.outcome is None
    assert set(missing) <= set(decision.missing)
    slots = {slot.name for slot in read_pack(BRAND).newest.claim_types[decision.claim_type].slots}
    assert set(missing) <= slots


def test_what_it_is_about_is_asked_first(judge: Judge) -> None:
    with pytest.raises(UnclearClaim) as unclear:
        judge(BRAND, NOON, amount_paid=900)
    assert unclear.value.missing == ("product",)


@pytest.mark.parametrize(
    ("facts", "now", "clauses"),
    [
        (DSC | {"dsc_status": "applied"}, NOON, ("1#3", "1#2")),
        (PAPERS | {"process_started": True}, NOON, ("3#1", "3#2")),
        (TOKEN | {"used": True, "use_description": "tested it"}, NOON, ("2#2", "2#2.2", "2#1")),
        (COURSE, "2026-03-13T20:00+05:30", ("5#1", "5#2")),
    ],
)
def test_clauses_that_disagree_are_both_told(
    judge: Judge, facts: dict[str, object], now: str, clauses: tuple[str, ...]
) -> None:
    decision = judge(BRAND, now, **facts)
    assert decision.outcome == "needs_review"
    assert [conflict.clauses for conflict in decision.conflicts] == [clauses]


def test_who_pays_the_courier_is_told_and_leaves_the_replacement_as_it_is(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **TOKEN)
    assert decision.outcome == "replacement"
    assert decision.conflicts == ()
    assert [note.clauses for note in decision.notes] == [("2#3", "return-process#3")]


def test_the_days_of_a_double_payment_run_from_the_check_and_all_others_from_the_approval(judge: Judge) -> None:
    twice = judge(BRAND, NOON, **DSC | TWICE)
    whole = judge(BRAND, NOON, **SITE)
    assert twice.eta
    assert whole.eta
    assert (twice.eta.starts, twice.eta.main.clause) == ("verification", "6#1")
    assert (whole.eta.starts, whole.eta.main.clause) == ("approval", "refund-mode#1")


def test_a_delivered_token_that_came_broken_is_not_refused_for_being_delivered(judge: Judge) -> None:
    assert "denials#1" not in judge(BRAND, NOON, **TOKEN | {"delivered": True}).clauses


def test_facts_that_only_the_company_knows_are_presumed_and_marked(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **SITE)
    assert {"domain_charge", "hosting_charge"} <= set(decision.presumed)
    approved = judge(BRAND, NOON, **DSC | {"dsc_status": "approved_not_downloaded"})
    assert approved.known.presumptions["requested_before_approval"] == {"requested_before_approval"}


def test_a_small_refusal_says_what_would_change_it(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **TOKEN | {"original_packaging": False})
    changes = {(change.outcome, change.conditions[0].condition) for change in decision.changes}
    assert ("replacement", "original_packaging == true") in changes


def test_deductions_are_named_with_their_clauses(judge: Judge) -> None:
    amount = judge(BRAND, NOON, **PAPERS | {"government_fee_paid": 500}).amount
    assert amount
    assert amount.base == Decimal(6000)
    assert [(item.clause, item.high) for item in amount.less] == [("3#2", Decimal(1500)), ("3#3", Decimal(500))]


@pytest.mark.parametrize(
    ("name", "facts", "until"),
    [
        ("report_broken_token", TOKEN, "2026-03-13T12:00+05:30"),
        ("ask_for_web_refund", SITE, "2026-03-12T12:00+05:30"),
        ("cancel_session", COURSE, "2026-03-13T10:00+05:30"),
        ("send_item_back", RETURN, "2026-03-19T12:00+05:30"),
    ],
)
def test_deadlines_end_where_the_rules_draw_the_line(name: str, facts: dict[str, object], until: str) -> None:
    pack = read_pack(BRAND)
    deadline = next(item for item in pack.newest.deadlines if item.id == name)
    due = due_moment(deadline, pack.newest.read_claim(facts), pack.calendar)
    assert due
    assert due.until == datetime.fromisoformat(until)
    assert not due.has_passed(datetime.fromisoformat(until))
    for words in (deadline.says, deadline.passed):
        assert words
        assert all("{until}" in text for _, text in words)


def test_every_refusal_names_a_way_on() -> None:
    for claim_type in read_pack(BRAND).newest.claim_types.values():
        for rule in claim_type.rules:
            assert rule.text.outcome != "not_eligible" or rule.text.way_on, (claim_type.id, rule.id)


def test_a_token_request_opens_with_what_is_urgent() -> None:
    opens = read_pack(BRAND).newest.claim_types["usb_token"].text
    assert opens.opens
    assert "48" in opens.opens.en
    assert opens.opens_clauses == ("2#2.1", "2#2.2")


def test_routes_lead_from_matters_that_the_policy_leaves_out_to_the_one_address_it_names() -> None:
    pack = read_pack(BRAND)
    topics = {item.topic for item in read_silent(pack_texts(BRAND), pack.newest.in_force_from.isoformat())}
    routed = [topic for route in pack.brand.routes.values() for topic in route.topics]
    assert set(routed) <= topics
    assert len(routed) == len(set(routed))
    for route in pack.brand.routes.values():
        assert all("info@apiinfotech.com" in text for _, text in route.says)


def test_each_product_has_exactly_one_claim_type() -> None:
    version = read_pack(BRAND).newest
    for product in version.words_of("product"):
        applying, possible = version.types_for({"product": product})
        assert len(applying) == 1
        assert not possible


def test_labels_fit_on_buttons() -> None:
    for name, fact in read_pack(BRAND).newest.facts.items():
        for choice in (fact.values or {}).values():
            assert all(len(text) <= 20 for _, text in choice.label), (name, choice.label)


def for_any(**facts: object) -> Decision:
    pack = read_pack(BRAND)
    return decide_for_any(pack.newest.read_claim(facts), pack, datetime.fromisoformat(NOON))


def test_a_second_payment_comes_back_whatever_was_bought() -> None:
    decision = for_any(duplicate_payment=True, amount_each=1499, times_paid=2)
    assert decision.outcome == "full_refund"
    assert decision.amount is not None
    assert decision.amount.high == Decimal(1499)
    assert decision.clauses[0] == "6#1"


def test_what_rests_on_the_product_is_not_decided_without_it() -> None:
    with pytest.raises(UnclearClaim) as unclear:
        for_any(amount_paid=1499, paid_at="2026-03-09T10:00+05:30")
    assert "product" in unclear.value.missing
