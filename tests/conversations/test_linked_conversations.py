"""Several things wanted in one breath: linked claims, asked for together, shown in one summary, filed together."""

from collections.abc import Callable
from typing import Any

from play import ASHA, Said

Play = Callable[..., list[Said]]


def project(number: int, percent: int, paid: int = 40000) -> dict[str, Any]:
    return {
        "kind": "project",
        "id": f"WP-{number}",
        "phone": ASHA,
        "project": f"WP-{number}",
        "subject": "project",
        "project_type": "mobile_app",
        "amount_paid": paid,
        "paid_at": "2026-02-20T12:00+05:30",
        "completion_percent": percent,
    }


def test_a_token_and_a_website_are_two_claims_in_one_summary(play: Play) -> None:
    first, *_, last_proof, same, begun, _, summary, filed = play(
        "api-infotech",
        [
            "i want refund for both the token and the website",
            "API-8821",
            "it was not working at all when it came, delivered yesterday 1pm",
            "unused, original packaging is there",
            "don't have photo",
            "same",
            "not started",
            "paid on 8 march by upi",
            "15000",
            "yes",
        ],
    )
    assert first.says("2 requests", "1. USB token", "2. Website", "▸ USB token", "order number"), first
    assert last_proof.claim["product"] == "website"
    assert "The same as before" in last_proof.buttons, last_proof
    assert (same.claim["order_id"], same.open_slot) == ("API-8821", "work_started"), same
    assert begun.says("▸ Website", "when did you pay"), begun
    assert summary.says("1/2 USB token", "a replacement", "2#2", "2/2 Website", "full refund", "₹15,000", "4#1"), (
        summary
    )
    assert summary.text.count("UPI") == 1, summary
    assert summary.text.count("shall I file") == 1, summary
    assert filed.says("1/2 USB token: filed", "2/2 Website: filed", "limit is 7 days"), filed
    assert filed.text.count("case number is API-") == 2, filed
    assert str(filed.ref) in filed.text, filed


def test_two_projects_have_a_decision_each_and_the_refused_one_is_filed_only_if_insisted_on(play: Play) -> None:
    summary, filed, insisted, both = play(
        "webpino",
        ["WP-310 aur WP-311 dono cancel karke paise wapas do", "haan", "review karwao", "haan"],
        records=[project(310, 20), project(311, 60)],
    )
    assert summary.says("1/2 WP-310", "₹30,000", "2.2#8", "2/2 WP-311", "2.2#10", "tabhi file hogi"), summary
    assert "Team se review" in summary.buttons, summary
    assert filed.text.count("case number WEB-") == 1, filed
    assert filed.says("File nahi kiya", "WP-311"), filed
    assert insisted.says("WP-311", "phir bhi dekhega", "file kar dun"), insisted
    assert both.text.count("case number WEB-") == 1, both
    assert both.ref != filed.ref, both


def test_one_of_two_is_left_out_in_hindi(play: Play) -> None:
    summary, left, filed = play(
        "webpino",
        ["WP-310 और WP-311 दोनों कैंसिल करके पैसा वापस चाहिए", "WP-311 को हटा दीजिए", "हाँ"],
        records=[project(310, 20), project(311, 40)],
    )
    assert summary.says("1/2 WP-310", "2/2 WP-311", "₹20,000"), summary
    assert left.says("छोड़ दिया", "WP-311", "₹30,000", "दर्ज कर दूँ"), left
    assert filed.text.count("केस नंबर") == 1, filed


def test_a_review_of_both_files_both(play: Play) -> None:
    summary, insisted, filed = play(
        "webpino",
        ["cancel WP-310 and WP-311 and refund me", "please review it", "yes"],
        records=[project(310, 70), project(311, 60)],
    )
    assert summary.says("1/2 WP-310", "2/2 WP-311", "a person can review them"), summary
    assert insisted.says("1/2 WP-310", "2/2 WP-311", "shall I file them together"), insisted
    assert filed.text.count("case number is WEB-") == 2, filed


def test_each_item_of_each_claim_can_be_changed(play: Play) -> None:
    _, which, items, amount, disputed, summary, direct = play(
        "webpino",
        [
            "cancel WP-310 and WP-311 and refund me",
            "change something",
            "second one",
            "!tap Amount paid",
            "30000",
            "no proof",
            "WP-310 amount is 20000",
        ],
        records=[project(310, 20), project(311, 40)],
    )
    assert which.buttons == ["WP-310", "WP-311", "Keep it going"], which
    assert "Leave this one out" in items.buttons, items
    assert amount.says("▸ WP-311"), amount
    assert disputed.says("▸ WP-311", "you say ₹30,000, our record says ₹40,000"), disputed
    assert summary.says("Amount paid: ₹40,000", "WP-311", "Amount paid: ₹30,000 (our record: ₹40,000)"), summary
    assert direct.says("▸ WP-310", "₹20,000"), direct


def test_what_holds_for_both_payments_is_asked_once_and_each_has_its_own_day(play: Play) -> None:
    first, audience, days, how, *_ = said = play(
        "celerispay",
        [
            "two transactions CP8821 and CP8822 refund chahiye",
            "maine payment kiya",
            "CP8821 5 march ko hua, CP8822 7 march ko",
            "dono success hua, upi se",
            "!as +919000000002",
            "!as " + ASHA,
            "sirf CP8822",
        ],
    )
    assert first.says("▸ CP8821 + CP8822"), first
    assert audience.claim["actor"] == "customer", audience
    assert days.says("▸ CP8821", "5 Mar 2026", "▸ CP8822", "7 Mar 2026"), days
    assert (how.claim["txn_status"], how.claim["payment_mode"]) == ("success", "upi"), how
    only = said[-1]
    assert only.says("CP8821"), only
    claim = {name: only.claim.get(name) for name in ("transaction_id", "actor", "txn_status", "payment_mode")}
    assert claim == {
        "transaction_id": "CP8822",
        "actor": "customer",
        "txn_status": "success",
        "payment_mode": "upi",
    }, only
    assert str(only.claim["txn_at"]).startswith("2026-03-07"), only


def test_back_goes_over_both_claims_and_forgets_nothing(play: Play) -> None:
    *_, website, back, at_photo, further, forward = play(
        "api-infotech",
        [
            "refund for the token and the website both",
            "API-8821",
            "it was not working at all when it came, delivered yesterday 1pm",
            "unused, original packaging is there",
            "no photo",
            "back",
            "back",
            "back",
            "unused",
        ],
    )
    assert website.claim["product"] == "website", website
    assert back.says("▸ USB token", "photo"), back
    assert at_photo.open_slot == "original_packaging" or at_photo.open_slot == "used", at_photo
    assert further.claim["order_id"] == "API-8821", further
    assert forward.claim["condition"] == "defective_on_delivery", forward


def test_leaving_it_leaves_both(play: Play) -> None:
    _, left, after = play(
        "interact-technologies",
        ["sms credits aur whatsapp subscription dono ka refund chahiye", "chhodo, rehne do", "hello"],
    )
    assert left.says("chhod diya"), left
    assert left.claim == {} == after.claim, after
