"""What API Infotech's reader hears."""

from collections.abc import Callable

import pytest

from dialogs.heard import Heard

Read = Callable[..., Heard]


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("i already downloaded my dsc, can i return it", "1"),
        ("dsc download kar liya, paisa wapas milega kya", "1"),
        ("token came broken, will you give a new one", "2"),
        ("सरकारी फीस वापस होती है क्या?", "3"),
        ("website project beech me band karna hai kitna paisa milega", "4"),
        ("payment do baar kat gaya, ek wapas karo", "6"),
    ],
)
def test_a_question_finds_its_section_and_is_answered(read: Read, text: str, section: str) -> None:
    heard = read(text)
    best = heard.clauses[0][0]
    assert best.partition("#")[0] == section
    assert heard.answerable >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "is EMI available on dsc",
        "website me kitni baar changes free me karoge",
        "क्या टोकन कैश ऑन डिलीवरी मिल सकता है",
        "aaj barish hogi kya",
    ],
)
def test_what_the_policy_does_not_say_is_not_answered(read: Read, text: str) -> None:
    heard = read(text)
    assert heard.answerable < 0.5
    assert heard.topic


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("STOP", "opt_out"), ("unsubscribe", "opt_out"), ("START", "opt_in"), ("agent", "talk_to_human"),
        ("बंद करो", "opt_out"), ("रोकें", "opt_out"), ("band karo", "opt_out"), ("चालू करो", "opt_in"),
        ("hiiii", "greet"), ("नमस्ते", "greet"), ("thank you!!", "thanks"), ("🙏", "thanks"),
        ("haan", "affirm"), ("👍", "affirm"), ("nahi", "deny"), ("no", "deny"),
        ("i want my money back", "start_refund"), ("mera refund kaha hai", "refund_status"),
        ("cancel my order API-8812", "cancel_order"), ("kisi insaan se baat karni hai", "talk_to_human"),
        ("very bad service, you people are cheats", "complaint"),
    ],
)  # fmt: skip
def test_what_is_wanted(read: Read, text: str, intent: str) -> None:
    assert read(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "stop my order", "start my refund", "stop the gst work and return my fees", "order band karo",
        "मेरा ऑर्डर बंद करो", "payment rok do",
        # Other systems take these for STOP; to people who talk about refunds they mean something else.
        "cancel", "CANCEL", "end", "quit", "revoke",
    ],
)  # fmt: skip
def test_a_known_word_inside_a_sentence_settles_nothing(read: Read, text: str) -> None:
    assert read(text).intent not in {"opt_out", "opt_in"}


def test_who_states_a_trouble_and_asks_is_asking_and_may_want_it_too(read: Read) -> None:
    heard = read("my token came broken, can i get new one")
    assert heard.intent == "policy_question"
    assert heard.clauses[0][0].startswith("2#2")


def test_two_questions_in_one_message_are_two_parts(read: Read) -> None:
    heard = read("token is dead can i get a new one and courier charge who will pay?")
    assert [part.clauses[0][0].partition(".")[0] for part in heard.parts] == ["2#2", "2#3"]
    assert all(part.answerable >= 0.5 for part in heard.parts)


@pytest.mark.parametrize(
    "text",
    [
        "i was in train and network was bad, then i paid 3540 twice",
        "token and certificate both came late",
        "refund kab aayega",
    ],
)
def test_one_story_stays_one_message(read: Read, text: str) -> None:
    assert read(text).parts == ()


def test_the_values_of_a_part_stand_at_their_place_in_it(read: Read) -> None:
    heard = read("order API-8812 token dead can i get a new one and courier charge who will pay?")
    part = heard.parts[0]
    value = part.first("order_id")
    assert value is not None
    assert part.text[value.start : value.end] == value.text == "API-8812"


def test_values_go_to_the_facts_they_name_or_answer(read: Read) -> None:
    assert read("order API-8812").facts["order_id"][0].value == "API-8812"
    assert read("usb token kharab hai").facts["product"][0].value == ("product", "usb_token")
    assert read("2360", asked="amount_paid").facts["amount_paid"][0].value == 2360
    assert "amount_paid" not in read("2360").facts
    assert read("kal 5 baje", asked="delivered_at").facts["delivered_at"][0].kind == "moment"


def test_the_language_is_that_of_the_message_and_else_the_one_before(read: Read) -> None:
    assert read("मेरा पैसा कब आएगा").language == "hi"
    assert read("mera paisa kab aayega").language == "hinglish"
    assert read("8821", previous_language="hi").language == "hi"


def test_a_tap_is_not_read_as_words(read: Read) -> None:
    heard = read("Cancel my order", kind="tap")
    assert heard.intents == ()
    assert heard.clauses == ()


def test_the_same_message_is_always_heard_the_same(read: Read) -> None:
    assert read("dsc ka refund kitna milega") == read("dsc ka refund kitna milega")


@pytest.mark.parametrize(
    "text", ["", "   ", "?", "🤷", "x", "refund " * 2000, "\u200b", "<b>&amp;</b>", "'; drop table"]
)
def test_no_message_is_too_odd(read: Read, text: str) -> None:
    heard = read(text)
    assert 0 <= heard.answerable <= 1
    assert all(0 <= score <= 1 for _, score in (*heard.intents, *heard.clauses))
