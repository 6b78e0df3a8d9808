"""Decisions: the first rule that holds, what the unknown ones above it may do, conflicts, guards, versions."""

from datetime import datetime
from typing import Any

import pytest
from pack_factory import FOLDER, NOW, claim_type, conflict, fact, judged, pack, pack_texts, rule, words

from policies.decide import Decision, UnclearClaim, decide
from policies.load import load_pack
from policies.pack import Pack

PAYS: dict[str, Any] = {"outcome": "full_refund", "amount": {"base": "amount_paid"}}
PAID = {"amount_paid": 1000}


# -- the walk ---------------------------------------------------------------------------------------------------------


def test_the_first_rule_that_holds_decides() -> None:
    made = pack([rule("broken", "broken == true", **PAYS), rule("opened", "opened == true"), rule("rest", **PAYS)])
    both = judged(made, broken=True, opened=True, **PAID)
    assert both.rule
    assert (both.outcome, both.rule.id) == ("full_refund", "broken")
    assert judged(made, broken=False, opened=True, **PAID).outcome == "not_eligible"
    assert judged(made, broken=False, opened=False, **PAID).outcome == "full_refund"


def test_without_a_rule_that_holds_nothing_is_decided_and_nothing_is_missing() -> None:
    decision = judged(pack([rule("broken", "broken == true", **PAYS)]), broken=False)
    assert (decision.outcome, decision.missing) == (None, ())


def test_an_unknown_rule_above_with_the_same_answer_does_not_hold_up_the_decision() -> None:
    made = pack([rule("opened", "opened == true"), rule("broken", "broken == true")])
    assert judged(made, broken=True).outcome == "not_eligible"


def test_an_unknown_rule_above_with_another_outcome_is_missing() -> None:
    made = pack([rule("opened", "opened == true"), rule("broken", "broken == true", **PAYS)])
    decision = judged(made, broken=True, **PAID)
    assert (decision.outcome, decision.missing) == (None, ("opened",))


def test_an_unknown_rule_above_with_another_amount_is_missing() -> None:
    half = {"outcome": "full_refund", "amount": {"base": "amount_paid", "percent": 50}}
    made = pack([rule("opened", "opened == true", **half), rule("broken", "broken == true", **PAYS)])
    assert judged(made, broken=True, **PAID).missing == ("opened",)
    assert judged(made, broken=True, amount_paid=0).outcome == "full_refund"


def test_an_unknown_rule_above_on_another_conflict_is_missing() -> None:
    made = pack(
        [rule("opened", "opened == true", conflict="one"), rule("broken", "broken == true")],
        conflicts=[conflict("one")],
    )
    assert judged(made, broken=True).missing == ("opened",)


def test_all_unknown_rules_above_must_agree() -> None:
    made = pack(
        [
            rule("sealed", "sealed_by_seller == false"),
            rule("opened", "opened == true"),
            rule("done", "percent_done > 10", **PAYS),
            rule("broken", "broken == true"),
        ]
    )
    assert judged(made, broken=True).missing == ("opened", "percent_done")
    assert judged(made, broken=True, percent_done=5).outcome == "not_eligible"


def test_every_unknown_fact_on_the_way_is_missing_once_and_in_order() -> None:
    made = pack(
        [
            rule("one", ["opened == true", "percent_done > 10"]),
            rule("two", ["broken == true", "opened == false"], **PAYS),
        ]
    )
    assert judged(made).missing == ("opened", "percent_done", "broken")
    assert judged(made, opened=False).missing == ("broken",)


def test_for_a_derived_fact_its_unknown_sources_are_missing() -> None:
    extra = {"hours": fact("number", derive={"hours": ["bought_at", "requested_at"]})}
    made = pack([rule("late", "hours > 48"), rule("in_time", **PAYS)], facts=extra)
    assert judged(made).missing == ("bought_at",)
    assert judged(made, bought_at="2026-03-10T12:00+05:30", **PAID).outcome == "full_refund"
    assert judged(made, bought_at="2026-03-10T11:59:59+05:30", **PAID).outcome == "not_eligible"


def test_a_derived_fact_that_a_slot_asks_for_is_missing_itself() -> None:
    extra = {"hours": fact("number", derive={"hours": ["bought_at", "requested_at"]})}
    slot = {"hours": {"ask": words("How long?"), "why": words("A limit")}}
    assert judged(pack([rule("late", "hours > 48")], facts=extra, slots=slot)).missing == ("hours",)


def test_missing_facts_are_told_by_who_can_know_them() -> None:
    made = pack([rule("it", ["fee > 0", "broken == true"], **PAYS)])
    decision = judged(made)
    assert decision.missing_from("customer", "either") == ("broken",)
    assert decision.missing_from("company") == ("fee",)


# -- reasons ----------------------------------------------------------------------------------------------------------


def test_the_trace_says_what_was_tested_up_to_the_deciding_rule() -> None:
    made = pack(
        [
            rule("opened", [{"if": "opened == true", "clause": "1#3"}]),
            rule("broken", ["broken == true", "percent_done <= 50"], **PAYS, clauses=["2#1", "1#1"]),
            rule("rest"),
        ]
    )
    because = judged(made, opened=False, broken=True, percent_done=50, **PAID).because
    assert [(item.rule, item.condition, item.held, item.clause) for item in because] == [
        ("opened", "opened == true", False, "1#3"),
        ("broken", "broken == true", True, "2#1"),
        ("broken", "percent_done <= 50", True, "2#1"),
    ]


def test_an_open_decision_traces_every_rule() -> None:
    because = judged(
        pack([rule("opened", "opened == true"), rule("broken", "broken == true", **PAYS)]), broken=True
    ).because
    assert [(item.condition, item.held) for item in because] == [("opened == true", None), ("broken == true", True)]


def test_a_presumed_fact_that_decided_is_marked_until_told() -> None:
    made = pack([rule("sealed", "sealed_by_seller == true", **PAYS)])
    assert judged(made, **PAID).presumed == ("sealed_by_seller",)
    assert judged(made, sealed_by_seller=True, **PAID).presumed == ()


def test_a_presumed_fact_that_was_not_needed_is_not_marked() -> None:
    made = pack([rule("either", {"any": ["broken == true", "sealed_by_seller == false"]}, **PAYS)])
    assert judged(made, broken=True, **PAID).presumed == ()


def test_the_deciding_clause_stands_first_and_each_once() -> None:
    made = pack(
        [rule("it", **PAYS, clauses=["2#1", "1#2"], eta="soon")],
        etas={"soon": {"days": [7, 10], "clause": "1#2"}},
    )
    assert judged(made, **PAID).clauses == ("2#1", "1#2")


def test_the_time_is_told_with_its_start_and_clause() -> None:
    etas = {
        "by_kind": {
            "by": "subject",
            "table": {"thing": {"days": [1, 3], "clause": "2#3"}},
            "starts": "request",
            "then": [{"days": [2, 2], "clause": "2#2", "what": words("bank")}],
        }
    }
    eta = judged(pack([rule("it", **PAYS, eta="by_kind")], etas=etas), **PAID).eta
    assert eta
    assert (eta.starts, eta.main.least, eta.main.most, eta.main.clause) == ("request", 1, 3, "2#3")
    assert [(step.least, step.clause) for step in eta.then] == [(2, "2#2")]


def test_a_time_by_an_unknown_word_is_not_told() -> None:
    etas = {"by_kind": {"by": "colour", "table": {"red": {"days": [1, 3], "clause": "2#3"}}}}
    made = pack([rule("it", **PAYS, eta="by_kind")], etas=etas, facts={"colour": fact("word")})
    assert judged(made, **PAID).eta is None
    assert judged(made, colour="blue", **PAID).eta is None


# -- conflicts --------------------------------------------------------------------------------------------------------

DISPUTED = [rule("it", **PAYS, conflict="one")]
RULING = {"conflict": "one", "outcome": "partial_refund", "by": "A. Owner", "on": "2026-02-01", "says": "half"}


def test_a_conflict_on_the_outcome_needs_a_person() -> None:
    decision = judged(pack(DISPUTED, conflicts=[conflict("one")]), **PAID)
    assert decision.outcome == "needs_review"
    assert [item.clauses for item in decision.conflicts] == [("1#1", "2#1")]
    assert decision.amount


def test_the_owners_ruling_lifts_it() -> None:
    decision = judged(pack(DISPUTED, conflicts=[conflict("one")], rulings=[RULING]), **PAID)
    assert decision.outcome == "partial_refund"
    assert decision.conflicts == ()
    assert decision.ruling
    assert decision.ruling.by == "A. Owner"


def test_a_ruling_that_refuses_leaves_no_money() -> None:
    made = pack(DISPUTED, conflicts=[conflict("one")], rulings=[RULING | {"outcome": "not_eligible"}])
    decision = judged(made, **PAID)
    assert decision.amount
    assert (decision.outcome, decision.amount.high) == ("not_eligible", 0)


def test_a_conflict_on_a_detail_leaves_the_outcome_and_is_told() -> None:
    made = pack([rule("it", **PAYS, notes=["who_pays"])], conflicts=[conflict("who_pays", "detail")])
    decision = judged(made, **PAID)
    assert (decision.outcome, decision.conflicts) == ("full_refund", ())
    assert [item.id for item in decision.notes] == ["who_pays"]


# -- guards -----------------------------------------------------------------------------------------------------------

EXTRA = {"same_account": fact("flag", presumed=True)}
CLOSED = rule("closed", "same_account == false", "needs_review", clauses=["2#2"])


def guarded(rules: list[dict[str, Any]], guard: dict[str, Any] = CLOSED, **told: object) -> Decision:
    return judged(pack(rules, facts=EXTRA, type_more={"guards": [guard]}, conflicts=[conflict("one")]), **PAID, **told)


def test_a_guard_turns_a_yes_to_money_into_a_question_for_a_person() -> None:
    decision = guarded([rule("it", **PAYS)], same_account=False)
    assert decision.amount
    assert decision.rule
    assert (decision.outcome, decision.rule.id, decision.clauses) == ("needs_review", "closed", ("2#2", "1#1"))
    assert decision.amount.high == 1000
    assert decision.because[-1].condition == "same_account == false"


def test_a_guard_that_refuses_leaves_no_money() -> None:
    decision = guarded([rule("it", **PAYS)], CLOSED | {"outcome": "not_eligible"}, same_account=False)
    assert decision.amount
    assert (decision.outcome, decision.amount.high, decision.eta) == ("not_eligible", 0, None)


def test_a_guard_tells_its_conflict() -> None:
    decision = guarded([rule("it", **PAYS)], CLOSED | {"conflict": "one"}, same_account=False)
    assert [item.id for item in decision.conflicts] == ["one"]


@pytest.mark.parametrize("outcome", ["not_eligible", "replacement"])
def test_a_guard_leaves_alone_what_gives_no_money(outcome: str) -> None:
    assert guarded([rule("it", outcome=outcome)], same_account=False).outcome == outcome


def test_a_guard_that_does_not_hold_or_is_unknown_changes_nothing() -> None:
    assert guarded([rule("it", **PAYS)], same_account=True).outcome == "full_refund"
    assert guarded([rule("it", **PAYS)], rule("closed", "opened == true", "needs_review")).outcome == "full_refund"


def test_what_a_guard_presumes_is_marked() -> None:
    assert guarded([rule("it", **PAYS)]).presumed == ("same_account",)


# -- what would change it ---------------------------------------------------------------------------------------------


def test_a_refusal_says_which_condition_stands_between_it_and_a_better_answer() -> None:
    made = pack([rule("opened", "opened == true"), rule("whole", ["opened == false", "broken == true"], **PAYS)])
    decision = judged(made, opened=True, broken=True)
    assert [(change.outcome, change.rule) for change in decision.changes] == [("full_refund", "whole")]
    assert [item.condition for item in decision.changes[0].conditions] == ["opened == false"]


def test_a_full_refund_cannot_become_better() -> None:
    made = pack([rule("whole", "broken == true", **PAYS), rule("other", "opened == true", **PAYS)])
    assert judged(made, broken=True, opened=False, **PAID).changes == ()


def test_what_only_a_presumption_keeps_away_is_told_where_nothing_else_is() -> None:
    seller, opened = rule("seller", "sealed_by_seller == false", **PAYS), rule("opened", "opened == true")
    whole = rule("whole", ["opened == false", "percent_done < 5"], **PAYS)
    both = judged(pack([seller, opened, whole]), opened=True, percent_done=9)
    assert [change.rule for change in both.changes] == ["whole"]
    assert [change.rule for change in judged(pack([seller, opened]), opened=True).changes] == ["seller"]


# -- the claim type ---------------------------------------------------------------------------------------------------

TWO_TYPES = {
    "thing": claim_type([rule("thing_rule")]),
    "work": claim_type([rule("work_rule")], applies=['subject == "work"', "broken == true"]),
}


def test_the_facts_choose_the_claim_type() -> None:
    made = pack(claim_types=TWO_TYPES)
    assert judged(made).claim_type == "thing"
    assert judged(made, subject="work", broken=True).claim_type == "work"


def test_unclear_facts_are_missing() -> None:
    made = pack(claim_types=TWO_TYPES)
    with pytest.raises(UnclearClaim) as unclear:
        decide({}, made, NOW)
    assert unclear.value.missing == ("subject", "broken")
    with pytest.raises(UnclearClaim) as unclear:
        judged(made, subject="work")
    assert unclear.value.missing == ("broken",)


def test_where_no_type_can_apply_nothing_is_missing() -> None:
    with pytest.raises(UnclearClaim) as unclear:
        judged(pack(claim_types=TWO_TYPES), subject="work", broken=False)
    assert unclear.value.missing == ()


def test_a_type_that_the_talk_has_settled_is_taken() -> None:
    decision = judged(pack(claim_types=TWO_TYPES), claim="work")
    assert decision.rule
    assert (decision.claim_type, decision.rule.id) == ("work", "work_rule")


def test_shared_rules_are_walked_first() -> None:
    types = {"thing": claim_type([rule("own", **PAYS)], shared=["slips"])}
    made = pack(claim_types=types, shared={"slips": [rule("slip", "opened == true")]})
    assert judged(made, opened=True, **PAID).outcome == "not_eligible"
    assert judged(made, opened=False, **PAID).outcome == "full_refund"


# -- the version ------------------------------------------------------------------------------------------------------


def two_versions(applies_by: str = "requested_at") -> Pack:
    """A pack whose policy refuses from January on, and pays from 1 March on."""
    first = pack_texts([rule("old")], version={"applies_by": applies_by})
    second = pack_texts([rule("new", **PAYS)], version={"applies_by": applies_by, "in_force_from": "2026-03-01"})
    later = {path.replace(FOLDER, "2026-03-01"): text for path, text in second.items() if path.startswith(FOLDER)}
    return load_pack(first | later)


@pytest.mark.parametrize(
    ("now", "outcome", "in_force"),
    [
        ("2025-12-31T23:59+05:30", "not_eligible", False),
        ("2026-01-01T00:00+05:30", "not_eligible", True),
        ("2026-02-28T23:59+05:30", "not_eligible", True),
        ("2026-03-01T00:00+05:30", "full_refund", True),
        ("2026-02-28T18:30:00Z", "full_refund", True),
    ],
)
def test_the_version_in_force_at_the_request_applies_and_before_the_first_the_first(
    now: str, outcome: str, in_force: bool
) -> None:
    decision = judged(two_versions(), datetime.fromisoformat(now), **PAID)
    assert (decision.outcome, decision.in_force) == (outcome, in_force)


def test_a_version_may_apply_by_another_fact() -> None:
    made = two_versions("bought_at")
    assert judged(made, bought_at="2026-02-20T10:00+05:30", **PAID).outcome == "not_eligible"
    assert judged(made, bought_at="2026-03-02T10:00+05:30", **PAID).outcome == "full_refund"
    assert judged(made, **PAID).outcome == "full_refund"


def test_versions_stand_in_order_and_the_newest_is_last() -> None:
    assert [version.in_force_from.isoformat() for version in two_versions().versions] == ["2026-01-01", "2026-03-01"]
    assert two_versions().newest.in_force_from.isoformat() == "2026-03-01"


def test_the_same_claim_at_the_same_moment_gets_the_same_decision() -> None:
    made = pack(DISPUTED, conflicts=[conflict("one")])
    assert judged(made, **PAID) == judged(made, **PAID)
