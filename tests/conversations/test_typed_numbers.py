"""A number typed for one of the choices shown last is the tap it stands for, unless a figure is what was asked."""

from datetime import datetime, timedelta

import pytest

from bot.packs import read_pack
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.scene import Scene
from dialogs.talk import Question, Talk
from dialogs.taps import as_tap

NOW = datetime.fromisoformat("2026-03-12T18:00+05:30")
CHOICES = ("start", "status", "human")


def payload(text: str, *, slot: str = "", choices: tuple[str, ...] = CHOICES, received: datetime = NOW) -> str:
    """What a typed text carries as a tap; empty where it stays a text. `slot` is what is asked."""
    pack = read_pack("webpino")
    question = Question(kind="slot", name=slot, asked_at=NOW) if slot else None
    scene = Scene(Talk(choices=choices, question=question, seen_at=NOW), pack, pack.newest, Records(), NOW)
    message = as_tap(scene, Heard(Message("1", "text", received, text), "en")).message
    assert (message.kind == "tap") == bool(message.payload)
    return message.payload


@pytest.mark.parametrize(
    ("text", "carried"),
    [
        ("1", "start"),
        ("3", "human"),
        ("0", ""),
        ("4", ""),
        ("03", "human"),
        ("2.", "status"),
        ("option 2", "status"),
        ("Number 2", "status"),
        ("विकल्प २", "status"),
        ("2 days", ""),
        ("1 2", ""),
        ("1st", ""),
        ("-", ""),
        ("", ""),
    ],
)
def test_only_a_bare_number_within_the_choices_counts(text: str, carried: str) -> None:
    assert payload(text) == carried


def test_without_choices_a_number_is_a_number() -> None:
    assert payload("1", choices=()) == ""


@pytest.mark.parametrize(("slot", "carried"), [("completion_percent", ""), ("amount_paid", ""), ("project", "start")])
def test_where_a_figure_is_asked_a_number_is_the_answer(slot: str, carried: str) -> None:
    assert payload("1", slot=slot) == carried


def test_a_number_typed_before_the_choices_were_shown_means_none_of_them() -> None:
    assert payload("1", received=NOW - timedelta(seconds=1)) == ""
    assert payload("1", received=NOW + timedelta(seconds=1)) == "start"
