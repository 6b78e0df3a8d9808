"""Customers send the papers of what they bought, or paste what their bank wrote: what of it counts and what not."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from papers import pdf
from play import ASHA, NOW, Said

from bot.chat import ChatOptions, opened
from bot.settings import Settings
from bot.tables import CASE

Play = Callable[..., list[Said]]
REJECTED = "mera dsc application reject ho gaya, pan aadhaar mismatch tha, paise wapas chahiye"
BROKEN = "my usb token came broken, want replacement"
DEBITED = (
    "Dear Customer, Rs.1,499.00 debited from a/c XX1234 on 11-Mar-26 to VPA shop@okaxis "
    "(UPI Ref No 607112345678). Not you? Call 18002586161. Avl Bal INR 20,250.00 -HDFC Bank"
)


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """API Infotech's bill for order API-7001, of 1,499 rupees."""
    path = tmp_path_factory.mktemp("papers") / "bill.pdf"
    lines = (
        "TAX INVOICE",
        "Invoice No.: INV-2231   Invoice Date: 09 Mar 2026",
        "Order ID: API-7001",
        "Sub Total 1,270.34",
        "Grand Total Rs. 1,499.00",
        "Delivered on: 10 March 2026",
    )
    path.write_bytes(pdf(*lines))
    return path


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another shop's receipt."""
    path = tmp_path_factory.mktemp("papers") / "receipt_payment.pdf"
    path.write_bytes(pdf("Order No: OD-99001", "Amount Paid: Rs. 2,360.00", "Payment Date: 12 March 2026, 9:00 am"))
    return path


def test_a_bill_answers_what_is_still_open_and_the_summary_says_so(play: Play, bill: Path) -> None:
    _, read, filed = play("api-infotech", [REJECTED, f"!document {bill}", "haan file kar do"])
    assert read.says("Isme padha", "invoice INV-2231", "order API-7001", "9 Mar 2026", "₹1,499")
    assert read.says("Order number: API-7001 (aapke document se)", "Paid amount: ₹1,499 (aapke document se)")
    assert not read.says("alag hai")
    assert {"order_id": "API-7001", "amount_paid": 1499}.items() <= read.claim.items()
    assert read.decision["outcome"] == "partial_refund"
    assert filed.state == "submitted"


def test_what_was_told_stands_and_the_decision_with_it(play: Play, bill: Path) -> None:
    _, told, read, _ = play("api-infotech", [REJECTED, "1799 diye the", f"!document {bill}", "haan file kar do"])
    assert told.claim["amount_paid"] == 1799
    assert read.says("alag hai; team se koi dono ko milayega", "Paid amount: ₹1,799")
    assert read.claim["amount_paid"] == 1799
    # The bill's total makes no claim of its own, such as one of having paid too much.
    assert "invoice_amount" not in read.claim
    assert read.decision["amount"] == {"min": 1499, "max": 1699}


def test_what_a_bill_told_is_corrected_like_anything_else(play: Play, bill: Path) -> None:
    *_, corrected = play("api-infotech", [REJECTED, f"!document {bill}", "nahi 1799 diye the sorry"])
    assert corrected.claim["amount_paid"] == 1799
    assert corrected.says("Paid amount: ₹1,799")
    assert not corrected.says("₹1,799 (aapke document se)")


def test_a_bill_that_comes_first_waits_for_what_it_is_about(play: Play, bill: Path) -> None:
    first, then = play("api-infotech", [f"!document {bill}", BROKEN])
    assert first.says("What is it about", "I read", "order API-7001", "delivered 10 Mar 2026")
    assert first.claim == {}
    assert then.claim["order_id"] == "API-7001"
    assert str(then.claim["delivered_at"]).startswith("2026-03-10")


def test_another_shops_number_is_no_order_of_ours(play: Play, receipt: Path) -> None:
    _, read = play("api-infotech", [REJECTED, f"!document {receipt}"])
    assert read.says("OD-99001", "₹2,360")
    assert "order_id" not in read.claim
    assert read.open_slot == "order_id"


def test_an_order_named_by_its_bill_is_found_on_record(play: Play, bill: Path) -> None:
    record = {"kind": "order", "id": "API-7001", "phone": ASHA, "order_id": "API-7001", "product": "dsc"}
    paid = {**record, "dsc_status": "application_rejected", "rejection_cause": "document_issue", "amount_paid": 1599}
    *_, read = play("api-infotech", ["refund chahiye", f"!document {bill}"], records=[paid])
    assert read.says("₹1,599")
    # The record counts more than a guess from a paper.
    assert not read.says("Paid amount: ₹1,499")


def test_a_banks_message_tells_the_payment_and_neither_its_balance_nor_its_helpline(play: Play) -> None:
    _, read = play("celerispay", ["i am a customer, my payment failed but money debited, want refund", DEBITED])
    assert read.says("I read: ₹1,499 paid", "11 Mar 2026", "607112345678")
    assert read.claim["txn_amount"] == 1499
    assert str(read.claim["txn_at"]).startswith("2026-03-11")
    assert "transaction_id" not in read.claim
    assert read.open_slot == "transaction_id"


def test_a_payment_told_before_is_not_changed_by_a_banks_message(play: Play) -> None:
    start = "i am a customer, my payment CP40021 of Rs 999 failed but money debited, want refund"
    told, read = play("celerispay", [start, DEBITED])
    assert told.claim["txn_amount"] == 999
    assert read.claim["txn_amount"] == 999


def test_the_agent_reads_where_bill_and_customer_differ(bill: Path, request: pytest.FixtureRequest) -> None:
    settings = Settings(_env_file=None, data_dir=request.config.cache.mkdir("refund-desk"))
    options = ChatOptions("api-infotech", "whatsapp", ASHA, datetime.fromisoformat(NOW))
    with opened(options, settings) as chat:
        for line in (REJECTED, "1799 diye the", f"!document {bill}", "haan file kar do"):
            chat.line(line)
        with chat._engine.database.reading() as session:
            proofs = session.execute(sa.select(CASE.c.proofs)).scalar_one()
    assert [proof["note"] for proof in proofs] == ["Amount paid: ₹1,499 in the document, ₹1,799 by the customer"]
    assert "INV-2231" in [reading["words"] for reading in proofs[0]["readings"]]
