"""Conditions: what may be written, three values, and that an unknown fact never reaches the expression library."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from policies.conditions import (
    ALWAYS,
    Arithmetic,
    BadExpression,
    Comparison,
    Condition,
    parse_condition,
)
from policies.facts import FactType

TYPES: dict[str, FactType] = {
    "used": "flag",
    "sealed": "flag",
    "boxed": "flag",
    "condition": "word",
    "note": "text",
    "hours": "number",
    "paid": "inr",
    "fee": "inr",
    "percent": "percent",
    "bought_at": "time",
    "told_at": "time",
    "bill_date": "date",
}
T, F, U = True, False, None
VALUES = {T: {"used": True}, F: {"used": False}, U: {}}


def comparison(text: str) -> Comparison:
    return Comparison.parse(text, TYPES)


def facts_for(*values: bool | None) -> dict[str, Any]:
    names = ("used", "sealed", "boxed")
    return {name: value for name, value in zip(names, values, strict=False) if value is not None}


@pytest.mark.parametrize(
    ("text", "known", "held"),
    [
        ("used == true", {"used": True}, True),
        ("used == false", {"used": True}, False),
        ("used", {"used": True}, True),
        ('condition == "good"', {"condition": "good"}, True),
        ('condition != "good"', {"condition": "good"}, False),
        ('condition in ["good", "worn"]', {"condition": "worn"}, True),
        ('condition in ["good", "worn"]', {"condition": "broken"}, False),
        ("hours <= 48", {"hours": Decimal(48)}, True),
        ("hours <= 48", {"hours": Decimal("48.0001")}, False),
        ("hours < 48", {"hours": Decimal(48)}, False),
        ("hours > 48", {"hours": Decimal("48.0001")}, True),
        ("hours >= 48", {"hours": Decimal("47.9999")}, False),
        ("paid - fee > 100", {"paid": Decimal("200.01"), "fee": Decimal(100)}, True),
        ("paid * 0.1 <= fee", {"paid": Decimal("1000.10"), "fee": Decimal("100.01")}, True),
        (
            "bought_at < told_at",
            {"bought_at": datetime(2026, 3, 1, tzinfo=UTC), "told_at": datetime(2026, 3, 1, 0, 0, 1, tzinfo=UTC)},
            True,
        ),
        ("bill_date < told_at", {"bill_date": date(2026, 3, 1), "told_at": datetime(2026, 3, 1, 1, tzinfo=UTC)}, True),
    ],
)
def test_a_comparison_of_known_facts_holds_or_not(text: str, known: dict[str, Any], held: bool) -> None:
    assert comparison(text).held(known) is held


@pytest.mark.parametrize(
    "text", ["used == false", "used", "used != true", "hours <= 48", 'condition in ["good"]', "paid - fee > 100"]
)
def test_a_comparison_of_an_unknown_fact_is_unknown_and_not_false(text: str) -> None:
    assert comparison(text).held({}) is None


def test_one_unknown_fact_of_two_makes_a_comparison_unknown() -> None:
    assert comparison("paid - fee > 100").held({"paid": Decimal(1000)}) is None


class Untouchable:
    """Stands where the expression library would be; touching it fails the test."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the expression library was asked for {name}")


def test_an_unknown_fact_never_reaches_the_expression_library() -> None:
    assert Comparison("used == false", ("used",), Untouchable()).held({}) is None
    assert Arithmetic("paid - fee", ("paid", "fee"), Untouchable()).value({"paid": Decimal(1)}) is None


def test_answers_about_the_same_facts_are_kept() -> None:
    memo: dict[str, bool | None] = {}
    assert comparison("hours <= 48").held({"hours": Decimal(1)}, memo) is True
    assert Comparison("hours <= 48", ("hours",), Untouchable()).held({"hours": Decimal(1)}, memo) is True


ALL = {
    (T, T): T, (T, F): F, (T, U): U,
    (F, T): F, (F, F): F, (F, U): F,
    (U, T): U, (U, F): F, (U, U): U,
}  # fmt: skip
ANY = {
    (T, T): T, (T, F): T, (T, U): T,
    (F, T): T, (F, F): F, (F, U): U,
    (U, T): T, (U, F): U, (U, U): U,
}  # fmt: skip


@pytest.mark.parametrize("pair", list(product((T, F, U), repeat=2)))
def test_all_any_and_none_follow_kleenes_tables(pair: tuple[bool | None, bool | None]) -> None:
    known = facts_for(*pair)
    both = ["used == true", "sealed == true"]
    assert parse_condition(both, TYPES).held(known) is ALL[pair]
    assert parse_condition({"all": both}, TYPES).held(known) is ALL[pair]
    assert parse_condition({"any": both}, TYPES).held(known) is ANY[pair]
    none = {T: F, F: T, U: U}[ANY[pair]]
    assert parse_condition({"none": both}, TYPES).held(known) is none


def test_an_empty_list_always_holds() -> None:
    assert ALWAYS.held({}) is True
    assert parse_condition([], TYPES).held({}) is True


def test_conditions_nest() -> None:
    nested = parse_condition({"any": ["used == true", {"all": ["sealed == true", {"none": ["boxed == true"]}]}]}, TYPES)
    assert nested.held(facts_for(F, T, F)) is True
    assert nested.held(facts_for(F, T, T)) is False
    assert nested.held(facts_for(F, T, U)) is None
    assert nested.held(facts_for(T, U, U)) is True


def test_only_unknown_facts_that_could_turn_the_answer_are_asked_for() -> None:
    condition = parse_condition(["used == true", {"any": ["sealed == true", "boxed == true"]}, "hours <= 48"], TYPES)
    assert list(condition.unknown_facts({})) == ["used", "sealed", "boxed", "hours"]
    assert list(condition.unknown_facts({"used": True, "sealed": True})) == ["hours"]
    assert list(condition.unknown_facts({"used": False})) == []


def test_a_condition_rests_on_all_of_its_lines_and_of_any_on_those_that_hold() -> None:
    condition = parse_condition(
        [
            "hours <= 48",
            {"any": ["used == true", "sealed == true"]},
            {"none": ["boxed == true", {"any": ["paid > 5"]}]},
        ],
        TYPES,
    )
    known = {"hours": Decimal(1), "used": False, "sealed": True, "boxed": False, "paid": Decimal(1)}
    assert condition.held(known) is True
    assert [part.text for part in condition.grounds(known)] == [
        "hours <= 48",
        "sealed == true",
        "boxed == true",
        "paid > 5",
    ]


def test_a_condition_may_name_the_clause_that_asks_for_it() -> None:
    condition = parse_condition([{"if": "hours <= 48", "clause": "2#2.1"}, "used == false"], TYPES)
    assert [part.clause for part in condition.comparisons()] == ["2#2.1", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('note =~ "a.*"', "regular expressions are not allowed"),
        ('note !~ "a.*"', "regular expressions are not allowed"),
        ('note =~~ "a.*"', "regular expressions are not allowed"),
        ("hours ** 2 > 4", "powers are not allowed"),
        ("used and sealed", "one comparison per line; join them with all, any or none"),
        ("used == true or sealed == true", "one comparison per line"),
        ("not used", "not a comparison of facts"),
        ("used ? sealed : boxed", "not a comparison of facts"),
        ("hours + 1", "not a comparison of facts"),
        ("[h for h in [1, 2] if h > 1]", "not a comparison of facts"),
        ('"good" in note', 'write `fact in ["one", "two"]`'),
        ("hours % 2 == 0", "only facts, numbers and + - * / are allowed here"),
        ("hours // 2 == 0", "only facts, numbers and + - * / are allowed here"),
        ("used == null", "only facts, numbers and + - * / are allowed here"),
        ("(hours > 1) == true", "only facts, numbers and + - * / are allowed here"),
        ("hours.ceiling > 2", ""),
        ("$now > bought_at", "the moment of judging is the fact `now`"),
        ("$re_groups[0] == note", "names with $ are not allowed"),
        ("note", "not a yes/no condition"),
        ("1 == 1", "not a comparison of facts"),
        ("1 > 0", "not a comparison of facts"),
        ('hours > "48"', ""),
        ("used > 3", ""),
        ("hours <= ", ""),
        ("", ""),
    ],
)
def test_what_is_not_allowed_is_refused_with_its_reason(text: str, message: str) -> None:
    with pytest.raises(BadExpression) as refused:
        comparison(text)
    assert message in str(refused.value)
    assert text in str(refused.value)


def test_a_misspelt_fact_is_told_with_the_nearest_name() -> None:
    with pytest.raises(BadExpression) as refused:
        comparison("conditon == 'good'")
    assert "unknown fact 'conditon'" in str(refused.value)
    assert "did you mean 'condition'?" in str(refused.value)


def test_a_fact_unlike_all_others_gets_no_suggestion() -> None:
    with pytest.raises(BadExpression) as refused:
        comparison("zzzzzz == true")
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    "source", [{"some": ["used == true"]}, {"all": "used == true"}, {"if": "used", "then": "x"}, 48, None, {}]
)
def test_a_shape_that_is_no_condition_is_refused(source: object) -> None:
    with pytest.raises(BadExpression, match="expected a comparison, a list, or all/any/none with a list"):
        parse_condition(source, TYPES)


def test_a_single_comparison_is_a_condition_too() -> None:
    condition = parse_condition("used == true", TYPES)
    assert isinstance(condition, Condition)
    assert condition.held({"used": True}) is True


def test_the_words_that_a_comparison_tests_for_are_known() -> None:
    assert list(comparison('condition in ["good", "worn"]').words_named()) == [
        ("condition", "good"),
        ("condition", "worn"),
    ]
    assert list(comparison('condition == "good"').words_named()) == [("condition", "good")]
    assert list(comparison('"good" == condition').words_named()) == [("condition", "good")]
    assert list(comparison("hours <= 48").words_named()) == []


@pytest.mark.parametrize(
    ("text", "known", "value"),
    [
        ("paid - fee", {"paid": Decimal("100.10"), "fee": Decimal("0.20")}, Decimal("99.90")),
        ("paid * percent / 100", {"paid": Decimal(999), "percent": Decimal("12.5")}, Decimal("124.875")),
        ("paid - fee - 1", {"paid": Decimal(10), "fee": Decimal(2)}, Decimal(7)),
        (250, {}, Decimal(250)),
        (99.5, {}, Decimal("99.5")),
        ("paid / fee", {"paid": Decimal(1), "fee": Decimal(0)}, None),
        ("paid - fee", {"paid": Decimal(1)}, None),
    ],
)
def test_arithmetic_is_exact_and_unknown_where_a_fact_is(
    text: str | int | float, known: dict[str, Any], value: Decimal | None
) -> None:
    assert Arithmetic.parse(text, TYPES).value(known) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("paid > 3", "only facts, numbers and + - * / are allowed"),
        ("condition", "not a number"),
        ("used", "not a number"),
        ("paid ** 2", "powers are not allowed"),
        ("pade - 3", "did you mean 'paid'?"),
        ("paid - condition", ""),
    ],
)
def test_what_is_no_arithmetic_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadExpression) as refused:
        Arithmetic.parse(text, TYPES)
    assert message in str(refused.value)
