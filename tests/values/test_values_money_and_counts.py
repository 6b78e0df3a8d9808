"""Amounts, percentages, durations and counts as customers type them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dialogs.values import Value, read_values

NOW = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)


def only(text: str, kind: str) -> Value:
    found = [value for value in read_values(text, NOW) if value.kind == kind]
    assert len(found) == 1, f"{text!r} gave {found}"
    return found[0]


def kinds(text: str) -> list[str]:
    return [value.kind for value in read_values(text, NOW)]


@pytest.mark.parametrize(
    ("text", "rupees"),
    [
        ("5 lakh", "500000"),
        ("5lakh", "500000"),
        ("1.5k", "1500"),
        ("5k", "5000"),
        ("5K only", "5000"),
        ("Rs 500/-", "500"),
        ("rs.500", "500"),
        ("rs500", "500"),
        ("500rs", "500"),
        ("Rs. 1,25,000.00", "125000"),
        ("₹1,25,000.50", "125000.50"),
        ("₹ 1,25,000", "125000"),
        ("₹5L", "500000"),
        ("2.5 crore", "25000000"),
        ("2cr", "20000000"),
        ("dhai hazaar", "2500"),
        ("dedh lakh", "150000"),
        ("sadhe teen hazar", "3500"),
        ("saadhe 3 hazaar", "3500"),
        ("sava lakh", "125000"),
        ("paune do lakh", "175000"),
        ("paanch sau", "500"),
        ("panch sau rupay", "500"),
        ("do sau rupaye", "200"),
        ("500 rupaye", "500"),
        ("500 rupees only", "500"),
        ("rupees five hundred only", "500"),
        ("one lakh and five thousand", "105000"),
        ("twenty five thousand", "25000"),
        ("50 paise", "0.50"),
        ("10 rupaye 50 paise", "10.50"),
        ("५०० रुपये", "500"),
        ("१,२५,०००", "125000"),
        ("22 हज़ार", "22000"),
        ("22 हजार", "22000"),
        ("पाँच सौ रुपये", "500"),
        ("ढाई लाख", "250000"),
        ("साढ़े तीन हज़ार", "3500"),
        ("ek lakh bees hazaar", "120000"),
        ("5 lakh 20 hazar", "520000"),
        ("INR 11800", "11800"),
        ("inr11800", "11800"),
        ("11800/-", "11800"),
        ("1,00,000/- only", "100000"),
        ("500 bucks", "500"),
        ("mera 1499 rupya kata", "1499"),
        ("paid Rs.799 on app", "799"),
        ("pachas hazar", "50000"),
    ],
)
def test_an_amount_is_read_in_rupees(text: str, rupees: str) -> None:
    found = only(text, "amount")
    assert found.value == Decimal(rupees)
    assert isinstance(found.value, Decimal)
    assert found.certain


def test_more_than_ninety_nine_paise_may_be_rupees_so_it_is_a_guess() -> None:
    found = only("500 paise kat gaye", "amount")
    assert (found.value, found.certain, found.other) == (Decimal(500), False, (Decimal(5),))


@pytest.mark.parametrize(
    ("text", "number"),
    [("8821", 8821), ("order 8812", 8812), ("i paid 11800 by upi", 11800), ("1499.50 tha", "1499.50"), ("८८२१", 8821)],
)
def test_a_bare_figure_is_a_number_and_no_amount(text: str, number: int | str) -> None:
    assert only(text, "number").value == Decimal(number)
    assert "amount" not in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "APX88120",
        "CP40021",
        "INV-2231",
        "iphone15",
        "256gb model",
        "covid19",
        "paisa wapas do",
        "lakhs of people",
        "sau",
    ],
)
def test_ids_measures_and_everyday_words_are_no_amounts(text: str) -> None:
    assert not {"amount", "number"} & set(kinds(text))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("40k sms wasted", 40000),
        ("got 10k bonus sms", 10000),
        ("2 lac msgs", 200000),
        ("22 hazaar credit udd gaye", 22000),
    ],
)
def test_thousands_of_messages_are_counted_not_paid(text: str, count: int) -> None:
    assert only(text, "count").value == count
    assert "amount" not in kinds(text)


def test_two_amounts_in_one_line_stay_two() -> None:
    found = [value.value for value in read_values("rs 500 aur rs 700 dono wapas karo", NOW) if value.kind == "amount"]
    assert found == [Decimal(500), Decimal(700)]


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("40%", "40"),
        ("40 %", "40"),
        ("40 percent", "40"),
        ("40percent hua", "40"),
        ("40 pratishat", "40"),
        ("चालीस प्रतिशत", "40"),
        ("40 प्रतिशत", "40"),
        ("50.1 %", "50.1"),
        ("chalis percent", "40"),
        ("100% refund", "100"),
        ("४०%", "40"),
        ("30 per cent done", "30"),
    ],
)
def test_a_percentage_is_read(text: str, percent: str) -> None:
    found = only(text, "percent")
    assert (found.value, found.certain) == (Decimal(percent), True)


@pytest.mark.parametrize("text", ["half", "½", "aadha", "aadha kaam hua", "आधा", "half only done", "adha hi bana hai"])
def test_half_is_fifty_percent_to_be_read_back(text: str) -> None:
    found = only(text, "percent")
    assert (found.value, found.certain) == (Decimal(50), False)


def test_a_range_of_percent_is_a_guess_with_its_upper_end() -> None:
    found = only("40-50% ho gaya", "percent")
    assert (found.value, found.certain, found.other) == (Decimal(40), False, (Decimal(50),))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2 din", timedelta(days=2)),
        ("48 hours", timedelta(hours=48)),
        ("48hrs", timedelta(hours=48)),
        ("दो दिन", timedelta(days=2)),
        ("seven days", timedelta(days=7)),
        ("7 working days", timedelta(days=7)),
        ("2 hafte", timedelta(days=14)),
        ("20 minutes", timedelta(minutes=20)),
        ("half hour", timedelta(minutes=30)),
        ("aadha ghanta", timedelta(minutes=30)),
        ("dedh ghante", timedelta(minutes=90)),
        ("an hour", timedelta(hours=1)),
        ("12 din ho gaye", timedelta(days=12)),
        ("last 3 days", timedelta(days=3)),
        ("delivery se 2 din pehle", timedelta(days=2)),
        ("10 days before i received it", timedelta(days=10)),
    ],
)
def test_a_duration_is_read(text: str, length: timedelta) -> None:
    found = only(text, "duration")
    assert (found.value, found.certain) == (length, True)


@pytest.mark.parametrize(
    ("text", "length"),
    [("3 mahine", timedelta(days=90)), ("4 months", timedelta(days=120)), ("1 saal", timedelta(days=365))],
)
def test_months_and_years_are_about_so_long(text: str, length: timedelta) -> None:
    found = only(text, "duration")
    assert (found.value, found.certain) == (length, False)


def test_a_range_of_days_keeps_both_ends() -> None:
    found = only("5-7 din me", "duration")
    assert (found.value, found.other, found.certain) == (timedelta(days=5), (timedelta(days=7),), False)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2 baar", 2),
        ("do baar", 2),
        ("दो बार", 2),
        ("twice", 2),
        ("thrice", 3),
        ("once", 1),
        ("3 times", 3),
        ("2x", 2),
        ("dono", 2),
        ("दोनों", 2),
        ("both of them", 2),
        ("teen", 3),
        ("do", 2),
        ("i ordered three", 3),
        ("paise 2 baar kate", 2),
        ("tin baar", 3),
    ],
)
def test_how_many_is_read(text: str, count: int) -> None:
    found = only(text, "count")
    assert found.value == count
    assert isinstance(found.value, int)


@pytest.mark.parametrize(
    "text", ["paisa wapas do", "one more thing please", "sath me box bhi tha", "mujhe de do please"]
)
def test_everyday_words_inside_a_sentence_count_nothing(text: str) -> None:
    assert "count" not in kinds(text)


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("mujhe 500 rupaye wapas chahiye", "500 rupaye", "amount"),
        ("sir ₹ 1,25,000 gaya", "₹ 1,25,000", "amount"),
        ("kaam 40  % hua", "40  %", "percent"),
        ("मुझे ५०० रुपये दो", "५०० रुपये", "amount"),
        ("ref 2\u200b5 din", "2\u200b5 din", "duration"),
    ],
)
def test_a_value_says_which_words_it_came_from(text: str, words: str, kind: str) -> None:
    found = only(text, kind)
    assert (found.text, text[found.start : found.end]) == (words, words)


def test_values_come_in_the_order_of_the_message() -> None:
    found: list[Any] = [value.start for value in read_values("ok 500 dia, 40% hua, 2 baar, upi se", NOW)]
    assert found == sorted(found)
    assert len(found) == 5
