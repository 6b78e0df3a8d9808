"""Commands do the same in every language, at any point of the talk."""

from collections.abc import Callable
from typing import Any

import pytest
from play import Said

Play = Callable[..., list[Said]]
BRAND = "webpino"
FIRST = {"en": "hi, good morning", "hinglish": "namaste bhai kaise ho", "hi": "नमस्ते"}


@pytest.mark.parametrize("language", ["en", "hi", "hinglish"])
def test_each_command_is_answered_in_the_language_of_the_talk(play: Play, language: str) -> None:
    commands = ["/start", "/status", "/policy", "/privacy", "/language"]
    said = play(BRAND, [f"/language {language}", *commands], channel="telegram", customer="100001")
    devanagari = [any("\u0900" <= letter <= "\u097f" for letter in line.text) for line in said]
    assert devanagari == [language == "hi"] * len(said)
    assert said[-1].buttons == ["English", "हिन्दी", "Hinglish"]
    assert all(line.text for line in said)


def test_a_request_is_begun_asked_about_and_kept_open_by_commands(play: Play) -> None:
    said = play(
        BRAND,
        ["/refund", "/policy", "/status", "/start", "/privacy", "/refund@webpino_refund_bot"],
        channel="telegram",
        customer="100001",
    )
    question = said[0].text.splitlines()[-1]
    assert "?" in question
    for line in said[1:]:
        assert question in line.text, line


def test_a_person_is_called_mid_intake_and_the_request_is_kept(play: Play) -> None:
    said = play(BRAND, ["/refund", "/human"], channel="telegram", customer="100001")
    assert said[-1].says("person", "Your request stays as it is")
    assert said[-1].open_slot == said[0].open_slot


def test_stop_ends_updates_and_start_brings_them_back(play: Play) -> None:
    stopped, started, again = play(BRAND, ["/stop", "/start", "/start"], channel="telegram", customer="100001")
    assert stopped.says("START")
    assert started.says("updates on your requests here again", "welcome")
    assert not again.says("updates on your requests here again")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [("/language hi", "हिन्दी"), ("/language Hindi", "हिन्दी"), ("/LANGUAGE english", "English"), ("/help", "welcome")],
)
def test_a_command_may_be_written_in_other_ways(play: Play, line: str, wanted: str) -> None:
    [said] = play(BRAND, [line], channel="telegram", customer="100001")
    assert said.says(wanted) or "हिं" in said.text


def test_words_behind_a_command_are_read_as_a_sentence(play: Play) -> None:
    said = play(BRAND, ["/policy how many days does a refund take"], channel="telegram", customer="100001")
    assert said[0].says("10.2#4")


def test_what_is_no_command_is_read_as_it_stands(play: Play) -> None:
    values: list[Any] = play(BRAND, ["/123", "/ hello", "/nosuchcommand"], channel="telegram", customer="100001")
    assert all(line.text for line in values)
