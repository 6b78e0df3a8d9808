"""Words that people spell in many ways come out as one."""

import pytest

from dialogs.reading.features import Featurer
from dialogs.reading.lexicon import Lexicon
from dialogs.reading.spelling import keys_of

LEXICON = Lexicon.parse(
    """
    concepts:
      money: {en: ["money", "amount"], hinglish: ["paisa", "paise"], hi: ["पैसा", "पैसे"]}
      return: {en: ["return", "send back"], hinglish: ["wapas"], hi: ["वापस"]}
      hundred: {en: ["hundred", "100"]}
    """
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("wapas", "vapas"), ("wapsi", "wapas"), ("paise", "paisa"), ("nhi", "nahi"), ("plz", "please"),
        ("refunds", "refunded"), ("charges", "charge"), ("cancellation", "cancel"), ("pleaseeee", "please"),
        ("वापस", "wapas"), ("पैसे", "paise"), ("टोकन", "token"), ("नहीं", "nahi"), ("REFUND", "refund"),
    ],
)  # fmt: skip
def test_two_spellings_are_one_word(first: str, second: str) -> None:
    assert keys_of(first) == keys_of(second)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("2360", "#AMOUNT"), ("₹4,999", "#AMOUNT"), ("rs 500", "#AMOUNT"), ("5 lakh", "#AMOUNT"),
        ("12/03/2026", "#DATE"),
        ("3rd", "#DATE"), ("10:30", "#TIME"), ("WP-204", "#ID"), ("pay_Hs72kd", "#ID"), ("981234567890", "#ID"),
    ],
)  # fmt: skip
def test_figures_become_shapes(text: str, shape: str) -> None:
    assert keys_of(text) == [shape]


def test_small_counts_stay_and_units_part_from_them() -> None:
    assert keys_of("48hrs") == keys_of("48 hours")
    assert keys_of("3 din") != keys_of("7 din")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("10% done", "#UNDER25"), ("24.5 percent", "#UNDER25"), ("25%", "#25TO50"), ("50 percent", "#25TO50"),
        ("51%", "#OVER50"), ("forty percent", "#25TO50"), ("aadhe se kam kaam", "#25TO50"),
        ("more than half", "#OVER50"),
        ("40 प्रतिशत", "#25TO50"),
    ],
)  # fmt: skip
def test_a_part_of_the_whole_is_told_however_it_is_said(text: str, part: str) -> None:
    assert part in keys_of(text)


def test_concepts_are_found_in_every_language_and_amounts_are_no_hundreds() -> None:
    assert LEXICON.find(keys_of("money send back")) == LEXICON.find(keys_of("पैसा वापस")) == ["money", "return"]
    assert LEXICON.find(keys_of("4999")) == []


def test_a_typo_is_repaired_against_known_words_and_short_words_are_left_alone() -> None:
    featurer = Featurer(LEXICON, keys_of("certificate download"))
    assert featurer.features("certifcate").words == featurer.features("certificate").words
    assert featurer.features("downlaod").words == featurer.features("download").words
    assert featurer.features("tokn").words == ("tokn",)


@pytest.mark.parametrize("text", ["", " ", "???", "🙂🙂", "​", "a" * 5000, "\x00\x01", "१२३"])
def test_no_text_is_too_odd(text: str) -> None:
    Featurer(LEXICON, ()).features(text)
