"""What is read from invoices, receipts and banks' messages: labelled values, and nothing that only looks like one."""

import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from dialogs.values import IdPattern
from dialogs.values.documents import read_document

NOW = datetime(2026, 3, 20, 18, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
SHAPES = [IdPattern("order_id", "API-", r"\d{3,8}")]

INVOICE = """TAX INVOICE
Sharma Traders Pvt Ltd, GSTIN 27AAPFU0939F1ZV, Phone 9812345678
Invoice No.: INV-2231    Invoice Date: 12 Mar 2026
Bill To: Asha Verma, Pune
Order ID #API-8821
USB Token  1  1,270.34
Sub Total 1,270.34
CGST 9% 114.33
Grand Total ₹1,499.00
Paid via UPI
"""
RECEIPT = """रसीद संख्या: R-1182
दिनांक: 05/03/2026
ग्राहक का नाम: रवि नायर
भुगतान राशि: ₹ 2,500
भुगतान का तरीका: नेट बैंकिंग
यूटीआर: HDFCN52026030212
"""
PAYMENT = """Transaction ID: T2603121234567890123456
Transaction Date: 12 March 2026, 10:42 am
Amount Paid Rs. 799
Payment Mode: Debit Card
Bank Ref No: 607112345678
"""
DEBIT = (
    "Dear Customer, Rs.1,499.00 debited from a/c XX1234 on 11-Mar-26. "
    "UPI Ref No 607112345678. Not you? Call 18002586161. Avl Bal INR 20,250.00"
)


def told(text: str) -> dict[str, object]:
    """Each label with its value; days as texts."""
    values = read_document(text, NOW, SHAPES)
    assert len({each.label for each in values}) == len(values)
    return {
        each.label: each.value.strftime("%d.%m.%Y") if isinstance(each.value, datetime) else each.value
        for each in values
    }


def test_an_invoice() -> None:
    assert told(INVOICE) == {
        "invoice_number": "INV-2231",
        "invoice_date": "12.03.2026",
        "name": "Asha Verma",
        "order_id": "API-8821",
        "order_number": "API-8821",
        "total_amount": Decimal("1499.00"),
        "payment_method": "upi",
    }


def test_a_receipt_in_hindi() -> None:
    assert told(RECEIPT) == {
        "invoice_number": "R-1182",
        "invoice_date": "05.03.2026",
        "name": "रवि नायर",
        "paid_amount": Decimal(2500),
        "payment_method": "net_banking",
        "bank_reference": "HDFCN52026030212",
    }


def test_the_receipt_of_a_payment() -> None:
    assert told(PAYMENT) == {
        "transaction_number": "T2603121234567890123456",
        "paid_at": "12.03.2026",
        "paid_amount": Decimal(799),
        "payment_method": "debit_card",
        "bank_reference": "607112345678",
    }


def test_a_banks_message_tells_what_was_debited_and_not_what_is_left() -> None:
    assert told(DEBIT) == {"paid_amount": Decimal("1499.00"), "paid_at": "11.03.2026", "bank_reference": "607112345678"}


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("Order No. 10452", "order_number", "10452"),
        ("Invoice #4471", "invoice_number", "4471"),
        ("Invoice Number\nINV/2025-26/0231\nPlace of Supply", "invoice_number", "INV/2025-26/0231"),
        ("Total amount Rs 54,900/-  Balance due Rs 0", "total_amount", Decimal(54900)),
        ("Grand Total (2 items) 1,499.00", "total_amount", Decimal("1499.00")),
        ("कुल राशि: ₹३,४५०", "total_amount", Decimal(3450)),
        ("Amount debited by Rs 250 for recharge", "paid_amount", Decimal(250)),
        ("INR 2,000 sent via UPI on 12-Mar-26. Not you? Call", "paid_at", "12.03.2026"),
        ("Delivered on: 10 March 2026", "delivered_at", "10.03.2026"),
        ("ऑर्डर की तारीख: 9 मार्च 2026", "order_date", "09.03.2026"),
        ("UTR: HDFCN52026030212", "bank_reference", "HDFCN52026030212"),
        ("RRN 607112345678", "bank_reference", "607112345678"),
        ("Mode of Payment: Cash", "payment_method", "cash"),
    ],
)
def test_a_label_and_its_value(text: str, label: str, value: object) -> None:
    assert told(text)[label] == value


def test_a_row_of_labels_with_its_values_below() -> None:
    assert told("Invoice No  Invoice Date  Amount\nA-5512  12/03/2026  ₹ 850.00") == {
        "invoice_number": "A-5512",
        "invoice_date": "12.03.2026",
        "total_amount": Decimal("850.00"),
    }


def test_a_bare_total_is_only_a_guess_and_gives_way_to_a_grand_one() -> None:
    assert [(each.value, each.certain) for each in read_document("Total ₹900", NOW)] == [(Decimal(900), False)]
    assert told("Grand Total ₹1,062\nTotal ₹900") == {"total_amount": Decimal(1062)}


@pytest.mark.parametrize(
    "text",
    [
        "Sub Total 1,270.34",
        "Total Tax: Rs 228.66",
        "Refund Amount: Rs 500",
        "Balance due Rs 700",
        "Grand Total Rs 0.00",
        "Expected delivery date: 12 March 2026",
        "Due date: 12 March 2026",
        "Bank Name: HDFC",
        "Order total is on the next page",
        "what is the date of my refund, i paid and nobody says anything",
        "",
        "\n\n \t",
    ],
)
def test_what_only_looks_like_a_value_is_none(text: str) -> None:
    assert told(text) == {}


def test_what_stands_twice_with_two_values_says_nothing_surely() -> None:
    one, other = "Order No: OD-1001", "Order No: OD-1002"
    assert told(f"{one}\n{one}") == {"order_number": "OD-1001"}
    assert told(f"{one}\n{other}") == {}


def test_a_day_that_has_not_come_yet_is_no_day_of_payment() -> None:
    assert told("Payment Date: 20 March 2026") == {"paid_at": "20.03.2026"}
    assert told("Payment Date: 21 March 2026") == {}


def test_a_long_document_is_read_in_part_and_quickly() -> None:
    lines = ["Item 1 Total Rs 100"] * 299
    assert told("\n".join([*lines, "Invoice No: A-1001"]))["total_amount"] == Decimal(100)
    assert "invoice_number" not in told("\n".join([*lines, "page 2", "Invoice No: A-1001"]))


def test_no_word_of_a_document_stays_in_the_vocabulary() -> None:
    from dialogs.values.documents import _patterns

    told("Invoice No: A-1001")
    vocabulary, _, _ = _patterns()
    before = len(vocabulary.strings)
    told("Invoice No: B-2002 zzyzx Bill To: Quorra Flynn")
    assert "zzyzx" not in vocabulary.strings
    assert len(vocabulary.strings) == before


def test_spacy_is_imported_with_the_first_document_and_not_before() -> None:
    code = (
        "import sys, dialogs.step\n"
        "from datetime import datetime, timezone\n"
        "from dialogs.values.documents import read_document\n"
        "assert 'spacy' not in sys.modules, 'a start imports spaCy'\n"
        "read_document('Order No: 10452', datetime(2026, 3, 20, tzinfo=timezone.utc))\n"
        "assert 'spacy' in sys.modules, 'spaCy is not what reads documents'\n"
    )
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
