"""Ids, bank references, phones and addresses, and what must not be taken for one."""

from datetime import UTC, datetime

import pytest

from dialogs.values import IdPattern, Value, read_values

NOW = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
ORDERS = (
    IdPattern("order_id", "API-", r"\d{4,6}"),
    IdPattern("order_id", "APX", r"\d{5}"),
    IdPattern("transaction_id", "pay_", r"[A-Za-z0-9]{6,20}"),
)


def read(text: str) -> list[tuple[str, object]]:
    return [(value.kind, value.value) for value in read_values(text, NOW, id_patterns=ORDERS)]


def first(text: str, kind: str) -> Value:
    return next(value for value in read_values(text, NOW, id_patterns=ORDERS) if value.kind == kind)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("98765 43210", "phone", "+919876543210"),
        ("9876543210", "phone", "+919876543210"),
        ("09876543210", "phone", "+919876543210"),
        ("+91 98765-43210", "phone", "+919876543210"),
        ("+919876543210", "phone", "+919876543210"),
        ("91 98765 43210", "phone", "+919876543210"),
        ("call 919876543210", "phone", "+919876543210"),
        ("mera number 98765-43210 hai", "phone", "+919876543210"),
        ("९८७६५४३२१०", "phone", "+919876543210"),
        ("0161-2345678", "phone", "+911612345678"),
        ("+1 650 253 0000", "phone", "+16502530000"),
        ("deepa@example.com", "email", "deepa@example.com"),
        ("Deepa.K+1@Example.co.in.", "email", "deepa.k+1@example.co.in"),
        ("mail:ravi_k@gmail.com plz", "email", "ravi_k@gmail.com"),
        ("deepa@okhdfcbank", "upi_id", "deepa@okhdfcbank"),
        ("9876543210@ybl", "upi_id", "9876543210@ybl"),
        ("upi id deepa.k@paytm.", "upi_id", "deepa.k@paytm"),
        ("HDFC0001234", "ifsc", "HDFC0001234"),
        ("hdfc0001234", "ifsc", "HDFC0001234"),
        ("ifsc is hdfc 0001234", "ifsc", "HDFC0001234"),
        ("ifsc code: SBIN0RRUPGB", "ifsc", "SBIN0RRUPGB"),
        ("hdfco001234", "ifsc_like", "hdfco001234"),
        ("ifsc HDFC01234", "ifsc_like", "HDFC01234"),
        ("IFSC HDFC00012345", "ifsc_like", "HDFC00012345"),
        ("utr SBIN524012345678", "utr", "SBIN524012345678"),
        ("SBINN52026031112", "utr", "SBINN52026031112"),
        ("HDFCR52026031100012345", "utr", "HDFCR52026031100012345"),
        ("utr no 1234567890123456", "utr", "1234567890123456"),
        ("123456789012", "rrn", "123456789012"),
        ("rrn 612345678901", "rrn", "612345678901"),
        ("UPI Ref No 607012345678", "rrn", "607012345678"),
        ("utr number 607012345678", "rrn", "607012345678"),
        ("74123456789012345678901", "arn", "74123456789012345678901"),
        ("27AAPFU0939F1ZV", "gstin", "27AAPFU0939F1ZV"),
        ("gst no 27aapfu0939f1zv", "gstin", "27AAPFU0939F1ZV"),
        ("ABCPE1234F", "pan", "ABCPE1234F"),
        ("account no 123456789012", "account_number", "123456789012"),
        ("a/c 1234567890123", "account_number", "1234567890123"),
        ("khata 12345678901", "account_number", "12345678901"),
        ("mera account number 1234567890 hai", "account_number", "1234567890"),
        ("9876543210 is my account no", "account_number", "9876543210"),
        ("खाता नंबर 123456789012", "account_number", "123456789012"),
        ("4111 1111 1111 1111", "card_number", "4111111111111111"),
        ("4111-1111-1111-1111", "card_number", "4111111111111111"),
        ("card ka number 4111111111111111", "card_number", "4111111111111111"),
        ("378282246310005", "card_number", "378282246310005"),
        ("card ending 4321", "last4", "4321"),
        ("ending with 4321", "last4", "4321"),
        ("last 4 digits 4321", "last4", "4321"),
        ("last four digits of card is 4321", "last4", "4321"),
        ("xx4321", "last4", "4321"),
        ("XXXX XXXX XXXX 4321", "last4", "4321"),
        ("****4321", "last4", "4321"),
        ("aakhri 4 ank 4321", "last4", "4321"),
        ("आखिरी 4 अंक 4321", "last4", "4321"),
    ],
)
def test_a_reference_is_known_by_its_shape(text: str, kind: str, value: str) -> None:
    assert first(text, kind).value == value


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("API-8812", "order_id", "API-8812"),
        ("API 8812", "order_id", "API-8812"),
        ("api8812", "order_id", "API-8812"),
        ("api - 8812", "order_id", "API-8812"),
        ("api#8812", "order_id", "API-8812"),
        ("order API/8812 hai", "order_id", "API-8812"),
        ("API-८८१२", "order_id", "API-8812"),
        ("APX88120", "order_id", "APX88120"),
        ("apx 88120", "order_id", "APX88120"),
        ("APX-88120", "order_id", "APX88120"),
        ("pay_Nx12sd", "transaction_id", "pay_Nx12sd"),
        ("PAY_Nx12sd", "transaction_id", "pay_Nx12sd"),
        ("txn pay_Nx12sd, want refund", "transaction_id", "pay_Nx12sd"),
    ],
)
def test_an_id_of_the_brand_is_read_in_its_own_spelling(text: str, kind: str, value: str) -> None:
    found = first(text, kind)
    assert (found.value, found.certain) == (value, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("AIP-8812", "API-8812"),
        ("ap-8812", None),
        ("AXP88120", "APX88120"),
        ("APPI-8812", "API-8812"),
        ("capi8812", "API-8812"),
    ],
)
def test_a_slip_in_the_prefix_gives_a_guess(text: str, value: str | None) -> None:
    found = [item for item in read_values(text, NOW, id_patterns=ORDERS) if item.kind == "order_id"]
    assert [item.value for item in found] == ([value] if value else [])
    assert not any(item.certain for item in found)


@pytest.mark.parametrize(
    "text",
    ["api", "pay now", "pay 500", "api 12", "API 500 rupees", "aap 1499 lo", "APX881", "apx 8812099"],
)
def test_words_near_the_shape_are_no_ids(text: str) -> None:
    assert not {"order_id", "transaction_id"} & {kind for kind, _ in read(text)}


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("8821", "API-8821"),
        ("API-8821", "API-8821"),
        ("api 8821", "API-8821"),
        (" 8821 ", "API-8821"),
        ("12", None),
        ("88x1", None),
        ("", None),
        ("9" * 500, None),
    ],
)
def test_the_asked_for_id_is_completed(typed: str, whole: str | None) -> None:
    assert ORDERS[0].complete(typed) == whole


def test_a_pattern_may_describe_the_whole_id() -> None:
    assert IdPattern("order_id", "API-", r"API-\d{4}").complete("8821") == "API-8821"


def test_a_pattern_without_prefix_is_found_as_a_whole_word() -> None:
    pattern = IdPattern("order_id", "", r"\d{3}-\d{7}")
    assert [value.value for value in read_values("order 404-1234567 ka", NOW, id_patterns=[pattern])] == ["404-1234567"]


def test_a_prefix_of_one_letter_must_touch_its_figures() -> None:
    pattern = IdPattern("order_id", "A-", r"\d{3,4}")
    assert [value.kind for value in read_values("a 500 refund", NOW, id_patterns=[pattern])] == ["number"]
    assert [value.value for value in read_values("A-1042", NOW, id_patterns=[pattern])] == ["A-1042"]


@pytest.mark.parametrize(
    "value",
    ["pay_Nx12sd", "INV-2231", "CP40021", "RF-1002", "inv_2231", "INV/26-27/0042", "OD1234567", "4111111111111112"],
)
def test_an_id_of_unknown_shape_is_a_reference(value: str) -> None:
    found = [item for item in read_values(f"my {value} please", NOW) if item.kind == "reference"]
    assert [item.value for item in found] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "iphone15",
        "256gb",
        "500rs",
        "11march",
        "10mins",
        "covid19",
        "2-screen",
        "24x7",
        "5lakh",
        "hello",
        "15din",
        "mp3",
    ],
)
def test_words_with_figures_are_no_references(text: str) -> None:
    assert "reference" not in {kind for kind, _ in read(text)}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("order no 9876543210", "reference"),
        ("txn id 4111111111111111", "reference"),
        ("gstin 27AAPFU0939F1ZX", "reference"),
        ("rrn 919876543210", "rrn"),
    ],
)
def test_the_word_before_and_the_checksum_decide(text: str, kind: str) -> None:
    assert [found for found, _ in read(text)] == [kind]


def test_twelve_digits_that_may_be_a_phone_are_a_guess() -> None:
    found = first("919876543210", "rrn")
    assert (found.certain, found.other) == (False, ("+919876543210",))


def test_a_near_miss_of_an_ifsc_is_handed_on_as_typed() -> None:
    found = first("ifsc hdfcO001234", "ifsc_like")
    assert (found.value, found.certain) == ("hdfcO001234", False)


def test_a_pasted_bank_message_is_read_in_all_its_parts() -> None:
    text = "Rs.11,800.00 debited from A/c XX1234 on 11-03-26 to VPA interact@ybl (UPI Ref No 607012345678)"
    found = dict(read(text))
    assert str(found["amount"]) == "11800.00"
    assert (found["last4"], found["upi_id"], found["rrn"]) == ("1234", "interact@ybl", "607012345678")
    assert "moment" in found


def test_several_ids_in_one_message_are_told_apart() -> None:
    found = read("txn pay_Nx12sd, invoice INV-2231, mail deepa@example.com, order API 8812")
    assert found == [
        ("transaction_id", "pay_Nx12sd"),
        ("reference", "INV-2231"),
        ("email", "deepa@example.com"),
        ("order_id", "API-8812"),
    ]


def test_codes_that_nobody_should_send_are_not_read_as_numbers() -> None:
    assert read("cvv 123 otp 456789") == []


def test_the_place_of_an_id_is_that_in_the_message_as_given() -> None:
    text = "मेरा\u200b  order  ＡＰＩ－८८१२ hai"
    found = first(text, "order_id")
    assert (found.value, text[found.start : found.end]) == ("API-8812", "ＡＰＩ－८८१२")
