"""How long texts are cut into messages: within the channel's limit, nothing lost, nothing torn apart."""

import re

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from shell_world import World

from bot.channels.limits import LIMITS, length, split, split_for
from bot.outbox import Parcel, queue
from bot.tables import MESSAGE, OUTBOX
from dialogs.turn import Button

PIECES = st.sampled_from(
    [
        "refund ", "₹1,25,000.50 ", "₹ 1,499 ", "Rs. 500 ", "clause 2#2.1 ", "clauses 1#2, refund-mode#1 ",
        "*in bold words* ", "https://example.com/a?b=c#d ", "Done. ", "ठीक है। ", "Really? ", "😀 ", "\n", "\n\n",
        "API-7K3M9 ", "(clause 2#2) ", "नमस्ते ", "x" * 40 + " ", " ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=0, max_size=120).map("".join)
TOGETHER = re.compile(
    r"₹ ?[\d,]*\d(?:\.\d+)?|Rs\. \d+|clause \d#[\d.]*\d|clauses 1#2, refund-mode#1|\*in bold words\*|https://\S+|API-\w+"
)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(TEXTS, st.integers(60, 400), st.integers(60, 400))
def test_parts_fit_lose_nothing_and_tear_nothing_apart(text: str, most: int, last: int) -> None:
    last = min(most, last)
    parts = split(text, most, last)
    assert all(length(part) <= most for part in parts)
    assert length(parts[-1]) <= last
    assert bare("".join(parts)) == bare(text)
    if len(parts) > 1:
        assert all(part == part.strip() != "" for part in parts)
    for whole in set(TOGETHER.findall(text)):
        if length(whole) <= 60:
            assert sum(part.count(whole) for part in parts) == text.count(whole), (whole, parts)


@given(st.text(min_size=1, max_size=300), st.integers(4, 50))
def test_any_text_at_all_can_be_cut(text: str, most: int) -> None:
    parts = split(text, most, most)
    assert all(length(part) <= most for part in parts)
    assert bare("".join(parts)) == bare(text)


@pytest.mark.parametrize(
    ("channel", "buttons", "limit"),
    [("whatsapp", False, 1600), ("whatsapp", True, 1024), ("telegram", False, 4096), ("telegram", True, 4096)],
)
def test_a_text_at_the_limit_stays_one_and_one_sign_more_makes_two(channel: str, buttons: bool, limit: int) -> None:
    assert split_for(channel, "x" * limit, buttons=buttons) == ("x" * limit,)
    assert len(split_for(channel, "x" * (limit + 1), buttons=buttons)) == 2


def test_an_emoji_counts_as_two() -> None:
    assert len(split_for("telegram", "😀" * 2048, buttons=False)) == 1
    assert len(split_for("telegram", "😀" * 2049, buttons=False)) == 2


def test_the_simulator_shows_any_text_in_one() -> None:
    assert split_for("simulator", "x" * 9000, buttons=True) == ("x" * 9000,)


def test_a_paragraph_is_a_better_place_than_a_sentence_and_that_than_a_word() -> None:
    first, second = "One two three. Four five six.", "Seven eight."
    assert split(f"{first}\n\n{second}", 40, 40) == (first, second)
    assert split(f"{first} {second}", 40, 40) == (first, second)
    assert split("one two three four five six seven", 20, 20) == ("one two three four", "five six seven")


def test_what_needs_two_messages_only_for_its_buttons_keeps_the_question_with_them() -> None:
    facts, question = "\n".join(f"• Fact {number}: told" for number in range(80)), "Is this right, shall I file it?"
    parts = split_for("whatsapp", f"{facts}\n\n{question}", buttons=True)
    assert parts == (facts, question)


def test_a_letter_keeps_its_signs_where_a_word_must_be_cut() -> None:
    parts = split("कि" * 30, 7, 7)
    assert all(len(part) % 2 == 0 for part in parts)


def test_each_part_is_a_row_of_the_outbox_and_of_the_transcript(world: World) -> None:
    conversation_id = world.plays("hello")
    text = "\n\n".join(f"Paragraph {number}: " + "word " * 90 + f"(clause {number}#1)." for number in range(4))
    parcel = Parcel(text, "reply", buttons=(Button("Yes", "yes"),), clauses=("0#1", "3#1", "9#9"), client_token="t1")
    with world.engine.database.unit_of_work() as session:
        queue(session, conversation_id, parcel, epoch=0, now=world.clock(), at=world.clock())
    world.engine.settle()
    with world.engine.database.reading() as session:
        sent = session.execute(sa.select(OUTBOX).order_by(OUTBOX.c.id)).all()[1:]
        shown = session.execute(sa.select(MESSAGE).where(MESSAGE.c.author == "bot").order_by(MESSAGE.c.id)).all()[1:]
    assert len(sent) == len(shown) == 2
    assert [row.seq for row in sent] == [sent[0].seq, sent[0].seq + 1]
    assert [bool(row.buttons) for row in sent] == [False, True]
    assert [row.client_token for row in sent] == ["t1", None]
    assert [row.outbox_id for row in shown] == [row.id for row in sent]
    assert [row.text for row in shown] == world.channel.texts[1:]
    assert [row.clauses for row in shown] == [["0#1", "9#9"], ["3#1"]]
    assert all(length(row.text) <= LIMITS["whatsapp"].text for row in sent)
