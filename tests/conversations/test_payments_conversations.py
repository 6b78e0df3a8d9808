"""CelerisPay's merchants and buyers and Interact Technologies' customers, as they type: asking, told, refused, paid."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from play import ASHA, RAVI, Said

Talk = Callable[..., list[Said]]

SALE = {
    "kind": "payment",
    "id": "CP51000",
    "phone": ASHA,
    "actor": "merchant",
    "subject": "transaction",
    "txn_status": "success",
    "txn_at": "2026-03-01T11:00+05:30",
    "txn_amount": 3000,
    "already_refunded": 0,
    "merchant_balance": 50000,
    "payment_mode": "debit_card",
    "split": False,
    "chargeback_open": False,
}


@pytest.fixture
def celeris(play: Callable[..., list[Said]]) -> Talk:
    def talk(*lines: str, records: Sequence[dict[str, Any]] = (), **more: str) -> list[Said]:
        return play("celerispay", lines, records=records, **more)

    return talk


@pytest.fixture
def interact(play: Callable[..., list[Said]]) -> Talk:
    def talk(*lines: str, records: Sequence[dict[str, Any]] = (), **more: str) -> list[Said]:
        return play("interact-technologies", lines, records=records, **more)

    return talk


# -- CelerisPay: merchants --------------------------------------------------------------------------------------------


def test_a_merchant_gives_everything_in_one_line_and_asks_why_in_between(celeris: Talk) -> None:
    told, status, why, balance, filed, when = celeris(
        "bhai customer ko poora paisa wapas karna hai CP50011, 3 march ko 4500 ki payment thi upi se",
        "payment ho gaya tha",
        "balance kyu chahiye tumhe?",
        "20000 hai",
        "haan kar do",
        "kab tak aayega customer ko",
    )
    assert {name: told.claim[name] for name in ("actor", "transaction_id", "txn_amount")} == {
        "actor": "merchant",
        "transaction_id": "CP50011",
        "txn_amount": 4500,
    }
    assert told.claim["txn_at"].startswith("2026-03-03")
    assert told.claim["payment_mode"] == "upi"
    assert status.open_slot == why.open_slot == "merchant_balance"
    assert "2.1#3" in why.clauses
    assert balance.says("₹4,500", "1–3")
    assert filed.state == "submitted"
    assert filed.says("CEL-")
    assert when.says("CEL-")


def test_a_balance_that_is_too_small_names_the_part_that_it_covers(celeris: Talk) -> None:
    *_, short, agreed, filed = celeris(
        "namaste, ek customer ka order cancel hua, uska paisa lautana hai",
        "txn CP880011",
        "28 march ko, 1250 rupaye, phonepe se",
        "successful thi payment",
        "sirf 500 wapas karna hai",
        "balance 300 hai",
        "achha to 250 kar do",
        "ok",
        now="2026-04-02T11:00+05:30",
    )
    assert short.says("₹300")
    assert "2.1#3" in short.clauses
    assert agreed.claim["requested_amount"] == 250
    assert agreed.says("₹250", "1–3")
    assert filed.state == "submitted"


def test_the_180th_day_counts_and_the_next_one_does_not(celeris: Talk) -> None:
    last = {**SALE, "id": "CP70001", "txn_at": "2025-09-13T11:00+05:30", "txn_amount": 1000}
    gone = {**SALE, "id": "CP70002", "txn_at": "2025-09-12T11:00+05:30", "txn_amount": 800}
    yes, filed, no, pleading, left = celeris(
        "refund CP70001 full",
        "yes",
        "now CP70002 also",
        "please yaar only one day late",
        "leave it",
        records=[last, gone],
    )
    assert yes.decision["outcome"] == "full_refund"
    assert filed.says("180 d", "limit is 180 days")
    assert no.decision["outcome"] == "not_eligible"
    assert "2.1#2" in no.clauses
    assert pleading.says("a person")
    assert left.says(f"{filed.ref} stands")


def test_somebody_elses_payment_and_a_wrong_id_get_the_same_answer(celeris: Talk) -> None:
    hers = {**SALE, "id": "CP80001", "phone": RAVI, "merchant_balance": 50, "txn_amount": 300}
    other, wrong, _, own = celeris(
        "refund CP80001", "CP99999", f"!as {RAVI}", "refund CP80001 full", records=[SALE, hers]
    )
    assert other.text.endswith(wrong.text.replace("CP99999", "CP80001"))
    assert not other.says("300")
    assert own.says("₹300", "balance does not cover")


def test_a_split_payment_with_a_short_balance_and_a_what_if(celeris: Talk) -> None:
    *_, short, supposed, filed = celeris(
        "i run a marketplace, refund 1000 on CP30003, split 94/6",
        "it was 1000 payment on 1st march, by wallet, success",
        "vendor has 500 and platform balance 2000",
        "vendor 94 platform 6",
        "what if vendor balance was 5000",
        "ok file",
    )
    assert (short.claim["vendor_balance"], short.claim["platform_balance"]) == (500, 2000)
    assert short.says("person decides")
    assert {"3#4", "3#5"} <= set(short.clauses)
    assert supposed.says("vendor: ₹940", "platform: ₹60")
    assert supposed.claim["vendor_balance"] == 500
    assert filed.state == "submitted"


def test_proof_for_a_chargeback_is_a_service_request_with_its_last_day(celeris: Talk) -> None:
    told, mail, proof, filed, hold = celeris(
        "chargeback aaya hai CP60099 pe, delivery ka proof kaha bheju",
        "kal subah 11 baje mail aaya tha chargeback ka",
        "!document courier_slip.pdf",
        "haan",
        "paisa kab tak hold rahega",
    )
    assert "7#2" in told.clauses
    assert told.claim["transaction_id"] == "CP60099"
    assert mail.says("18 Mar 2026")
    assert mail.open_slot == "proof_of_delivery"
    assert proof.says("file kar dun")
    assert filed.state == "submitted"
    assert hold.says("45-90 din")


def test_day_seven_of_a_plan_turns_on_the_hour(celeris: Talk) -> None:
    told, billed, hour, supposed, filed = celeris(
        "want refund of growth plan, paid 5999 on 5 march, no transactions done",
        "monthly one",
        "around 7 pm",
        "what if i had done 3 transactions",
        "ok go ahead",
    )
    assert told.says("Around what time")
    assert billed.says("Around what time")
    assert hour.claim["paid_at"].startswith("2026-03-05T19:00")
    assert hour.decision["outcome"] == "full_refund"
    assert supposed.says("Just supposing", "no refund")
    assert supposed.decision["outcome"] == "full_refund"
    assert filed.says("billing@celeris.co.in")


def test_an_annual_plan_gives_a_range_less_the_fee_and_a_question_changes_nothing(celeris: Talk) -> None:
    told, why, corrected, filed = celeris(
        "annual growth plan liya tha 20 feb ko 11999 me, band karna hai paisa wapas chahiye",
        "1000 kyu kaatoge",
        "sorry amount 12000 tha",
        "haan file karo",
        now="2026-04-02T11:00+05:30",
    )
    assert told.decision["outcome"] == "partial_refund"
    assert told.says("₹8,999.17", "₹9,999.08", "₹1,000", "5#3")
    assert why.claim["amount_paid"] == 11999
    assert corrected.claim["amount_paid"] == 12000
    assert filed.state == "submitted"


def test_after_filing_a_sale_is_corrected_moved_and_not_opened_twice(celeris: Talk) -> None:
    _, filed, more, _, waiting, photo, *_, failed, again = celeris(
        "refund 1200 to customer for CP51000",
        "ok",
        "actually make it 1500",
        "yes",
        '!case waiting_for_customer why="please send the order cancel mail"',
        "!photo mail.png",
        "!case under_review",
        "!case approved amount=1500",
        "!case sent_to_bank",
        '!case payment_failed why="bank returned it"',
        "refund again CP51000",
        records=[SALE],
    )
    assert filed.says("₹1,200", "5–7")
    assert more.says("₹1,500", "Shall I change it")
    assert waiting.says("order cancel mail")
    assert photo.says(str(filed.ref))
    assert failed.says("did not go through", "bank returned it")
    assert again.says(str(filed.ref), "held up")
    assert again.ref == filed.ref


# -- CelerisPay: buyers -----------------------------------------------------------------------------------------------


def test_a_failed_payment_is_followed_until_the_money_is_there(celeris: Talk) -> None:
    told, why, without, when, _, filed, approved, sent, status, done = celeris(
        "my payment failed but money got debited 2,499 today morning 10am by gpay!!! order not confirmed",
        "why do you need that",
        "i dont have it",
        "when will money come",
        "ok file it",
        "yes",
        "!case approved amount=2499",
        "!case sent_to_bank reference=412345678901",
        "where is my refund",
        "!case completed",
    )
    assert (told.claim["txn_status"], told.claim["txn_amount"], told.claim["payment_mode"]) == ("failed", 2499, "upi")
    assert told.open_slot == why.open_slot == "transaction_id"
    assert not without.says("such as CP40021")
    assert "2.3#1" in when.clauses
    assert filed.state == "submitted"
    assert approved.says("₹2,499")
    assert sent.says("412345678901")
    assert status.says("412345678901")
    assert done.says(str(filed.ref))


def test_a_silent_seller_is_taken_up_and_a_decline_is_appealed(celeris: Talk) -> None:
    told, filed, declined, appealing, photo, appealed = celeris(
        "seller not replying since 2 weeks, product is duplicate quality. paid 3500 on 10 feb CP43210 upi",
        "yes file it",
        '!case declined why="merchant showed delivery proof"',
        "this is wrong, i want to appeal",
        "!photo fake_shoe.jpg",
        "yes appeal",
    )
    assert told.claim["merchant_responsive"] is False
    assert {"8#2", "note"} <= set(told.clauses)
    assert filed.state == "submitted"
    assert declined.says("merchant showed delivery proof", "appeal")
    assert appealing.says(str(filed.ref))
    assert photo.says("Got your photo")
    assert (appealed.state, appealed.ref) == ("appealed", filed.ref)


def test_a_bare_yes_or_a_later_does_not_lose_the_open_question(celeris: Talk) -> None:
    pending, corrected, dated, agent, _, back = celeris(
        "payment pending since yesterday 2000 cut from paytm wallet CP33221",
        "no wait it was 2200",
        "and date was 10 march",
        "!agent takeover",
        "!agent says Checking with the bank",
        "!agent handback",
    )
    assert pending.claim["txn_status"] == "pending"
    assert pending.open_slot == corrected.open_slot == dated.open_slot == "debited"
    assert corrected.claim["txn_amount"] == 2200
    assert dated.claim["txn_at"].startswith("2026-03-10")
    assert agent.owner == "agent"
    assert back.owner == "bot"
    assert back.says("Did the money leave your account")


# -- Interact Technologies --------------------------------------------------------------------------------------------


def test_paid_three_times_gives_two_back_and_only_twice_gives_one(interact: Talk) -> None:
    told, cause, _, _, summary, corrected, filed = interact(
        "charged 3 times 1,180 each for the same recharge on 1 march, txn pay_Tri33333",
        "automatically happened, system error",
        "skip",
        "skip",
        "no screenshot available",
        "actually it was only 2 times",
        "yes",
    )
    assert (told.claim["duplicate_charge"], told.claim["amount_each"]) == (True, 1180)
    assert cause.claim["cause"] == "processing_error"
    assert summary.decision["outcome"] == "full_refund"
    assert summary.says("₹2,360", "Still to come: Proof of payment")
    assert corrected.says("Amount: ₹1,180")
    assert filed.state == "submitted"


def test_within_24_hours_is_a_no_with_its_end_and_later_a_review(interact: Talk) -> None:
    early, _, late, *_, summary, filed = interact(
        "paid 2360 today 9 am credits not received yet",
        "!wait 16h",
        "still not received, support also not able to fix",
        "pay_Qw12er56",
        "INV-1001",
        "x@y.com",
        "!document receipt_payment.pdf",
        "confirm",
    )
    assert early.says("13 Mar 2026, 09:00", "no refund")
    assert late.claim["support_outcome"] == "unable_to_resolve"
    assert late.open_slot == "transaction_id"
    assert summary.decision["outcome"] == "needs_review"
    assert {"invoice_number": "INV-1001", "email": "x@y.com"}.items() <= summary.claim.items()
    assert filed.state == "submitted"


def test_a_no_over_meta_turns_when_the_delay_was_not_metas(interact: Talk) -> None:
    told, promised, no, turned, waiting = interact(
        "whatsapp api setup fee 8000 wapas karo 20 din ho gaye abhi tak active nahi",
        "promised 1 march ka tha",
        "meta verification atka hai bol rahe",
        "nahi delay tumhari taraf se hai, meta ne approve kar diya",
        "paisa kab milega",
    )
    assert (told.claim["subject"], told.claim["amount_paid"]) == ("whatsapp_api_setup", 8000)
    assert promised.claim["promised_activation_at"].startswith("2026-03-01")
    assert no.decision["outcome"] == "not_eligible"
    assert "3#6" in no.clauses
    assert turned.claim["delay_cause"] == "interact"
    assert turned.open_slot == waiting.open_slot == "transaction_id"
    assert "5#1" in waiting.clauses


def test_a_hindi_customer_hears_hindi_to_the_end(interact: Talk) -> None:
    told, support, account, without, proof = interact(
        "नमस्ते, 5000 का पेमेंट किया 10 मार्च को सुबह 11 बजे, क्रेडिट नहीं आए",
        "सपोर्ट ठीक नहीं कर पाया",
        "पैसा किस खाते में आएगा?",
        "आईडी pay_Hi12nd34",
        "बिल नहीं है",
    )
    assert (told.claim["amount_paid"], told.claim["credits_activated"]) == (5000, False)
    assert support.claim["support_outcome"] == "unable_to_resolve"
    assert "5#2" in account.clauses
    assert without.open_slot == "invoice_number"
    assert proof.open_slot == "email"
    assert {said.line.heard["language"] for said in (told, support, account, without, proof) if said.line.heard} == {
        "hi"
    }
    assert proof.says("कोई बात नहीं", "ई-मेल")


def test_a_file_for_the_failure_is_not_taken_for_the_receipt(interact: Talk) -> None:
    told, *_, screenshot, receipt, filed, more = interact(
        "aapka server down tha 10 march ko, 20000 sms fail ho gaye, paise wapas do",
        "pay_Fail1234",
        "2400 ke credit barbaad hue",
        "total 12000 diye the",
        "bill number nahi hai",
        "skip",
        "!photo error.png | panel ka screenshot",
        "!photo paytm_receipt.png",
        "sab sahi hai",
        "galat amount bataya, 2600 ka nuksan hua",
    )
    assert told.claim["failure_cause"] == "interact_platform"
    assert screenshot.open_slot == "payment_proof"
    assert receipt.says("₹2,400", "file kar dun")
    assert filed.state == "submitted"
    assert more.says("₹2,600")
    assert not more.says("Mujhse hua")


def test_what_is_used_in_part_stays_a_no_and_bye_ends_it(interact: Talk) -> None:
    no, phone, bye = interact(
        "whatsapp plan used 10 days out of 30, not happy, refund remaining",
        "what is your phone number",
        "ok bye",
    )
    assert no.decision["outcome"] == "not_eligible"
    assert "4#4" in no.clauses
    assert phone.says("9717911171", "shall a person review it")
    assert bye.says("filed nothing")
