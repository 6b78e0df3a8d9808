"""Customers who type badly, ask twice at once, ask why, go back, and give one detail after another."""

from collections.abc import Callable

import pytest
from play import ASHA, Said

Play = Callable[..., list[Said]]

WHO = "+919000000009"
ORDER = {
    "kind": "order",
    "id": "APX12345",
    "phone": WHO,
    "email": "meera@example.com",
    "order_placed_at": "2026-03-12T10:00+05:30",
    "invoiced": False,
}


@pytest.mark.parametrize(
    ("brand", "asked", "clauses"),
    [
        ("webpino", "delay hua to kya milega aur bug free fix hoga kya", {"2.2#7", "3.5#5"}),
        ("aptronix", "refund kitne din me aayega aur courier charge kaun dega", {"3.2#1", "2.3#4"}),
        ("celerispay", "upi refund time, card refund time", {"2.3#1", "2.3#2"}),
    ],
)
def test_two_questions_in_one_message_get_two_answers(play: Play, brand: str, asked: str, clauses: set[str]) -> None:
    (said,) = play(brand, [asked])
    assert clauses <= set(said.clauses), said
    assert said.open_slot is None, said


def test_back_after_a_skip_goes_to_the_skipped_question_and_twice_goes_two_back(play: Play) -> None:
    *_, skipped, back, twice, answered = play(
        "aptronix",
        ["cancel my order", "APX88120", "yesterday 5 pm", "not yet", "skip", "back", "back", "not yet"],
    )
    assert skipped.open_slot == "on_sale", skipped
    assert back.open_slot == "payment_method", back
    assert twice.open_slot == "invoiced", twice
    assert twice.claim["invoiced"] is False, twice
    assert answered.open_slot == "payment_method", answered
    assert str(answered.claim["order_placed_at"]).startswith("2026-03-11T17:00"), answered


@pytest.mark.parametrize("why", ["kyu puch rhe ho ye", "why do you ask that", "यह क्यों पूछ रहे हो"])
def test_a_why_in_place_of_a_yes_is_answered_and_the_question_asked_again(play: Play, why: str) -> None:
    *_, unsure, asked_why, agreed, again = play(
        "aptronix", ["cancel my order APX88120", "yesterday 5 pm", "not yet", "card", why, "ok", "haan"]
    )
    assert unsure.open_slot == asked_why.open_slot == "payment_method", unsure
    assert "payment_method" not in unsure.claim, unsure
    assert len(asked_why.buttons) == len(unsure.buttons) == 2, asked_why
    assert agreed.claim["payment_method"] == "credit_card", agreed
    assert agreed.open_slot == "on_sale", agreed
    assert again.claim["payment_method"] == "credit_card", again


def test_a_yes_to_no_question_sets_nothing(play: Play) -> None:
    *_, first, second = play("aptronix", ["cancel my order", "APX88120", "ok", "haan"])
    assert first.open_slot == second.open_slot == "order_placed_at", second
    assert set(second.claim) == {"order_id"}, second


def test_the_most_that_may_come_back_is_told_before_all_is_known(play: Play) -> None:
    _, in_words, in_hinglish = play(
        "webpino",
        ["i want to cancel my project, paid 40000", "what is the max I can get", "zyada se zyada kitna milega"],
    )
    assert in_words.says("at most", "₹40,000", "It still hangs on") or in_words.says("the most", "₹40,000"), in_words
    assert in_hinglish.says("zyada se zyada", "₹40,000"), in_hinglish
    assert in_hinglish.open_slot == in_words.open_slot == "project", in_hinglish


def test_shortened_and_joined_words_are_read(play: Play) -> None:
    late, used = (
        play("webpino", ["website abhi tk nhi bni 2 mahine hogye, paise wapas krdo"])[0],
        play("api-infotech", ["token toota hua aaya", "API-55", "kal dopahar", "use nhi kia"])[-1],
    )
    assert late.claim["ground"] == "late", late
    assert used.claim["used"] is False, used


def test_a_day_and_its_hour_told_apart_are_one_time(play: Play) -> None:
    _, told = play("aptronix", ["i want to cancel my order APX88120", "11 march morning 10 am"])
    assert told.says("11 Mar 2026, 10:00 IST"), told


def test_days_and_figures_of_a_story_are_neither_a_status_nor_a_sum(play: Play) -> None:
    _, days, story = play(
        "webpino",
        [
            "i want to cancel my project",
            "they told me 15 days",
            "we are a family of 4 in sector 4500 and i called them on monday and again on friday but nothing",
        ],
    )
    assert not days.says("nothing is filed"), days
    assert "amount_paid" not in story.claim, story


def test_a_sum_is_no_order_number(play: Play) -> None:
    _, told = play("webpino", ["i want to cancel my project", "amount 30000"])
    assert told.claim["amount_paid"] == 30000, told
    assert "project" not in told.claim, told


def test_another_second_detail_may_be_tried_and_the_last_try_tells_nothing(play: Play) -> None:
    said = play(
        "aptronix",
        ["cancel my order APX12345", "9811111111", "9811111112", WHO.removeprefix("+91")],
        records=[ORDER],
    )
    assert said[0].says("APX12345", "can't find that"), said[0]
    assert said[1].says("doesn't fit either"), said[1]
    assert said[1].text == said[2].text, said[2]
    assert said[3].says("I found APX12345"), said[3]

    known = play("aptronix", ["cancel my order APX12345", *["9811111111"] * 3, WHO[3:]], records=[ORDER])
    unknown = play("aptronix", ["cancel my order APX99999", *["9811111111"] * 3, WHO[3:]], records=[ORDER])
    assert [each.text.replace("APX99999", "APX12345") for each in unknown] == [each.text for each in known]
    assert not any(each.says("I found") for each in known), known


@pytest.mark.parametrize(
    ("typed", "route"),
    [
        ("my account number is 50100123456789", "registered e-mail"),
        ("mera account number 50100123456789 hai", "registered email"),
        ("मेरा खाता नंबर 123456789012 है, इसी में भेज दो", "रजिस्टर्ड ईमेल"),
    ],
)
def test_a_hidden_account_number_names_the_brands_own_way(play: Play, typed: str, route: str) -> None:
    _, hidden = play("aptronix", ["order cancel krdo", typed])
    assert hidden.says(route, "3.4"), hidden
    assert hidden.text.count("contactus@aptronixindia.com") == 1, hidden
    assert hidden.open_slot == "order_id", hidden
    (elsewhere,) = play("webpino", [typed])
    assert not elsewhere.says("aptronix"), elsewhere


def test_a_place_is_kept_for_the_agent_and_the_open_question_comes_back(play: Play) -> None:
    _, place, *_ = play(
        "api-infotech", ["token toota hua aaya", "!location 26.9124,75.7873 | Jaipur", "!as " + ASHA, "hello"]
    )
    assert place.says("location", "Order number"), place
    assert place.open_slot == "order_id", place


def test_a_refusal_against_the_policys_word_gives_no_reason_that_is_none(play: Play) -> None:
    *_, declined = play(
        "webpino",
        ["cancel my app project WP-77, 40 percent done, paid 40000 on 3 march", "file it", "file it", "!case declined"],
    )
    assert declined.state == "declined", declined
    assert declined.says("a person tells you exactly why"), declined
    assert not declined.says("The reason:"), declined


def test_a_refusal_states_its_reason_without_a_persons_words(play: Play) -> None:
    *_, declined = play(
        "api-infotech",
        ["my dsc is issued and downloaded, refund me", "API-8821", "1800", "review it", "yes", "!case declined"],
    )
    assert declined.state == "declined", declined
    assert declined.says("The reason:", "downloaded", "1#1"), declined


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("ट्रेनिंग कल है नहीं आ सकता पैसे वापस", "2026-03-13"),
        ("training kal hai, nahi aa sakta, paise wapas chahiye", "2026-03-13"),
        ("training kal thi, attend nahi kiya, paise wapas chahiye", "2026-03-11"),
    ],
)
def test_kal_is_tomorrow_for_what_lies_ahead_and_yesterday_for_what_was(play: Play, typed: str, day: str) -> None:
    (said,) = play("api-infotech", [typed])
    assert str(said.claim["session_at"]).startswith(day), said
