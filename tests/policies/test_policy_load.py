"""Loading a pack: each kind of mistake is told with its file, its line and what to do; all of them in one go."""

from typing import Any

import pytest
from pack_factory import BRAND, FOLDER, claim_type, clauses_file, conflict, fact, pack, pack_texts, rule, words

from policies.load import load_pack
from policies.yaml_source import PackError, Problem, line_of, load_yaml

PAYS: dict[str, Any] = {"outcome": "full_refund", "amount": {"base": "amount_paid"}}


def problems(texts: dict[str, str], common: str = "") -> list[Problem]:
    with pytest.raises(PackError) as refused:
        load_pack(texts, common)
    return refused.value.problems


def only_problem(texts: dict[str, str]) -> Problem:
    found = problems(texts)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def line_with(text: str, part: str) -> int:
    """The line of `text`, from 1, in which `part` stands."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_whole_pack_loads() -> None:
    made = pack([rule("whole", "broken == true", **PAYS)])
    assert made.id == "corner-shop"
    assert list(made.newest.clauses) == ["1#1", "1#2", "1#3", "2#1", "2#2", "2#3"]
    assert made.newest.section_title("2#1").en == "Section 2"


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_pack_without_a_brand_says_so() -> None:
    texts = pack_texts()
    del texts["brand.yaml"]
    assert str(only_problem(texts)) == "brand.yaml: missing: a pack names its brand there"


def test_a_pack_without_a_version_says_what_its_folder_is_called() -> None:
    problem = only_problem({"brand.yaml": pack_texts()["brand.yaml"]})
    assert "no version folder, such as 2026-01-26/" in problem.reason


@pytest.mark.parametrize("name", ["version.yaml", "facts.yaml", "claims.yaml"])
def test_a_missing_file_is_named(name: str) -> None:
    texts = pack_texts()
    del texts[f"{FOLDER}/{name}"]
    assert Problem(f"{FOLDER}/{name}", 0, "missing") in problems(texts)


def test_a_version_without_clauses_says_so() -> None:
    texts = pack_texts()
    del texts[f"{FOLDER}/clauses.yaml"]
    assert "no clause is stated" in str(problems(texts)[0])


def test_rulings_may_be_absent_and_clauses_may_stand_in_several_files() -> None:
    texts = pack_texts(clauses=clauses_file(["1#1", "1#2", "1#3"]))
    more = pack_texts(clauses=clauses_file(["2#1", "2#2", "2#3"]))
    texts[f"{FOLDER}/clauses_more.yaml"] = more[f"{FOLDER}/clauses.yaml"]
    assert list(load_pack(texts).newest.clauses) == ["1#1", "1#2", "1#3", "2#1", "2#2", "2#3"]


def test_a_time_zone_that_is_none_is_told() -> None:
    problem = only_problem(pack_texts(brand={"time_zone": "Asia/Nowhere"}))
    assert (problem.file, "time_zone" in problem.reason) == ("brand.yaml", True)


# -- YAML -------------------------------------------------------------------------------------------------------------


def test_text_that_is_no_yaml_is_told_with_its_line() -> None:
    texts = pack_texts()
    name = f"{FOLDER}/version.yaml"
    texts[name] = "in_force_from: 2026-01-01\nsource_ids: [1#1\nheadings: []\n"
    problem = only_problem(texts)
    assert (problem.file, problem.line) == (name, 3)


def test_a_key_that_stands_twice_is_told_with_the_line_of_the_second() -> None:
    texts = pack_texts()
    texts["brand.yaml"] += "name: Another Shop\n"
    problem = only_problem(texts)
    assert problem.reason == "the key 'name' stands twice"
    assert problem.line == len(texts["brand.yaml"].splitlines())


def test_words_that_yaml_would_take_for_flags_stay_words() -> None:
    assert load_yaml("a.yaml", "a: yes\nb: off\nc: true\nd: no\n") == {"a": "yes", "b": "off", "c": True, "d": "no"}


def test_a_line_is_that_of_the_part_or_of_its_nearest_parent() -> None:
    text = "one:\n  - a: 1\n  - a: 2\n    b: 3\ntwo: 4\n"
    assert line_of(text, ("one", 1, "b")) == 4
    assert line_of(text, ("one", 1, "c")) == 3
    assert line_of(text, ("two",)) == 5
    assert line_of(text, ("three",)) == 1


# -- shapes -----------------------------------------------------------------------------------------------------------


def test_an_unknown_key_is_told_with_its_line() -> None:
    texts = pack_texts([rule("whole", "broken == true", **PAYS, colour="red")])
    problem = only_problem(texts)
    assert "colour" in problem.reason
    assert "Extra inputs are not permitted" in problem.reason
    assert problem.line == line_with(texts[problem.file], "colour: red")


def test_a_missing_language_is_told_with_its_line() -> None:
    texts = pack_texts([rule("whole", "broken == true", **PAYS | {"says": {"en": "Only English"}})])
    found = problems(texts)
    assert {problem.reason.split(":")[0].split(".")[-1] for problem in found} == {"hi", "hinglish"}


def test_an_empty_text_is_refused() -> None:
    assert "says.hi" in only_problem(pack_texts([rule("it", says=words("x") | {"hi": " "})])).reason


def test_a_label_that_is_too_long_for_a_button_is_told() -> None:
    texts = pack_texts(clauses=clauses_file())
    name = f"{FOLDER}/clauses.yaml"
    texts[name] = texts[name].replace("en: Clause 1#", "en: A label of more than twenty", 1)
    problem = only_problem(texts)
    assert "label.en has 27 characters; 20 fit on a button: 'A label of more than twenty'" in problem.reason
    assert problem.line == line_with(texts[name], "id: 1#1")


def test_a_clause_in_the_wrong_section_is_told() -> None:
    texts = pack_texts()
    name = f"{FOLDER}/clauses.yaml"
    texts[name] = texts[name].replace("section: '2'", "section: '1'", 1)
    assert "section '1' is not the part of '2#1' before # or :" in only_problem(texts).reason


def test_a_clause_that_is_stated_twice_is_told() -> None:
    found = problems(pack_texts(clauses=clauses_file([*("1#1", "1#2", "1#3", "2#1", "2#2", "2#3"), "1#1"])))
    assert [problem.reason for problem in found] == ["clauses.6: clause '1#1' is stated twice"]


def test_a_section_without_a_title_is_told() -> None:
    clauses = clauses_file()
    del clauses["sections"]["2"]
    found = problems(pack_texts(clauses=clauses))
    assert all("section '2' has no title" in problem.reason for problem in found)
    assert len(found) == 3


def test_an_id_that_is_no_name_is_refused() -> None:
    assert "String should match pattern" in only_problem(pack_texts([rule("Not A Name")])).reason


def test_a_rule_without_clauses_is_refused() -> None:
    problem = only_problem(pack_texts([rule("bare", clauses=[])]))
    assert "claim_types.thing.rules.0.clauses" in problem.reason


def test_an_outcome_outside_the_five_is_refused() -> None:
    assert "full_refund" in only_problem(pack_texts([rule("odd", outcome="maybe")])).reason


@pytest.mark.parametrize(
    "eta", [{"days": [1, 2]}, {"days": [1, 2], "by": "subject", "clause": "1#1"}, {"by": "subject"}, {}]
)
def test_an_eta_is_days_with_a_clause_or_a_table_by_a_word(eta: dict[str, Any]) -> None:
    assert "ETA" in only_problem(pack_texts(etas={"soon": eta})).reason


# -- names that lead nowhere ------------------------------------------------------------------------------------------


def test_an_unknown_fact_is_told_with_the_nearest_name_and_its_line() -> None:
    texts = pack_texts([rule("one"), rule("two", "brokn == true")])
    problem = only_problem(texts)
    assert "unknown fact 'brokn' in 'brokn == true'; did you mean 'broken'?" in problem.reason
    assert problem.line == line_with(texts[problem.file], "brokn == true")


def test_a_word_that_is_no_value_is_told_with_the_values() -> None:
    problem = only_problem(pack_texts([rule("one", 'subject in ["thing", "wrok"]')]))
    assert "'wrok' is no value of subject: thing, work" in problem.reason


def test_a_condition_that_is_not_allowed_is_told() -> None:
    assert "one comparison per line" in only_problem(pack_texts([rule("one", "broken and opened")])).reason


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"rules": [rule("one", clauses=["9#9"])]}, "clause '9#9' is not stated in clauses.yaml"),
        ({"rules": [rule("one", [{"if": "broken == true", "clause": "9#9"}])]}, "clause '9#9' is not stated"),
        ({"rules": [rule("one", eta="later")]}, "no eta is named 'later'"),
        ({"rules": [rule("one", conflict="war")]}, "no conflict is named 'war'"),
        ({"rules": [rule("one", notes=["war"])]}, "no conflict is named 'war'"),
        ({"conflicts": [conflict("war", clauses=["9#9"])]}, "clause '9#9' is not stated"),
        ({"etas": {"soon": {"days": [1, 2], "clause": "9#9"}}}, "clause '9#9' is not stated"),
        ({"type_more": {"slots": ["colour"]}}, "'colour' is no slot of facts.yaml"),
        ({"type_more": {"shared": ["slips"]}}, "no group of shared rules is named 'slips'"),
        ({"type_more": {"opens": words("Hurry"), "opens_clauses": ["9#9"]}}, "clause '9#9' is not stated"),
        ({"type_more": {"guards": [rule("one", clauses=["9#9"])]}}, "clause '9#9' is not stated"),
        ({"slots": {"colour": {"ask": words("?"), "why": words("!")}}}, "a slot asks for a fact, and this is none"),
        (
            {"slots": {"broken": {"ask": words("?"), "why": words("!"), "clause": "9#9"}}},
            "clause '9#9' is not stated",
        ),
        (
            {"slots": {"broken": {"ask": words("?"), "why": words("!"), "only_if": "opnd == true"}}},
            "did you mean 'opened'?",
        ),
        (
            {"rulings": [{"conflict": "war", "outcome": "full_refund", "by": "A", "on": "2026-01-01", "says": "b"}]},
            "no conflict is named 'war'",
        ),
        ({"facts": {"plan": fact("word", values={"s": {"label": words("S")}}, presumed="m")}}, "presumed 'm' is not"),
        ({"facts": {"fee": fact("inr", presumed="much")}}, "'much' is not an amount in rupees"),
        ({"claim_types": {"thing": claim_type(applies="subjct == 'thing'")}}, "did you mean 'subject'?"),
    ],
)
def test_a_name_that_leads_nowhere_is_told(given: dict[str, Any], reason: str) -> None:
    rules = given.pop("rules", [])
    problem = only_problem(pack_texts(rules, **given))
    assert reason in problem.reason
    assert problem.file.endswith(".yaml")
    assert problem.line


def test_a_circle_of_derived_facts_is_told() -> None:
    extra = {
        "one": fact("number", derive={"value": "two"}),
        "two": fact("number", derive={"value": "one"}),
    }
    assert "facts derived in a circle" in only_problem(pack_texts(facts=extra)).reason


# -- all at once ------------------------------------------------------------------------------------------------------


def test_several_mistakes_in_several_files_are_told_at_once_in_order() -> None:
    texts = pack_texts(
        [rule("one", "brokn == true"), rule("two", clauses=["9#9"])],
        slots={"colour": {"ask": words("?"), "why": words("!")}},
        facts={"fee": fact("inr", presumed="much")},
    )
    found = problems(texts)
    assert [problem.file for problem in found] == [f"{FOLDER}/claims.yaml"] * 2 + [f"{FOLDER}/facts.yaml"] * 2
    assert found == sorted(found)


def test_two_versions_tell_their_mistakes_together() -> None:
    texts = pack_texts([rule("one", "brokn == true")])
    texts |= {path.replace(FOLDER, "2026-05-01"): text for path, text in texts.items() if path.startswith(FOLDER)}
    assert [problem.file for problem in problems(texts)] == ["2026-01-01/claims.yaml", "2026-05-01/claims.yaml"]


def test_the_error_prints_one_line_per_problem() -> None:
    error = PackError([Problem("b.yaml", 3, "wrong"), Problem("a.yaml", 0, "missing"), Problem("b.yaml", 3, "wrong")])
    assert str(error) == "a.yaml: missing\nb.yaml:3: wrong"


# -- what all packs share ---------------------------------------------------------------------------------------------


def test_common_facts_are_known_and_a_pack_may_say_more_of_one() -> None:
    common = """
facts:
  order_id: {type: text, label: {en: Order, hi: Order, hinglish: Order}}
  amount_paid: {type: inr, label: {en: Common words, hi: a, hinglish: b}}
slots: {}
"""
    version = load_pack(pack_texts(), common).newest
    assert version.facts["order_id"].type == "text"
    assert version.facts["amount_paid"].label.en == "Amount paid"


def test_the_calendar_is_the_brands() -> None:
    calendar = {"week": ["mon", "sat"], "days_off": ["2026-03-16"], "days_worked": ["2026-03-15"]}
    made = load_pack(pack_texts(brand={"calendar": calendar}))
    assert made.calendar.working_week == {0, 5}
    assert [day.isoformat() for day in sorted(made.calendar.added | made.calendar.removed)] == [
        "2026-03-15",
        "2026-03-16",
    ]
    assert BRAND["id"] == made.id
