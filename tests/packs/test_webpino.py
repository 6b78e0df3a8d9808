"""WebPino: what its policy allows, limits and refuses, each limit at its edge and a moment past it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.packs import read_pack
from policies.decide import Decision

Judge = Callable[..., Decision]
BRAND = "webpino"
NOON = "2026-03-22T12:00+05:30"
PAID = "2026-03-02T10:00+05:30"
# A site with 15 working days, paid in full; what happened to it is added in each row.
SITE: dict[str, object] = {
    "project_type": "business_website",
    "amount_paid": 40000,
    "total_price": 40000,
    "client_obligations_met": True,
    "agreed_working_days": 15,
    "third_party_paid": 0,
}
OPEN_LATE = SITE | {"working_days_elapsed": 16, "delivered": False}
IN_TIME = SITE | {"working_days_elapsed": 12, "delivered": True, "complete": True}
# An app that the client gives up after two and a half weeks.
APP: dict[str, object] = {
    "project_type": "mobile_app",
    "amount_paid": 30000,
    "paid_at": PAID,
    "reason": "change_of_mind",
    "client_obligations_met": True,
}
STOPPED = APP | {"substantial_work": True, "cancelled_at": "2026-03-20T10:00+05:30"}
CARE: dict[str, object] = {"subject": "maintenance", "amount_paid": 3000, "period_days": 30}
DATED: dict[str, object] = {
    "project_type": "business_website",
    "amount_paid": 20000,
    "project_start_date": "2026-02-02",
    "client_obligations_met": True,
}
OPTION_2 = {"customer_choice": "option_2_50_percent"}
AGENCY = {"subject": "white_label", "agency_is_customer": True}
ETA = (7, 10)

# title, facts, now, outcome, amount (a figure or a range; None where unknown or refused), clause, ETA in business days
Row = tuple[str, dict[str, object], str, str, Any, str, tuple[int, int] | None]

DEADLINE: list[Row] = [
    ("a working day late", OPEN_LATE, NOON, "full_refund", 40000, "2.1#1", ETA),
    ("on the last working day", OPEN_LATE | {"working_days_elapsed": 15}, NOON, "not_eligible", None, "2.1#1", None),
    ("late, half paid", OPEN_LATE | {"amount_paid": 20000}, NOON, "full_refund", 20000, "2.1#1", ETA),
    (
        "late, part went to third parties",
        OPEN_LATE | {"amount_paid": 47500, "third_party_paid": 7500},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "no days agreed, so those of the type",
        OPEN_LATE | {"agreed_working_days": None, "project_type": "landing_page", "working_days_elapsed": 6},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "no days agreed, inside those of the type",
        OPEN_LATE | {"agreed_working_days": None, "project_type": "mid_level", "working_days_elapsed": 30},
        NOON,
        "not_eligible",
        None,
        "2.1#1",
        None,
    ),
    ("day 15 by the dates", DATED | {"delivered": False}, "2026-02-23T23:59+05:30", "not_eligible", None, "1", None),
    ("day 16 by the dates", DATED | {"delivered": False}, "2026-02-24T00:00+05:30", "full_refund", 20000, "1", ETA),
    (
        "delivered on day 15, asked later",
        DATED | {"delivered_date": "2026-02-23"},
        NOON,
        "not_eligible",
        None,
        "3.2#1",
        None,
    ),
    (
        "delivered on day 16",
        DATED | {"delivered_date": "2026-02-24"},
        NOON,
        "needs_review",
        (0, 20000),
        "2.1#1",
        ETA,
    ),
    (
        "late, but a public holiday saves the day",
        DATED | {"project_start_date": "2026-09-21", "agreed_working_days": 10, "delivered": False},
        "2026-10-05T18:00+05:30",
        "not_eligible",
        None,
        "2.1#1",
        None,
    ),
    (
        "delivered complete, a day late",
        IN_TIME | {"working_days_elapsed": 16},
        NOON,
        "needs_review",
        (0, 40000),
        "2.1#1",
        ETA,
    ),
    (
        "handed over late and without the source code",
        IN_TIME | {"working_days_elapsed": 16, "complete": False},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "handed over in time with features missing",
        IN_TIME | {"complete": False},
        NOON,
        "needs_review",
        (0, 40000),
        "1.1",
        ETA,
    ),
    (
        "content on business day 3",
        OPEN_LATE | {"content_given_on_business_day": 3},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "content on business day 4",
        OPEN_LATE | {"content_given_on_business_day": 4},
        NOON,
        "needs_review",
        (0, 40000),
        "3.1#1",
        ETA,
    ),
    ("reviews answered in 48 h", OPEN_LATE | {"review_answer_hours": 48}, NOON, "full_refund", 40000, "2.1#1", ETA),
    (
        "reviews answered in 49 h",
        OPEN_LATE | {"review_answer_hours": 49},
        NOON,
        "needs_review",
        (0, 40000),
        "2.2#7",
        ETA,
    ),
    (
        "late by the client",
        OPEN_LATE | {"client_obligations_met": False, "completion_percent": 30},
        NOON,
        "needs_review",
        (0, 40000),
        "2.2#7",
        ETA,
    ),
    ("one change of scope", OPEN_LATE | {"major_scope_changes": 1}, NOON, "needs_review", (0, 40000), "1.2#4", ETA),
    ("two changes of scope", OPEN_LATE | {"major_scope_changes": 2}, NOON, "not_eligible", None, "3.1#2", None),
    (
        "a change of scope in the customer's words",
        OPEN_LATE | {"asked_for_changes": True},
        NOON,
        "needs_review",
        (0, 40000),
        "1.2#4",
        ETA,
    ),
    ("price at the plans' top", OPEN_LATE | {"total_price": 125000}, NOON, "full_refund", 40000, "2.1#1", ETA),
    ("price above", OPEN_LATE | {"total_price": 125001}, NOON, "needs_review", (0, 40000), "1.2#5", ETA),
    ("price below the plans", OPEN_LATE | {"total_price": 1499}, NOON, "needs_review", (0, 40000), "1.2#5", ETA),
    ("scope only spoken", OPEN_LATE | {"scope_in_writing": False}, NOON, "needs_review", (0, 40000), "1.2#1", ETA),
    ("own hosting held it up", OPEN_LATE | {"third_party_trouble": True}, NOON, "not_eligible", None, "3.1#4", None),
    (
        "card is closed by now",
        OPEN_LATE | {"original_method_available": False},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "began before this text",
        OPEN_LATE | {"project_start_date": "2026-01-23"},
        NOON,
        "needs_review",
        40000,
        "11#3",
        ETA,
    ),
    ("began with this text", OPEN_LATE | {"project_start_date": "2026-01-26"}, NOON, "full_refund", 40000, "1", ETA),
    ("half and the project", OPEN_LATE | OPTION_2, NOON, "partial_refund", 20000, "2.2#1", ETA),
    (
        "half of what was paid, not of the price",
        OPEN_LATE | OPTION_2 | {"amount_paid": 25000},
        NOON,
        "partial_refund",
        12500,
        "2.2#1",
        ETA,
    ),
    (
        "half, third parties taken off first",
        OPEN_LATE | OPTION_2 | {"amount_paid": 43900, "third_party_paid": 3900},
        NOON,
        "partial_refund",
        20000,
        "2.2#1",
        ETA,
    ),
    (
        "half, no deadline missed",
        OPEN_LATE | OPTION_2 | {"working_days_elapsed": 10},
        NOON,
        "needs_review",
        (0, 20000),
        "2.2",
        ETA,
    ),
    ("half, delivered in time", IN_TIME | OPTION_2, NOON, "not_eligible", None, "3.2#1", None),
    (
        "only third-party costs were paid",
        {"amount_paid": 3900, "third_party_paid": 3900},
        NOON,
        "not_eligible",
        None,
        "3.4",
        None,
    ),
]

CANCELLED: list[Row] = [
    ("exactly 7 days", APP | {"substantial_work": False}, "2026-03-09T10:00+05:30", "full_refund", 30000, "2.1#2", ETA),
    (
        "7 days and a minute",
        APP | {"substantial_work": False, "completion_percent": 5},
        "2026-03-09T10:01+05:30",
        "partial_refund",
        22500,
        "2.2#8",
        ETA,
    ),
    (
        "day 3, third-party costs stay",
        APP | {"substantial_work": False, "third_party_paid": 4000},
        "2026-03-05T10:00+05:30",
        "full_refund",
        26000,
        "2.1#2",
        ETA,
    ),
    (
        "day 3, own content late, nothing done",
        APP | {"substantial_work": False, "client_obligations_met": False},
        "2026-03-05T10:00+05:30",
        "full_refund",
        30000,
        "2.1#2",
        ETA,
    ),
    (
        "day 3, a tenth done, nobody said whether that is much",
        APP | {"completion_percent": 10},
        "2026-03-05T10:00+05:30",
        "needs_review",
        (22500, 30000),
        "2.1#2",
        ETA,
    ),
    (
        "day 3, a third done, nobody said whether that is much",
        APP | {"completion_percent": 33},
        "2026-03-05T10:00+05:30",
        "needs_review",
        (15000, 30000),
        "2.2#9",
        ETA,
    ),
    (
        "day 3, substantial work",
        APP | {"completion_percent": 10, "substantial_work": True},
        "2026-03-05T10:00+05:30",
        "partial_refund",
        22500,
        "2.2#8",
        ETA,
    ),
    (
        "day 3, said to be little, recorded as 60 percent",
        APP | {"completion_percent": 60, "substantial_work": False},
        "2026-03-05T10:00+05:30",
        "needs_review",
        (0, 30000),
        "2.1#2",
        ETA,
    ),
    (
        "day 3, but two changes of scope",
        APP | {"substantial_work": False, "major_scope_changes": 2},
        "2026-03-05T10:00+05:30",
        "needs_review",
        (0, 30000),
        "3.1#2",
        ETA,
    ),
    ("just under a quarter", STOPPED | {"completion_percent": 24.9}, NOON, "partial_refund", 22500, "2.2#8", ETA),
    ("a quarter", STOPPED | {"completion_percent": 25}, NOON, "partial_refund", 15000, "2.2#9", ETA),
    ("just under half", STOPPED | {"completion_percent": 49.99}, NOON, "partial_refund", 15000, "2.2#9", ETA),
    ("exactly half", STOPPED | {"completion_percent": 50}, NOON, "needs_review", (0, 15000), "2.2#9", ETA),
    ("just past half", STOPPED | {"completion_percent": 50.01}, NOON, "not_eligible", None, "2.2#10", None),
    (
        "a fifth done, third-party costs stay",
        STOPPED | {"completion_percent": 20, "third_party_paid": 2001},
        NOON,
        "partial_refund",
        20999.25,
        "2.2#8",
        ETA,
    ),
    (
        "only a percentage is known",
        {"amount_paid": 8000, "completion_percent": 30},
        NOON,
        "partial_refund",
        4000,
        "2.2#9",
        ETA,
    ),
    (
        "cancelled, own content late",
        STOPPED | {"completion_percent": 30, "client_obligations_met": False},
        NOON,
        "needs_review",
        (0, 22500),
        "3.1#1",
        ETA,
    ),
    (
        "stopped after one change of scope",
        STOPPED | {"completion_percent": 30, "major_scope_changes": 1},
        NOON,
        "needs_review",
        (0, 30000),
        "2.2#6",
        ETA,
    ),
    (
        "stopped after three changes of scope",
        STOPPED | {"completion_percent": 30, "major_scope_changes": 3},
        NOON,
        "not_eligible",
        None,
        "3.1#2",
        None,
    ),
    (
        "cancelled at 60 percent, but the deadline was missed",
        OPEN_LATE | {"completion_percent": 60, "reason": "change_of_mind"},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "nothing recorded as done after weeks",
        APP | {"completion_percent": 0},
        NOON,
        "needs_review",
        (22500, 30000),
        "2.1#3",
        ETA,
    ),
    (
        "a complaint about time while time is left is no cancellation",
        DATED | {"ground": "late", "completion_percent": 40, "delivered": False},
        "2026-02-20T10:00+05:30",
        "not_eligible",
        None,
        "2.1#1",
        None,
    ),
]

NOT_BEGUN: list[Row] = [
    ("business day 3", APP | {"work_begun": False}, "2026-03-05T23:59+05:30", "full_refund", 30000, "2.1#2", ETA),
    ("business day 4", APP | {"work_begun": False}, "2026-03-06T00:00+05:30", "full_refund", 30000, "2.1#3", ETA),
    ("three weeks on", APP | {"work_begun": False}, NOON, "full_refund", 30000, "2.1#3", ETA),
    ("payment day unknown", {"amount_paid": 9000, "work_begun": False}, NOON, "full_refund", 9000, "2.1#3", ETA),
    (
        "said in the customer's words",
        {"amount_paid": 9000, "paid_at": PAID, "ground": "not_started"},
        NOON,
        "full_refund",
        9000,
        "2.1#3",
        ETA,
    ),
    (
        "but the records say it began",
        {"amount_paid": 8000, "paid_at": PAID, "ground": "not_started", "work_begun": True, "completion_percent": 10},
        NOON,
        "partial_refund",
        6000,
        "2.2#8",
        ETA,
    ),
    (
        "told as not begun, recorded as begun",
        APP | {"work_begun": False, "completion_percent": 10},
        NOON,
        "needs_review",
        (0, 30000),
        "2.1#3",
        ETA,
    ),
    (
        "own content was late",
        APP | {"work_begun": False, "client_obligations_met": False},
        NOON,
        "needs_review",
        (0, 30000),
        "2.1#3",
        ETA,
    ),
]

QUALITY: list[Row] = [
    ("cannot be fixed", IN_TIME | {"bugs": "critical_unfixable"}, NOON, "full_refund", 40000, "2.1#4", ETA),
    (
        "cannot be fixed, nothing else told",
        {"amount_paid": 700, "bugs": "critical_unfixable"},
        NOON,
        "full_refund",
        700,
        "2.1#4",
        ETA,
    ),
    ("can be fixed", IN_TIME | {"bugs": "critical_fixable"}, NOON, "not_eligible", None, "2.1#4", None),
    ("only looks", IN_TIME | {"bugs": "minor_cosmetic"}, NOON, "not_eligible", None, "3.2#3", None),
    (
        "only looks, but delivered late",
        IN_TIME | {"bugs": "minor_cosmetic", "working_days_elapsed": 17},
        NOON,
        "needs_review",
        (0, 40000),
        "2.1#1",
        ETA,
    ),
    ("nothing as agreed", IN_TIME | {"matches_specification": False}, NOON, "full_refund", 40000, "2.1#4", ETA),
    (
        "cannot be fixed, third-party costs stay",
        IN_TIME | {"bugs": "critical_unfixable", "third_party_paid": 1500},
        NOON,
        "full_refund",
        38500,
        "2.1#4",
        ETA,
    ),
    ("taste", IN_TIME | {"ground": "taste"}, NOON, "not_eligible", None, "3.2#4", None),
    (
        "refused without a technical reason",
        {"amount_paid": 40000, "delivered": True, "complete": True, "bugs": "none", "matches_specification": True},
        NOON,
        "not_eligible",
        None,
        "3.2#2",
        None,
    ),
    ("changed by the client", IN_TIME | {"changed_by_client": True}, NOON, "not_eligible", None, "3.3#2", None),
    ("payment gateway fails", IN_TIME | {"third_party_trouble": True}, NOON, "not_eligible", None, "3.3#3", None),
    ("a paid update", IN_TIME | {"post_delivery_change": True}, NOON, "not_eligible", None, "3.5#4", None),
    (
        "known on day 30",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 30},
        NOON,
        "full_refund",
        40000,
        "2.1#4",
        ETA,
    ),
    (
        "known on day 31, one month of support",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 31, "support_months": 1},
        NOON,
        "not_eligible",
        None,
        "3.3#1",
        None,
    ),
    (
        "known on day 31, three months of support",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 31, "support_months": 3},
        NOON,
        "needs_review",
        (0, 40000),
        "9#1",
        ETA,
    ),
    (
        "can be fixed, known on day 45, three months of support: the repair is open, money is not",
        IN_TIME | {"bugs": "critical_fixable", "bug_reported_day": 45, "support_months": 3},
        NOON,
        "needs_review",
        None,
        "9#1",
        None,
    ),
    (
        "can be fixed, known on day 45, one month of support",
        IN_TIME | {"bugs": "critical_fixable", "bug_reported_day": 45, "support_months": 1},
        NOON,
        "not_eligible",
        None,
        "3.3#1",
        None,
    ),
    (
        "cannot be fixed, but the reason is a change by the client",
        IN_TIME | {"bugs": "critical_unfixable", "reason": "client_modified_code"},
        NOON,
        "not_eligible",
        None,
        "3.3#2",
        None,
    ),
    (
        "cannot be fixed, and hosting is named",
        IN_TIME | {"bugs": "critical_unfixable", "reason": "hosting_failure"},
        NOON,
        "needs_review",
        (0, 40000),
        "3.3#3",
        ETA,
    ),
    (
        "hosting fails after delivery",
        IN_TIME | {"reason": "hosting_failure"},
        NOON,
        "not_eligible",
        None,
        "3.3#3",
        None,
    ),
    (
        "known on day 45, plan unknown",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 45},
        NOON,
        "needs_review",
        (0, 40000),
        "3.3#1",
        ETA,
    ),
    (
        "known on day 20, asked on day 60",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 20, "days_since_completion": 60},
        NOON,
        "full_refund",
        40000,
        "2.1#4",
        ETA,
    ),
    (
        "known on day 20, asked on day 61",
        IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 20, "days_since_completion": 61},
        NOON,
        "not_eligible",
        None,
        "3.3#4",
        None,
    ),
    (
        "delivered late, asked on day 61",
        IN_TIME | {"working_days_elapsed": 20, "days_since_completion": 61},
        NOON,
        "not_eligible",
        None,
        "3.3#4",
        None,
    ),
]

SILENCE: list[Row] = [
    (
        "8 days without notice",
        OPEN_LATE | {"client_unresponsive_days": 8, "notice_given": False},
        NOON,
        "not_eligible",
        None,
        "3.1#3",
        None,
    ),
    (
        "7 days without notice",
        OPEN_LATE | {"client_unresponsive_days": 7, "notice_given": False},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "8 days with notice",
        OPEN_LATE | {"client_unresponsive_days": 8, "notice_given": True},
        NOON,
        "full_refund",
        40000,
        "2.1#1",
        ETA,
    ),
    (
        "7 days, and nothing else is known",
        {"amount_paid": 40000, "client_unresponsive_days": 7, "notice_given": False},
        NOON,
        "needs_review",
        (0, 40000),
        "3.1#3",
        ETA,
    ),
]

SPECIAL: list[Row] = [
    ("the agency asks", OPEN_LATE | AGENCY | {"requester": "agency"}, NOON, "full_refund", 40000, "7.1#1", ETA),
    ("its client asks", OPEN_LATE | AGENCY | {"requester": "end_client"}, NOON, "not_eligible", None, "7.1#4", None),
    ("unclear who asks", OPEN_LATE | AGENCY | {"requester": "client"}, NOON, "needs_review", (0, 40000), "7.1#4", ETA),
    (
        "the agency cancels",
        STOPPED | AGENCY | {"requester": "agency", "completion_percent": 40},
        NOON,
        "partial_refund",
        15000,
        "2.2#9",
        ETA,
    ),
    (
        "one of two projects is late",
        {"amount_paid": 30000, "project_a_late": True, "project_b_on_time": True},
        NOON,
        "full_refund",
        30000,
        "7.2#1",
        ETA,
    ),
    (
        "money for the one in time",
        {"project": "B", "amount_paid": 30000, "project_a_late": True, "project_b_on_time": True},
        NOON,
        "not_eligible",
        None,
        "7.2#2",
        None,
    ),
    (
        "money for both, one is late",
        {"project": "both", "amount_paid": 30000, "project_a_late": True, "project_b_on_time": True},
        NOON,
        "needs_review",
        (0, 30000),
        "7.2#1",
        ETA,
    ),
    (
        "neither is late",
        {"amount_paid": 30000, "project_a_late": False, "project_b_on_time": True},
        NOON,
        "not_eligible",
        None,
        "7.2#1",
        None,
    ),
    ("7 days' notice", CARE | {"notice_days": 7, "unused_days": 12}, NOON, "partial_refund", 1200, "7.3#2", ETA),
    ("6 days' notice", CARE | {"notice_days": 6, "unused_days": 12}, NOON, "needs_review", (0, 1200), "7.3#1", ETA),
    (
        "to the paisa",
        CARE | {"notice_days": 9, "unused_days": 7, "period_days": 31},
        NOON,
        "partial_refund",
        677.42,
        "7.3#2",
        ETA,
    ),
    ("not begun at all", CARE | {"notice_days": 10, "unused_days": 30}, NOON, "full_refund", 3000, "7.3#2", ETA),
    (
        "more days unused than there are",
        CARE | {"notice_days": 10, "unused_days": 31},
        NOON,
        "needs_review",
        (0, 3000),
        "7.3#2",
        ETA,
    ),
    ("used up", CARE | {"notice_days": 10, "unused_days": 0}, NOON, "not_eligible", None, "7.3#3", None),
]

ROWS = [*DEADLINE, *CANCELLED, *NOT_BEGUN, *QUALITY, *SILENCE, *SPECIAL]


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
    ("facts", "missing"),
    [
        (OPEN_LATE | {"client_obligations_met": None}, "client_obligations_met"),
        (OPEN_LATE | {"working_days_elapsed": None}, "project_start_date"),
        ({"amount_paid": 40000, "ground": "late", "delivered": True}, "delivered_date"),
        ({"amount_paid": 40000, "delivered": True}, "delivered_date"),
        (APP | {"cancelled_at": NOON}, "completion_percent"),
        (APP | {"paid_at": None, "substantial_work": False}, "paid_at"),
        ({"amount_paid": 40000, "client_unresponsive_days": 8}, "notice_given"),
        (CARE | {"unused_days": 12}, "notice_days"),
    ],
)
def test_what_the_decision_turns_on_is_asked_and_not_guessed(
    judge: Judge, facts: dict[str, object], missing: str
) -> None:
    decision = judge(BRAND, NOON, **facts)
    assert decision.outcome is None
    assert missing in decision.missing


@pytest.mark.parametrize(
    ("facts", "missing"),
    [(OPEN_LATE | {"amount_paid": None}, "amount_paid"), (CARE | {"notice_days": 7}, "unused_days")],
)
def test_a_yes_without_its_figure_says_which_one_is_missing(
    judge: Judge, facts: dict[str, object], missing: str
) -> None:
    decision = judge(BRAND, NOON, **facts)
    assert decision.is_yes
    assert decision.amount is None
    assert missing in decision.missing


@pytest.mark.parametrize(
    ("facts", "clauses"),
    [
        (STOPPED | {"completion_percent": 50}, {"2.2#5", "2.2#9", "2.2#10"}),
        (OPEN_LATE | {"client_obligations_met": False}, {"2.2#7", "3.1#1"}),
        (STOPPED | {"completion_percent": 30, "major_scope_changes": 1}, {"2.2#6", "3.1#2"}),
        (IN_TIME | {"bugs": "critical_unfixable", "bug_reported_day": 45}, {"3.3#1", "9#1"}),
        (OPEN_LATE | OPTION_2 | {"working_days_elapsed": 10}, {"2.2", "1"}),
    ],
)
def test_clauses_that_disagree_are_all_told(judge: Judge, facts: dict[str, object], clauses: set[str]) -> None:
    decision = judge(BRAND, NOON, **facts)
    assert decision.outcome == "needs_review"
    assert [set(conflict.clauses) for conflict in decision.conflicts] == [clauses]


def test_the_bank_has_days_of_its_own_after_the_refund_is_sent(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **OPEN_LATE)
    assert decision.eta
    assert [(step.least, step.most, step.clause) for step in decision.eta.then] == [(5, 7, "4.2#3")]


def test_third_party_costs_are_a_named_deduction(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **OPEN_LATE | {"amount_paid": 43900, "third_party_paid": 3900})
    assert decision.amount
    assert [(item.clause, item.high) for item in decision.amount.less] == [("3.4#9", Decimal(3900))]
    assert "3.4#9" in decision.clauses


def test_an_older_project_is_told_that_its_own_policy_holds(judge: Judge) -> None:
    old, new = (judge(BRAND, NOON, **OPEN_LATE | {"project_start_date": day}) for day in ("2026-01-25", "2026-01-26"))
    assert (old.in_force, new.in_force) == (False, True)
    assert not old.gives_money


def test_a_subject_belongs_to_one_claim_type() -> None:
    version = read_pack(BRAND).newest
    for subject in version.words_of("subject"):
        applying, possible = version.types_for({"subject": subject})
        assert len(applying) == 1, subject
        assert not possible


def test_repairs_and_revisions_are_services_and_no_refunds() -> None:
    claim_types = read_pack(BRAND).newest.claim_types
    for name in ("bug_repair", "revision"):
        assert claim_types[name].text.kind == "service"
        assert claim_types[name].text.filed_clauses


def test_whoever_disagrees_is_told_of_review_and_mediation() -> None:
    claim_types = read_pack(BRAND).newest.claim_types
    for name in ("project", "maintenance"):
        assert {"6.1#1", "6.2#1", "6.2#2"} <= set(claim_types[name].text.appeal_clauses)


def test_labels_fit_on_buttons() -> None:
    for name, fact in read_pack(BRAND).newest.facts.items():
        for choice in (fact.values or {}).values():
            assert all(len(text) <= 20 for _, text in choice.label), (name, choice.label)


def test_a_fault_that_is_named_is_heard_out_before_a_no(judge: Judge) -> None:
    decision = judge(BRAND, NOON, **IN_TIME | {"ground": "quality"})
    assert decision.outcome == "needs_review"
    assert judge(BRAND, NOON, **IN_TIME | {"ground": "quality", "bugs": "none"}).outcome == "not_eligible"


def test_every_refusal_names_a_way_on() -> None:
    for claim_type in read_pack(BRAND).newest.claim_types.values():
        for rule in claim_type.rules:
            assert rule.text.outcome != "not_eligible" or rule.text.way_on, rule.id
