"""Approved templates: each message that is pushed has one in every language, and WhatsApp has nothing against it."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from test_message_texts import CATALOGUE, DEVANAGARI, ROMAN_IN_HINDI, ROMAN_WORD
from test_texts_named_by_code import messages_of, trees

from bot.render import INDIA, Renderer
from bot.whatsapp_templates import (
    LONGEST,
    MESSAGE_WAITING,
    PROACTIVE,
    BadTemplate,
    TemplateText,
    TemplateTexts,
    check_proactive,
    problems,
)
from dialogs.case_states import STATES
from policies.words import LANGUAGES

TEXTS = TemplateTexts(Renderer())
SAYS = "Update from {{brand}} on your request {{ref}}: a person looks at it now."
EXAMPLES = {"brand": "WebPino", "ref": "WP-1"}
PUSHED = [(name, values) for name in PROACTIVE for values in CATALOGUE[name]["values"]]


def template(says: str = SAYS, **examples: str) -> TemplateText:
    return TemplateText("case_under_review", "en", says, {**EXAMPLES, **examples})


def pushed_in_code() -> set[str]:
    """The messages that the code pushes unasked."""
    calls = (node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (call.args[3] for call in calls if getattr(call.func, "id", "") == "push" and len(call.args) > 3)
    return {message for argument in named for message in messages_of(argument)}


def test_every_message_that_the_code_pushes_is_among_the_proactive_ones() -> None:
    # A case is never moved to `submitted`: it is filed.
    assert pushed_in_code() - {"case_submitted"} == set(PROACTIVE) - {MESSAGE_WAITING}
    assert "case_submitted" not in PROACTIVE
    assert len(PROACTIVE) >= len(STATES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PROACTIVE)
def test_each_has_a_template_that_whatsapp_can_approve(name: str, language: str) -> None:
    text = TEXTS.get(name, language)
    assert text is not None
    assert list(problems(text)) == []


def test_no_template_is_for_a_message_that_is_never_pushed() -> None:
    assert {path.stem for path in TEXTS.folder.rglob("*.yaml")} == set(PROACTIVE)


@pytest.mark.parametrize("name", PROACTIVE)
def test_a_template_has_the_same_variables_in_every_language(name: str) -> None:
    found = [TEXTS.get(name, language) for language in LANGUAGES]
    assert len({frozenset(text.variables) for text in found if text}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "values"), PUSHED)
def test_the_values_of_the_message_fill_its_template(name: str, values: dict[str, Any], language: str) -> None:
    text = TEXTS.get(name, language)
    filled = TEXTS.fill(name, language, values, INDIA)
    assert text is not None
    assert filled is not None
    said = text.filled(filled)
    assert len(said) <= LONGEST
    assert not re.search(r"None|Undefined|True|False|[{}<>]|  |\( |\.\.|।।", said), said
    assert values["brand"] in said
    for part in ("ref", "note"):
        assert str(values.get(part, "")).rstrip(".") in said, part


@pytest.mark.parametrize("name", [name for name in PROACTIVE if name != MESSAGE_WAITING])
def test_what_the_team_adds_stands_in_every_template(name: str) -> None:
    text = TEXTS.get(name, "en")
    assert text is not None
    assert {"note", "need", "why"} & set(text.variables)


def test_each_language_is_in_its_own_letters() -> None:
    for text in TEXTS.all():
        words = re.sub(r"\{\{\w+\}\}", "", text.says)
        assert bool(DEVANAGARI.search(words)) is (text.language == "hi"), text
        if text.language == "hi":
            assert set(ROMAN_WORD.findall(words)) <= ROMAN_IN_HINDI, text


def test_what_the_provider_is_given() -> None:
    text = TEXTS.get("message_waiting", "en")
    assert text is not None
    assert text.body == "Hello, {{1}} has a message for you about your request. Reply here, and it comes at once."
    assert text.samples == {"1": "API Infotech"}
    assert re.fullmatch(r"refund_desk_api_infotech_message_waiting_en_[0-9a-f]{8}", text.content_name("api-infotech"))
    assert text.types() == {"twilio/text": {"body": text.body}}


def test_a_variable_that_comes_twice_keeps_its_number() -> None:
    text = template("About {{ref}} by {{brand}}: your request {{ref}} is open.")
    assert text.body == "About {{1}} by {{2}}: your request {{1}} is open."


def test_another_text_or_example_is_another_template() -> None:
    prints = {each.fingerprint for each in (template(), template(SAYS + " Soon."), template(ref="WP-2"))}
    assert len(prints) == 3
    assert template().fingerprint == template().fingerprint


@pytest.mark.parametrize(
    ("says", "problem"),
    [
        ("{{brand}} on your request {{ref}}: a person looks at it now.", "begins with a variable"),
        ('"{{brand}}" on your request {{ref}}: a person looks at it now.', "begins with a variable"),
        ("A person of our team looks at it now, {{brand}} about {{ref}}.", "ends with a variable"),
        ("Update from our team: {{brand}}, {{ref}}, a person looks at it now.", "no word between them"),
        ("From {{brand}} on {{ref}}: done.", "too few words"),
        ("Update from {{brand}} on your {request} {{ref}}: somebody looks.", "not written {{name}}"),
        ("Update from {{brand}} on your request\n{{ref}}: somebody looks at it.", "a line break"),
        ("Update from {{brand}} on your request    {{ref}}: somebody looks.", "four blanks"),
        ("Update from {{brand}} on your request {{ref}}: a discount for you.", "an advertisement"),
        ("A person of our team looks at your request now.", "no variable"),
        (SAYS + " x" * 260, "longer than 550 characters"),
        (SAYS + " x" * 500, "longer than 1024 characters"),
    ],
)
def test_what_whatsapp_refuses_is_found_before_it_is_asked(says: str, problem: str) -> None:
    assert any(problem in found for found in problems(template(says)))


def test_examples_are_complete_and_on_one_line() -> None:
    assert list(problems(TemplateText("x", "en", SAYS, {"brand": "WebPino"})))
    assert any("example of ref" in found for found in problems(template(ref="two\nlines")))
    assert list(problems(template())) == []


@pytest.fixture
def copied(tmp_path: Path) -> TemplateTexts:
    """The product's templates, in a folder that a test may change."""
    import shutil

    home = TEXTS.folder.parent
    for part in ("messages", "whatsapp"):
        shutil.copytree(home / part, tmp_path / part)
    return TemplateTexts(Renderer(tmp_path / "messages"))


def test_the_start_names_the_message_that_has_no_template(copied: TemplateTexts) -> None:
    check_proactive(copied)
    (copied.folder / "hi" / "promise_slips.yaml").unlink()
    with pytest.raises(BadTemplate, match=r"templates/whatsapp/hi/promise_slips\.yaml is missing"):
        check_proactive(TemplateTexts(Renderer(copied.folder.parent / "messages")))


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("says: [", "is not YAML"),
        ("says: hello", "must have `says`"),
        ("says: 'Hello {{brand}}'\nexamples: {brand: A}", "ends with a variable"),
    ],
)
def test_the_start_names_the_template_that_cannot_pass(copied: TemplateTexts, written: str, problem: str) -> None:
    (copied.folder / "en" / "case_shipped.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(BadTemplate, match=rf"templates/whatsapp/en/case_shipped\.yaml:? .*{problem}"):
        check_proactive(copied)
