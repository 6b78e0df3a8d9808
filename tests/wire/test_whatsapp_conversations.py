"""Whole conversations over the wire: a webhook, a turn, a message at Twilio; with taps, typed numbers and files."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from twilio_server import Sent
from whatsapp_world import ASHA, RAVI, Company

from bot.tables import ATTACHMENT, CASE, CONSENT


def numbers_of(message: Sent) -> dict[str, str]:
    """The numbers that a message offers to type, by their labels."""
    return {label: number for number, label in re.findall(r"^(\d+)\. (.+)$", message.body, re.MULTILINE)}


def test_a_greeting_is_answered_with_buttons_and_a_tap_goes_on(company: Company) -> None:
    [menu] = company.plays("hi")
    assert menu.titles == ["Start a request", "Where is my refund?", "Talk to a person"]
    [asked] = company.taps(menu, "Start a request")
    assert asked.titles, asked.body
    assert company.inbox[-1].payload == "start"


def test_a_question_is_answered_from_its_clause(company: Company) -> None:
    [answer] = company.plays("within how many hours must I report a damaged token?")
    assert "48" in answer.body
    assert "2#2" in answer.body


def test_lines_typed_quickly_get_one_answer(company: Company) -> None:
    for line in ("hi", "my token is broken", "it came yesterday"):
        company.hears(line)
        company.moves(timedelta(seconds=1))
    company.settles()
    assert len(company.twilio.sent) == 1


def test_a_request_is_filed_by_taps_and_typed_numbers_alike(company: Company) -> None:
    """The same request twice: Asha taps, Ravi's phone shows no buttons and he types numbers."""
    for who, types in ((ASHA, False), (RAVI, True)):
        company.twilio.refuse_menus = types
        sent = company.plays(
            "my usb token was broken when it arrived yesterday at 4 pm, order API-8821, still in its original packing",
            who=who,
        )
        for _ in range(12):
            message = sent[-1]
            if company.rows(CASE) and company.rows(CASE)[-1].ref in message.body:
                break
            offered = numbers_of(message) if types else {title: title for title in message.titles}
            wanted = next((each for each in ("File it", "No", "I don't have it", "Skip this") if each in offered), "")
            if not wanted:
                sent = company.plays("no", who=who)
            elif types:
                assert message.titles == []
                sent = company.plays(offered[wanted], who=who)
            else:
                sent = company.taps(message, wanted, who=who)
        company.moves(timedelta(hours=1))
    cases = company.rows(CASE)
    assert len(cases) == 2
    assert cases[0].claim_type == cases[1].claim_type
    assert cases[0].outcome == cases[1].outcome != ""


def test_a_number_means_the_choice_shown_last_and_a_figure_where_one_is_asked(company: Company) -> None:
    company.twilio.refuse_menus = True
    [menu] = company.plays("hi")
    assert numbers_of(menu)["Talk to a person"] == "3"
    [answer] = company.plays("3")
    assert "person" in answer.body.lower()
    assert company.conversations[0].waits_since is not None


@pytest.mark.parametrize("typed", ["2", " 2. ", "(2)", "option 2", "२"])
def test_a_number_is_understood_as_people_type_it(company: Company, typed: str) -> None:
    company.plays("hi", who=RAVI)
    [menu] = company.plays("hi")
    [typing] = company.plays(typed)
    [tapping] = company.taps(menu, "Where is my refund?", who=RAVI)
    assert typing.body == tapping.body


def test_a_photo_with_its_caption_is_one_turn(company: Company) -> None:
    company.plays("my usb token was broken when it arrived yesterday at 4 pm, order API-8821")
    before = len(company.twilio.sent)
    company.hears("here is the photo", media={"image/jpeg": b"\xff\xd8\xff\xe0" + b"x" * 100})
    company.settles()
    assert len(company.twilio.sent) == before + 1


def test_a_photo_is_fetched_from_twilio_looked_at_and_kept(company: Company) -> None:
    company.plays("my usb token was broken when it arrived yesterday at 4 pm, order API-8821")
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    company.hears("here is the photo", media={"image/jpeg": picture.getvalue()})
    company.settles()
    [kept] = company.rows(ATTACHMENT)
    assert (kept.kind, kept.mime) == ("photo", "image/jpeg")
    assert [method for method, path in company.twilio.requests if "/Media/" in path] == ["GET"]


def test_a_voice_note_a_place_and_a_contact_are_answered(company: Company) -> None:
    for media, more in (
        ({"audio/ogg": b"OggS"}, {}),
        (None, {"Latitude": "28.6", "Longitude": "77.2"}),
        ({"text/vcard": b"x"}, {}),
    ):
        before = len(company.twilio.sent)
        company.hears("", media=media, **more)
        company.settles()
        assert len(company.twilio.sent) == before + 1


def test_stop_ends_unasked_messages_and_start_brings_them_back(company: Company) -> None:
    company.plays("STOP", "START")
    assert [row.allowed for row in company.rows(CONSENT)] == [False, True]


def test_hindi_is_answered_in_hindi_with_hindi_buttons(company: Company) -> None:
    [menu] = company.plays("नमस्ते, मुझे रिफंड चाहिए")
    assert re.search("[\u0900-\u097f]", menu.body)
    assert all(re.search("[\u0900-\u097f]", title) for title in menu.titles)


def test_two_customers_get_their_own_answers(company: Company) -> None:
    company.hears("hi", ASHA)
    company.hears("hi", RAVI)
    company.settles()
    assert sorted(message.to for message in company.twilio.sent) == [ASHA, RAVI]
