"""`policy check`: what a pack's author is told of a pack that loads."""

from typing import Any

import pytest
from pack_factory import CLAUSE_IDS, FOLDER, NOW, claim_type, conflict, fact, pack, rule, words

from policies.check import Finding, check_pack, find_case
from policies.files import Questions
from policies.pack import Pack

PAYS: dict[str, Any] = {"outcome": "full_refund", "amount": {"base": "amount_paid"}}
EIGHT = Questions(en=("a", "b", "c"), hinglish=("d", "e", "f"), hi=("g", "h"))
ASKED = dict.fromkeys(CLAUSE_IDS, EIGHT)


def findings(made: Pack, asked: dict[str, Questions] | None = None) -> list[Finding]:
    return check_pack(made, {FOLDER: ASKED if asked is None else asked})


def kinds(made: Pack, asked: dict[str, Questions] | None = None) -> list[tuple[str, str, str]]:
    return [(found.level, found.kind, found.subject) for found in findings(made, asked)]


def test_a_pack_in_order_has_no_findings() -> None:
    slots = {"broken": {"ask": words("Broken?"), "why": words("A rule needs it")}}
    made = pack(
        [rule("whole", "broken == true", **PAYS), rule("no", "broken == false")],
        slots=slots,
        type_more={"slots": ["broken"]},
    )
    assert kinds(made) == []


# -- clauses and questions --------------------------------------------------------------------------------------------


def test_a_clause_of_the_source_that_is_not_stated_is_an_error_unless_it_is_a_heading() -> None:
    made = pack([rule("no")], version={"source_ids": ["1", *CLAUSE_IDS, "3#1"], "headings": ["1"]})
    assert kinds(made) == [("error", "clause not stated", "3#1")]


def test_a_stated_clause_that_the_source_has_not_is_an_error() -> None:
    made = pack([rule("no")], version={"source_ids": list(CLAUSE_IDS[:-1])})
    assert kinds(made) == [("error", "clause unknown", "2#3")]


def test_a_clause_without_questions_is_an_error_and_one_with_few_a_note() -> None:
    asked = {**ASKED, "1#1": Questions(), "1#2": Questions(en=("a",) * 7)}
    del asked["2#1"]
    assert kinds(pack([rule("no")]), asked) == [
        ("error", "clause without questions", "1#1"),
        ("note", "clause with few questions", "1#2"),
        ("error", "clause without questions", "2#1"),
    ]


def test_a_question_for_a_clause_that_is_not_stated_is_an_error() -> None:
    assert kinds(pack([rule("no")]), {**ASKED, "9#9": EIGHT}) == [("error", "question without clause", "9#9")]


# -- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("broken == true", "broken == true"),
        (None, "broken == true"),
        ("percent_done >= 10", "percent_done > 10"),
        ({"any": ["broken == true", "opened == true"]}, ["broken == true", "percent_done > 3"]),
        ('subject in ["thing", "work"]', "broken == true"),
    ],
)
def test_a_rule_that_an_earlier_one_always_beats_is_found(above: Any, below: Any) -> None:
    made = pack([rule("above", above), rule("below", below)])
    assert ("error", "rule not reached", "thing.below") in kinds(made)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("percent_done > 10", "percent_done >= 10"),
        ("broken == true", ["broken == false", "opened == true"]),
        (["broken == true", "opened == true"], "broken == true"),
        ("amount_paid - fee > 100", "amount_paid - fee <= 100"),
        ("bought_at < now", "bought_at >= now"),
    ],
)
def test_a_rule_that_some_case_comes_to_is_not_told(above: Any, below: Any) -> None:
    made = pack([rule("above", above), rule("below", below)])
    assert "rule not reached" not in [kind for _, kind, _ in kinds(made)]


def test_a_rule_that_no_case_of_its_type_can_meet_is_found() -> None:
    assert ("error", "rule not reached", "thing.other") in kinds(pack([rule("other", 'subject == "work"')]))


def test_the_case_that_comes_to_a_rule_meets_it_and_none_above() -> None:
    made = pack([rule("late", "percent_done > 40"), rule("it", ["percent_done > 20", "broken == true"], **PAYS)])
    thing = made.newest.claim_types["thing"]
    case = find_case(made.newest, thing, thing.rules[1])
    assert case is not None
    assert thing.rules[1].when.held(case) is True
    assert thing.rules[0].when.held(case) is False


def test_the_same_condition_with_two_outcomes_is_a_contradiction() -> None:
    made = pack([rule("no", "broken == true"), rule("yes", "broken == true", **PAYS)])
    assert ("error", "rules contradict", "thing: no, yes") in kinds(made)


def test_two_rules_of_one_name_are_told() -> None:
    made = pack([rule("same", "broken == true"), rule("same", "broken == false")])
    assert ("error", "rule twice", "thing.same") in kinds(made)


def test_a_refund_type_without_rules_is_an_error_and_a_service_without_rules_is_not() -> None:
    assert ("error", "no rules", "thing") in kinds(pack([]))
    assert kinds(pack([], type_more={"kind": "service"})) == []


# -- claim types ------------------------------------------------------------------------------------------------------


def test_claim_types_that_both_apply_are_found() -> None:
    types = {
        "thing": claim_type([rule("no")]),
        "broken_thing": claim_type([rule("no")], applies=['subject == "thing"', "broken == true"]),
    }
    assert kinds(pack(claim_types=types)) == [("error", "claim types overlap", "thing, broken_thing")]


def test_claim_types_that_exclude_one_another_are_in_order() -> None:
    types = {
        "thing": claim_type([rule("no")], applies=['subject == "thing"', {"none": ["broken == true"]}]),
        "broken_thing": claim_type([rule("no")], applies=['subject == "thing"', "broken == true"]),
    }
    assert kinds(pack(claim_types=types)) == []


# -- facts ------------------------------------------------------------------------------------------------------------


def test_a_fact_that_the_customer_can_know_and_no_slot_asks_is_a_note() -> None:
    assert kinds(pack([rule("it", "broken == true")])) == [("note", "fact not asked", "thing.broken")]


def test_facts_of_the_company_and_derived_and_presumed_ones_need_no_slot() -> None:
    extra = {"late": fact("flag", derive={"holds": "percent_done > 5"})}
    rules = [rule("one", "late == true"), rule("two", "fee > 5"), rule("three", "sealed_by_seller == false")]
    assert kinds(pack(rules, facts=extra)) == []


# -- limits -----------------------------------------------------------------------------------------------------------

LIMITS = [
    {"matter": "report", "clause": "1#1", "limit": "48 hours"},
    {"matter": "report", "clause": "2#1", "limit": "24 hours"},
]


def test_limits_that_differ_without_a_conflict_are_an_error() -> None:
    found = findings(pack([rule("no")], windows=LIMITS))
    assert [(each.level, each.kind, each.subject) for each in found] == [("error", "limits differ", "report")]
    assert "1#1: 48 hours, 2#1: 24 hours; no conflict tells both" in found[0].reason


def test_limits_that_differ_with_a_conflict_that_tells_both_are_a_note() -> None:
    found = findings(pack([rule("no")], windows=LIMITS, conflicts=[conflict("reports")]))
    assert [(each.level, each.kind) for each in found] == [("note", "limits differ")]
    assert "conflict reports tells both, no ruling yet" in found[0].reason


def test_a_conflict_of_other_clauses_does_not_count() -> None:
    made = pack([rule("no")], windows=LIMITS, conflicts=[conflict("others", clauses=["1#1", "2#2"])])
    assert kinds(made) == [("error", "limits differ", "report")]


def test_limits_that_the_owner_has_ruled_on_are_in_order() -> None:
    ruling = {"conflict": "reports", "outcome": "full_refund", "by": "A", "on": NOW.date().isoformat(), "says": "48"}
    assert kinds(pack([rule("no")], windows=LIMITS, conflicts=[conflict("reports")], rulings=[ruling])) == []


def test_the_same_limit_in_two_clauses_is_in_order() -> None:
    same = [LIMITS[0], LIMITS[1] | {"limit": "48 hours"}]
    assert kinds(pack([rule("no")], windows=same)) == []


def test_a_finding_reads_as_one_line() -> None:
    assert str(Finding("note", "limits differ", "report", "why")) == "note: limits differ: report: why"


def test_the_same_pack_gives_the_same_findings() -> None:
    made = pack([rule("no", [f"percent_done > {n}" for n in range(12)]), rule("it", "amount_paid - fee > 100")])
    assert findings(made) == findings(made)
