"""Language, script, masking, normalising, and texts that nobody meant to be read."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.values import (
    IdPattern,
    Term,
    TermMatcher,
    detect_language,
    mask_sensitive,
    normalise,
    read_values,
    transliterate,
)

NOW = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
PATTERNS = (IdPattern("order_id", "API-", r"\d{4,6}"), IdPattern("transaction_id", "pay_", r"[A-Za-z0-9]{6,20}"))
TERMS = TermMatcher(
    [Term("product", "usb_token", ("token", "pen drive thing")), Term("reason", "late", ("late", "देर"))]
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("where is my refund", "en"),
        ("i paid 5 lakh yesterday", "en"),
        ("sir please give my money back na", "en"),
        ("the main thing is to teach me", "en"),
        ("mera paisa wapas karo", "hinglish"),
        ("refund kab aayega", "hinglish"),
        ("token nahi chal raha", "hinglish"),
        ("kisi insaan se baat karao", "hinglish"),
        ("paisa", "hinglish"),
        ("mujhe refund chahiye, order API-8812 tha", "hinglish"),
        ("मेरा पैसा वापस करो", "hi"),
        ("UPI का रिफंड कितने दिन में आएगा", "hi"),
        ("नहीं", "hi"),
        ("", "en"),
        ("8821", "en"),
        ("👍", "en"),
    ],
)
def test_the_language_is_told_by_script_and_word_list(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["ok", "8821", "👍", "thanks", "API-8812", "", "yes", "gpay", "refund"])
@pytest.mark.parametrize("previous", ["hi", "hinglish", "en"])
def test_a_message_that_tells_nothing_keeps_the_language(text: str, previous: str) -> None:
    assert detect_language(text, previous) == previous


def test_a_clear_message_changes_the_language() -> None:
    assert detect_language("please tell me in english why it is late", "hinglish") == "en"
    assert detect_language("ye kab tak milega", "en") == "hinglish"


@pytest.mark.parametrize(
    ("hindi", "roman"),
    [
        ("पैसा", "paisa"),
        ("पैसे", "paise"),
        ("वापस", "vapas"),
        ("नहीं", "nahi"),
        ("क्या", "kya"),
        ("रिफंड", "rifand"),
        ("मिलता", "milta"),
        ("मिलेगा", "milega"),
        ("कितने", "kitne"),
        ("सरकारी", "sarkari"),
        ("चाहिए", "chahiye"),
        ("लिए", "liye"),
        ("अच्छा", "accha"),
        ("कुछ", "kuch"),
        ("खराब", "kharab"),
        ("टूटा हुआ", "tuta hua"),
        ("बताना होगा", "batana hoga"),
        ("शिकायत", "shikayat"),
        ("ज़रूरत", "zarurat"),
        ("लड़का", "ladka"),
        ("समझ", "samajh"),
        ("है", "hai"),
        ("कंपनी", "kampni"),
        ("मैंने UPI से दिया।", "maine UPI se diya."),
        ("१५ मार्च", "15 march"),
        ("hello bhai", "hello bhai"),
        ("", ""),
    ],
)
def test_devanagari_is_written_as_people_chat(hindi: str, roman: str) -> None:
    assert transliterate(hindi) == roman


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 exp 12/27 cvv 123", "card ••••1111 exp 12/27 cvv ••••"),
        ("4111111111111111", "••••1111"),
        ("4111-1111-1111-1111 hai", "••••1111 hai"),
        ("amex 378282246310005", "amex ••••0005"),
        ("mera card number 4111111111111112 hai", "mera card number ••••1112 hai"),
        ("order placed, paid by card 4111 1111 1111 1111", "order placed, paid by card ••••1111"),
        ("४१११ ११११ ११११ ११११", "••••११११".replace("१", "1")),
        ("4111\u200b1111\u200b1111\u200b1111", "••••1111"),
        ("a/c no 123456789012 ifsc HDFC0001234", "a/c no ••••9012 ifsc HDFC0001234"),
        ("account number is 1234567890", "account number is ••••7890"),
        ("bank account 9876543210", "bank account ••••3210"),
        ("1234567890123 mera account number", "••••0123 mera account number"),
        ("khata 12345678901 me dalo", "khata ••••8901 me dalo"),
        ("खाता नंबर १२३४५६७८९०१२", "खाता नंबर ••••9012"),
        ("otp 456789 aaya", "otp •••• aaya"),
        ("OTP is 4567", "OTP is ••••"),
        ("upi pin 1234", "upi pin ••••"),
        ("aadhaar 1234 5678 9012", "aadhaar ••••9012"),
    ],
)
def test_full_numbers_and_codes_are_masked(text: str, masked: str) -> None:
    assert mask_sensitive(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "utr SBIN524012345678 rrn 612345678901",
        "612345678901",
        "UPI Ref No 607012345678",
        "rrn 411111111111",
        "ARN 74123456789012345678901",
        "order 4111111111111111",
        "order id is 4111111111111111",
        "txn 4111111111111111 done",
        "transaction id: 4012888888881881",
        "utr no 4111111111111111",
        "order number 123456789012",
        "404-1234567-1234567",
        "my phone 9876543210",
        "+91 98765 43210",
        "pin code 110001",
        "pincode 110001",
        "CP40021 ₹1,25,000 paid",
        "A/c XX1234 se 500 kata",
        "amount 500 account me nahi aaya order 123456789012",
        "ref no 607012345678 a/c debited 500",
        "otp nahi aaya 500 rs kat gaya",
        "otp 3 baar dala",
        "card ending 4321",
        "imei 356938035643809",
        "awb 123456789012",
        "4111111111111112",
        "pay_Nx12sd INV-2231",
        "on 2026-03-11 13:00 paid 11800",
        "",
    ],
)
def test_references_phones_and_amounts_stay_as_they_are(text: str) -> None:
    assert mask_sensitive(text) == text


def test_masking_looks_at_the_whole_of_a_long_text() -> None:
    assert mask_sensitive("x " * 4000 + "card 4111 1111 1111 1111").endswith("card ••••1111")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a \n\t b  ", "a b"),
        ("ＡＰＩ－８８１２", "API-8812"),
        ("a\u200bb\x00c", "abc"),
        ("५०० रुपये", "500 रुपये"),
        ("“hi” it’s", '"hi" it\'s'),
        ("cafe\u0301", "café"),
        ("👍\ufe0f", "👍"),
        ("½ ① ²", "½ 1 2"),
        ("\u202e8821", "8821"),
        ("", ""),
    ],
)
def test_a_text_is_normalised(text: str, plain: str) -> None:
    assert normalise(text) == plain


def test_reading_stops_at_two_thousand_characters() -> None:
    assert len(normalise("a" * 10_000)) == 2_000
    assert read_values("x" * 5_000 + " 500 rs", NOW) == ()


ODD = {
    "letters": "a" * 10_000,
    "digits": "1" * 10_000,
    "spaced digits": "1 2 " * 2_500,
    "emoji": "😀👍🏽❤️" * 2_000,
    "control characters": "\x00\x07\u200b" * 3_400,
    "html": "<script>alert('x')</script>" * 400,
    "templates": "{{ 7*7 }}{% for x in y %}${jndi}" * 320,
    "combining marks": "a" + "\u0301" * 9_999,
    "at signs": "a@" * 5_000,
    "stars": "*" * 9_996 + "4321",
    "x": "x" * 9_996 + "4321",
    "slashes": "1/2/" * 2_500,
    "colons": "1:1:" * 2_500,
    "day words": "kal sham 5 baje " * 625,
    "month words": "2026 march 11 of " * 580,
    "scales": "sau hazar lakh " * 660,
    "spaces": " " * 10_000,
    "hyphens": "a-" * 5_000,
    "phones": "+91 98765 43210 " * 625,
}


@pytest.mark.parametrize("name", ODD)
def test_a_long_odd_text_is_read_without_harm_and_soon(name: str) -> None:
    text = ODD[name]
    read_values("11 of march 9876543210 2026 march 11", NOW, id_patterns=PATTERNS, terms=TERMS)
    best = min(_seconds(text) for _ in range(3))
    assert best < 0.1, f"reading took {best:.3f} s"
    assert isinstance(mask_sensitive(text), str)
    assert detect_language(text) in {"en", "hi", "hinglish"}


def _seconds(text: str) -> float:
    begun = time.perf_counter()
    read_values(text, NOW, id_patterns=PATTERNS, terms=TERMS)
    return time.perf_counter() - begun


PIECES = """
500 8821 5 lakh dhai hazar sau kal parso aaj sham raat baje 11 march 12/01/2026 3/4 2026-03-11T13:00
pehle ago din hours % rs ₹ /- paise upi card gift p!ne labs haan no ok nahi ji 👍 API- api8812 pay_
Nx12sd @ . , - : + 98765 43210 4111 1111 account no ending xx4321 ifsc HDFC0001234 half aadha do ek
se to sadhe sava ५०० रुपये कल परसों हाँ token tokne last tuesday next tarikh 5th 24:00 0:00 29 feb
am pm z t k L cr
"""
CHATTER = st.lists(st.sampled_from(PIECES.split()), max_size=14).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)
WILD = st.text(max_size=120)


@settings(max_examples=300, deadline=None)
@given(st.one_of(CHATTER, WILD, st.builds(str.__add__, WILD, CHATTER)), st.sampled_from(["past", "future"]))
def test_whatever_is_typed_is_read_with_places_inside_the_text(text: str, direction: str) -> None:
    found = read_values(text, NOW, direction=direction, id_patterns=PATTERNS, terms=TERMS)
    for value in found:
        assert 0 <= value.start < value.end <= len(text)
        assert value.text == text[value.start : value.end]
        if value.kind == "moment":
            assert value.value.tzinfo is not None
            assert value.precision in {"minute", "hour", "part_of_day", "day"}
            if direction == "past":
                assert value.value <= NOW
            else:
                assert value.value >= NOW - timedelta(days=1)


@settings(max_examples=200, deadline=None)
@given(st.one_of(CHATTER, WILD))
def test_no_word_is_read_twice(text: str) -> None:
    found = [value for value in read_values(text, NOW, id_patterns=PATTERNS) if value.kind != "term"]
    for first, second in pairwise(found):
        assert first.end <= second.start


@settings(max_examples=200, deadline=None)
@given(st.one_of(CHATTER, WILD))
def test_reading_twice_gives_the_same_and_the_other_functions_never_raise(text: str) -> None:
    assert read_values(text, NOW, terms=TERMS) == read_values(text, NOW, terms=TERMS)
    assert detect_language(text) in {"en", "hi", "hinglish"}
    assert mask_sensitive(mask_sensitive(text)) == mask_sensitive(text)
    assert normalise(normalise(text)) == normalise(text)
    assert isinstance(transliterate(text), str)
