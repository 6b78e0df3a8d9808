"""Yes and no, payment methods, and the words of a pack."""

from datetime import UTC, datetime

import pytest

from dialogs.values import Term, TermMatcher, Value, read_values

NOW = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
TERMS = TermMatcher(
    [
        Term("product", "usb_token", ("token", "USB token", "pen drive thing", "टोकन")),
        Term("reason", "defective", ("defective", "broken", "kharab", "not working", "nahi chal raha")),
        Term("condition", "defective_on_delivery", ("defective", "came broken")),
        Term("subject", "sms_credits", ("credits", "sms credits")),
    ]
)


def told(table: str) -> list[str]:
    return [" ".join(row.split()) for row in table.split("|")]


def answers(text: str) -> list[Value]:
    return [value for value in read_values(text, NOW) if value.kind == "yes_no"]


def methods(text: str) -> list[Value]:
    return [value for value in read_values(text, NOW) if value.kind == "payment_method"]


def terms(text: str) -> list[Value]:
    return [value for value in read_values(text, NOW, terms=TERMS) if value.kind == "term"]


@pytest.mark.parametrize(
    "text",
    told("""
        yes | Yes! | YES | yess | yeah | yep | yup | y | Y | ya | sure | ok | okay | okk | k | kk | confirm |
        confirmed | correct | right | done | go ahead | of course | haan | han | haa | haan ji | ji haan | ji | jee
        | hanji | hn | bilkul | bilkul sahi | sahi | sahi hai | shi h | theek hai | thik hai | thik h | ठीक है | kar
        do | kardo | zaroor | pakka | chalega | हाँ | हां | जी | जी हाँ | बिल्कुल | सही है | 👍 | 👍🏽 | ✅ | 👌 | 👍👍 |
        haan 👍 | yes please | ok sir | ok thanks | haan bhai | yes, correct | ji bilkul | haan packing hai | yes it
        was sealed | ok refund kar do | theek hai appeal karo
    """),
)
def test_yes_in_many_forms(text: str) -> None:
    assert [(value.value, value.certain) for value in answers(text)] == [(True, True)]


@pytest.mark.parametrize(
    "text",
    told("""
        no | No. | NO!! | nope | nah | n | na | naa | not yet | no thanks | no need | nahi | nahin | nhi | nai | ji
        nahi | nahi ji | ok nahi | bilkul nahi | mat karo | mat kro | rehne do | galat | galat hai | नहीं | नही | जी
        नहीं | मत करो | ना | 👎 | ❌ | no it was sealed | no i did not | no bhai | nahi khola abhi tak | nahi chahiye
        | don't | dont do it | no leave it | no, it came yesterday | nahi hai mere paas
    """),
)
def test_no_in_many_forms(text: str) -> None:
    assert [(value.value, value.certain) for value in answers(text)] == [(False, True)]


@pytest.mark.parametrize(
    "text",
    [
        "the seal was not open when it came to my house",
        "i have not received it",
        "credits not in panel",
        "abhi tak refund nahi aaya mera",
        "no refund?",
        "no response from your side",
        "ok?",
        "sahi hai?",
        "done payment of 500",
        "right side is broken",
        "galat screenshot laga diya",
        "token is ok but box is broken",
        "8821",
        "kya",
        "yesterday",
        "knock",
        "😀",
        "?",
    ],
)
def test_what_is_told_is_no_answer(text: str) -> None:
    assert answers(text) == []


@pytest.mark.parametrize(
    ("text", "meaning"),
    [("ok 500... no make it 450", True), ("haan nahi", False), ("yes, no", False), ("yes. no wait", False)],
)
def test_an_answer_that_contradicts_itself_is_a_guess(text: str, meaning: bool) -> None:
    [found] = answers(text)
    assert (found.value, found.certain, found.other) == (meaning, False, (not meaning,))


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("upi", "upi"),
        ("UPI se kiya", "upi"),
        ("gpay", "upi"),
        ("g pay", "upi"),
        ("google pay", "upi"),
        ("phonepe se", "upi"),
        ("phone pe", "upi"),
        ("bhim", "upi"),
        ("यूपीआई", "upi"),
        ("फोनपे से", "upi"),
        ("credit card", "credit_card"),
        ("Credit-Card", "credit_card"),
        ("cc", "credit_card"),
        ("क्रेडिट कार्ड", "credit_card"),
        ("debit card", "debit_card"),
        ("atm card", "debit_card"),
        ("डेबिट कार्ड", "debit_card"),
        ("net banking", "net_banking"),
        ("netbanking", "net_banking"),
        ("internet banking", "net_banking"),
        ("नेट बैंकिंग", "net_banking"),
        ("wallet", "wallet"),
        ("paytm wallet", "wallet"),
        ("mobikwik", "wallet"),
        ("wallet me tha, paytm", "wallet"),
        ("NEFT", "neft"),
        ("rtgs", "rtgs"),
        ("imps kiya", "imps"),
        ("emi", "emi"),
        ("no cost EMI", "emi"),
        ("cash", "cash"),
        ("cod", "cash"),
        ("cash on delivery", "cash"),
        ("नकद", "cash"),
        ("pinelabs", "pinelabs"),
        ("P!ne Labs", "pinelabs"),
        ("p!ne labs!", "pinelabs"),
        ("pine lab", "pinelabs"),
    ],
)
def test_a_payment_method_is_read(text: str, method: str) -> None:
    found = methods(text)
    assert {value.value for value in found} == {method}
    assert all(value.certain for value in found if value.text.lower() != "paytm" or method == "wallet")


@pytest.mark.parametrize(
    ("text", "method", "other"),
    [
        ("card", "credit_card", ("debit_card",)),
        ("card se", "credit_card", ("debit_card",)),
        ("visa card", "credit_card", ("debit_card",)),
        ("कार्ड से", "credit_card", ("debit_card",)),
        ("rupay card", "debit_card", ("credit_card",)),
        ("paytm", "upi", ("wallet",)),
        ("netbankng", "net_banking", ()),
        ("pinelbs", "pinelabs", ()),
        ("phonpe", "upi", ()),
    ],
)
def test_an_unclear_payment_method_is_a_guess(text: str, method: str, other: tuple[str, ...]) -> None:
    [found] = methods(text)
    assert (found.value, found.certain, found.other) == (method, False, other)


@pytest.mark.parametrize(
    "text", ["gift card", "sim card chahiye", "pan card bheja", "upper case", "cashback", "walking", "code"]
)
def test_other_cards_and_words_are_no_payment_method(text: str) -> None:
    assert methods(text) == []


def test_two_methods_are_both_given() -> None:
    assert [value.value for value in methods("neft/rtgs")] == ["neft", "rtgs"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("my token", {("product", "usb_token")}),
        ("my TOKEN", {("product", "usb_token")}),
        ("usb-token", {("product", "usb_token")}),
        ("USB  Token", {("product", "usb_token")}),
        ("my pen drive thing for signing", {("product", "usb_token")}),
        ("मेरा टोकन", {("product", "usb_token")}),
        ("came broken", {("condition", "defective_on_delivery")}),
        ("it is defective", {("reason", "defective"), ("condition", "defective_on_delivery")}),
        ("not working, sir", {("reason", "defective")}),
        ("sms credits", {("subject", "sms_credits")}),
        ("nothing of this", set()),
    ],
)
def test_the_words_of_a_pack_name_values(text: str, named: set[tuple[str, str]]) -> None:
    found = terms(text)
    assert {value.value for value in found} == named
    assert all(value.certain for value in found)


@pytest.mark.parametrize(
    ("text", "named"),
    [("defectve", "defective"), ("defetive piece", "defective"), ("creditss", "sms_credits"), ("kharaab", "defective")],
)
def test_a_typo_in_a_word_of_a_pack_is_a_guess(text: str, named: str) -> None:
    found = terms(text)
    assert named in {value.value[1] for value in found}
    assert not any(value.certain for value in found)


def test_short_words_are_not_repaired() -> None:
    assert read_values("uppi", NOW) == ()


def test_the_longest_name_wins_and_takes_its_words_from_an_answer() -> None:
    found = read_values("nahi chal raha token", NOW, terms=TERMS)
    assert [(value.kind, value.text) for value in found] == [("term", "nahi chal raha"), ("term", "token")]


def test_a_term_stands_at_its_words() -> None:
    text = "sir  mera «token» kharab"
    assert [(value.text, text[value.start : value.end]) for value in terms(text)] == [
        ("token", "token"),
        ("kharab", "kharab"),
    ]


def test_a_matcher_without_terms_finds_nothing() -> None:
    assert read_values("token kharab", NOW, terms=TermMatcher([])) == ()


def test_a_shortened_no_is_the_no_of_the_phrase() -> None:
    matcher = TermMatcher([Term("invoiced", "false", ("invoice nahi hua",))])
    now = datetime.fromisoformat("2026-03-12T18:00+05:30")
    for typed in ("abhi invoice nhi hua", "invoice nai hua", "invoice nahin hua h"):
        found = [value.value for value in read_values(typed, now, terms=matcher) if value.kind == "term"]
        assert found == [("invoiced", "false")], typed


def test_a_verb_written_on_to_another_is_read_as_the_two() -> None:
    matcher = TermMatcher(
        [
            Term("status", "dispatched", ("bhej diya",)),
            Term("invoiced", "true", ("invoice ho gaya", "bill kat gaya")),
            Term("delivered", "true", ("mil gaya",)),
        ]
    )
    now = datetime.fromisoformat("2026-03-12T18:00+05:30")
    for typed, wanted in (
        ("saman bhejdia", ("status", "dispatched")),
        ("invoice hogya h", ("invoiced", "true")),
        ("bill katgaya", ("invoiced", "true")),
        ("milgya", ("delivered", "true")),
        ("mil gya bhai", ("delivered", "true")),
    ):
        found = [(value.value, value.text) for value in read_values(typed, now, terms=matcher) if value.kind == "term"]
        assert [value for value, _ in found] == [wanted], typed
        assert all(text in typed for _, text in found), typed
    assert not read_values("london mango undo", now, terms=matcher)
