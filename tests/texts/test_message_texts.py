"""Every word a customer reads: each message exists in every language, asks for the same values and renders."""

import re
from functools import cache
from typing import Any

import pytest
import yaml
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.render import MESSAGES, Renderer
from policies.words import LANGUAGES

_READ: dict[str, Any] = yaml.safe_load((MESSAGES.parent / "catalogue.yaml").read_text(encoding="utf-8"))
CATALOGUE: dict[str, dict[str, Any]] = _READ["messages"]
EXAMPLES = [(name, values) for name, entry in CATALOGUE.items() for values in entry["values"]]
LONGEST = 1500
DEVANAGARI = re.compile(r"[\u0900-\u097F]")
ROMAN_WORD = re.compile(r"[A-Za-z]{2,}")
# Names, file kinds and the words a customer types: Roman in Hindi too.
ROMAN_IN_HINDI = {"UTR", "IFSC", "PDF", "MB", "START", "STOP", "asha", "example", "com"}

ENVIRONMENT = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
ENVIRONMENT.filters.update(rupees=str, day=str, moment=str, words=str)
FILES = sorted(MESSAGES.glob("*/*.j2"))


@cache
def source(path: str) -> str:
    return (MESSAGES / path).read_text(encoding="utf-8")


@cache
def parsed(path: str) -> nodes.Template:
    return ENVIRONMENT.parse(source(path))


@cache
def variables(path: str) -> frozenset[str]:
    """What a message asks for, its macros included."""
    tree = parsed(path)
    found = set(meta.find_undeclared_variables(tree))
    for imported in meta.find_referenced_templates(tree):
        assert imported is not None, f"{path} imports a template by a computed name"
        found |= variables(imported)
    return frozenset(found)


def phrases(path: str) -> list[str]:
    """The words of a file that may be read: its text, and the strings in it that are no keys."""
    tree = parsed(path)
    texts = [item.data for item in tree.find_all(nodes.TemplateData)]
    strings = [item.value for item in tree.find_all(nodes.Const) if isinstance(item.value, str)]
    return texts + [text for text in strings if " " in text.strip() or DEVANAGARI.search(text)]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


def test_the_catalogue_and_the_files_name_the_same_messages() -> None:
    for language in LANGUAGES:
        written = {path.stem for path in FILES if path.parent.name == language and not path.stem.startswith("_")}
        assert written == set(CATALOGUE), language


def test_each_entry_says_when_and_gives_values_with_the_same_keys() -> None:
    for name, entry in CATALOGUE.items():
        assert entry["when"], name
        assert entry["values"], name
        assert len({frozenset(values) for values in entry["values"]}) == 1, name


@pytest.mark.parametrize("name", [*CATALOGUE, "_words", "_decision", "_case", "_template_values"])
def test_a_message_asks_for_the_same_values_in_every_language(name: str) -> None:
    asked = {language: variables(f"{language}/{name}.j2") for language in LANGUAGES}
    assert len(set(asked.values())) == 1, asked


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_a_message_asks_for_no_value_that_the_catalogue_does_not_have(name: str) -> None:
    for language in LANGUAGES:
        assert variables(f"{language}/{name}.j2") <= set(CATALOGUE[name]["values"][0]), language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "values"), EXAMPLES)
def test_every_example_renders(renderer: Renderer, name: str, values: dict[str, Any], language: str) -> None:
    text = renderer.render(name, language, values)
    assert text
    assert len(text) <= LONGEST
    assert not re.search(r"None|Undefined|True|False|\{\{|\{%|  |\( | \)| ,|\.\.(?!\.)", text), text
    assert text.count("?") <= 1, f"more than one question:\n{text}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "values"), EXAMPLES)
def test_the_clauses_that_are_given_stand_in_the_text(
    renderer: Renderer, name: str, values: dict[str, Any], language: str
) -> None:
    text = renderer.render(name, language, values)
    given = [clause["id"] if isinstance(clause, dict) else clause for clause in values.get("clauses", ())]
    given += [values["clause"]] if values.get("clause") else []
    given += [clause for case in values.get("cases", ()) if isinstance(case, dict) for clause in case["clauses"]]
    given += values.get("next_clauses", ())
    if name in ("reason_gone", "confirm_correction") and not values["outcome"]:
        given = []
    assert not [clause for clause in given if clause not in text], text


def test_no_dashes_and_no_markup() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert "—" not in text, path
        assert not re.search(r"</?[a-z]+>|\*\*|__", text), path


def test_hinglish_and_english_have_no_devanagari() -> None:
    for path in FILES:
        if path.parent.name != "hi":
            assert not DEVANAGARI.search(path.read_text(encoding="utf-8")), path


def test_hindi_has_no_roman_sentences() -> None:
    for path in FILES:
        if path.parent.name == "hi":
            found = {word for text in phrases(f"hi/{path.name}") for word in ROMAN_WORD.findall(text)}
            assert found <= ROMAN_IN_HINDI, (path, found - ROMAN_IN_HINDI)


def test_hinglish_is_not_english() -> None:
    for name in CATALOGUE:
        own = [text.strip() for text in phrases(f"hinglish/{name}.j2") if len(text.split()) > 4]
        english = {text.strip() for text in phrases(f"en/{name}.j2")}
        assert not english & set(own), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_before_a_persons_check_promises_money(renderer: Renderer, language: str) -> None:
    people = {"en": ("person", "our team"), "hi": ("टीम",), "hinglish": ("team",)}[language]
    for name in ("summary", "filed"):
        for values in CATALOGUE[name]["values"]:
            text = renderer.render(name, language, values)
            assert any(word in text for word in people), text


def test_an_answer_names_its_clause_section_and_date(renderer: Renderer) -> None:
    said = renderer.render("answer", "en", CATALOGUE["answer"]["values"][0])
    assert said == (
        "A broken token has to be reported within 48 hours of delivery.\n"
        "(clause 2#2.1, USB tokens, policy as published)\n"
        "For you: Delivered 11 Mar 2026, 13:00 IST, so until 13 Mar 2026, 13:00 IST."
    )
    said = renderer.render("answer", "en", CATALOGUE["answer"]["values"][1])
    assert said == (
        "An order can be cancelled within 48 hours.\n"
        "(clause 1.1, policy of 1 Feb 2026)\n"
        "The policy itself is not of one mind here: Clause 1.1 gives 48 hours, clause 3.1 gives 24. "
        "So a person decides if it comes to that."
    )


def test_the_summary_shows_the_facts_the_decision_and_one_question(renderer: Renderer) -> None:
    assert renderer.render("summary", "en", CATALOGUE["summary"]["values"][0]) == (
        "Here is what I have (Digital signature):\n"
        "• Order number: API-8821\n"
        "• Amount paid: ₹1,500 (our record: ₹1,499)\n"
        "• Proofs: Photo of the problem\n"
        "• Still to come: Invoice. You can send it after filing too.\n"
        "\n"
        "By the policy you get a part of the money back, once a person has confirmed it.\n"
        "A part can come back after an administrative charge. (clauses 1#2, refund-mode#1)\n"
        "Amount: between ₹1,199 and ₹1,399\n"
        "How we get there: ₹1,499, less administrative charge of ₹100 to ₹300 (clause 1#2)\n"
        "Time: 7–10 working days after approval (clause refund-mode#1)\n"
        "After that: 5–7 working days for your bank (clause 4.2#3)\n"
        "Our team checks: Payment confirmed\n"
        "Taken for granted until checked: Cancelled by the seller: No\n"
        "What would change it:\n"
        "• Session cancelled by us: yes (no): a full refund (clause 5#1)\n"
        "\n"
        "Is this right, shall I file it? We take up your other request right after."
    )


def test_what_was_filed_names_the_case_the_receipt_and_what_is_next(renderer: Renderer) -> None:
    assert renderer.render("filed", "en", CATALOGUE["filed"]["values"][0]) == (
        "✅ Filed. Your case number is API-7K3M9, received 11 Mar 2026, 18:42 IST.\n"
        'Received 5 h 42 min after "Delivered on"; the limit is 48 hours (clause 2#2.1).\n'
        "\n"
        "By the policy you get a replacement, once a person has confirmed it.\n"
        "A token that came broken and was reported in time is replaced. (clause 2#2)\n"
        "Please note: For a defective token the return courier is not yours to pay (2#3).\n"
        "\n"
        "Next: If the return is approved, you get instructions for sending it. "
        "(clauses return-process#2, return-process#3)\n"
        "• A reply from us: within 2 working hours (clause 10#4)\n"
        "• The review: within 3 working days (clause 4.2#1)\n"
        "• The decision: within 24 hours (clause 4.2#2)\n"
        "Still to come from you: Invoice. Just send it here.\n"
        "I'll write to you here when something moves."
    )


def test_a_no_is_kind_and_names_its_clause_and_a_way_on(renderer: Renderer) -> None:
    assert renderer.render("decision_no", "en", CATALOGUE["decision_no"]["values"][0]) == (
        "I know this isn't what you hoped for. By the policy there is no refund for this.\n"
        "A broken token has to be reported within 48 hours of delivery, and this is later. "
        "(clauses 2#2.1, denials#4)\n"
        "\n"
        "What would change it:\n"
        "• Hours to report: ≤ 48 (49): a replacement (clause 2#2.1)\n"
        "\n"
        "If it was delivered later than our record says, send the delivery slip.\n"
        "You can appeal within 7 days (6.1).\n"
        "If you see it differently, a person can review it, or we leave it here."
    )


def test_where_customer_and_record_differ_both_are_shown(renderer: Renderer) -> None:
    said = renderer.render("ask_dispute_proof", "en", CATALOGUE["ask_dispute_proof"]["values"][0])
    assert said.startswith(
        "You and our record do not say the same:\n"
        "• Work done: you say 40%, our record says 55%\n"
        "Going by what you say: Between 25 and 50 percent of the work is done, so half is refundable.\n"
        "Going by our record: More than half of the work is done, so nothing is refundable. (clause 2.2#3)\n"
        "A person checks which is right and decides (clauses 2.2#2, 2.2#3).\n"
        "If it is approved: ₹20,000\n"
        "How we get there: ₹40,000, and 50% of that\n"
        "Time: 7 working days after your request (clause 4.2#3)\n"
    )


def test_a_limit_that_two_clauses_set_is_told_once(renderer: Renderer) -> None:
    said = renderer.render("filed", "en", CATALOGUE["filed"]["values"][1])
    assert 'Received 23 h 20 min after "Delivered on"; the limit is 24 hours (clauses 2.2.1#1, 2.2.1#3).' in said
    assert said.count("23 h 20 min") == 1


def test_a_push_makes_sense_alone(renderer: Renderer) -> None:
    for name, values in EXAMPLES:
        if name.startswith("case_") and "brand" in values:
            for language in LANGUAGES:
                text = renderer.render(name, language, values)
                assert values["brand"] in text, text
                assert values["ref"] in text, text


def test_a_late_refund_is_admitted_in_the_status(renderer: Renderer) -> None:
    said = renderer.render("status", "en", CATALOGUE["status"]["values"][0])
    assert said.startswith(
        "API-7K3M9 (USB token), filed on 11 Mar 2026:\n"
        "Since 16 Mar 12:00 IST: sent to the bank.\n"
        "Amount: ₹1,499\n"
        "The bank's reference is not there yet.\n"
        "It was due by 25 Mar 2026 and is late. I'm sorry about that. A person can find out what holds it up.\n"
        "Basis: clauses 2#2, refund-mode#1.\n"
    )
