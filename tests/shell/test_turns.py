"""Inbox, turn and outbox: what happens to a message, also when things go wrong."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from shell_world import ASHA, NOW, RAVI, World, plain_step

from bot.tables import CASE, CONVERSATION, HANDOFF, INBOX, MESSAGE, OUTBOX
from dialogs.talk import Talk
from dialogs.turn import Say, Turn


def rows(world: World, table: sa.Table) -> list[sa.Row]:
    with world.engine.database.reading() as session:
        return list(session.execute(sa.select(table).order_by(*table.primary_key)).all())


def test_a_message_is_answered_and_its_original_is_wiped(world: World) -> None:
    world.plays("my card 4111 1111 1111 1111 was charged")
    assert world.channel.texts == ["You said: my card ••••1111 was charged"]
    (inbox,) = rows(world, INBOX)
    assert inbox.body == ""
    assert inbox.read_at is not None
    texts = [row.text for row in rows(world, MESSAGE)]
    assert texts == ["my card ••••1111 was charged", "You said: my card ••••1111 was charged"]


def test_what_arrived_is_stored_encrypted(world: World) -> None:
    world.hears("my token came broken")
    (inbox,) = rows(world, INBOX)
    assert "token" not in inbox.body
    assert world.engine.cipher.decrypt(inbox.body) == "my token came broken"


def test_a_repeated_delivery_of_a_message_is_one_message(world: World) -> None:
    first = world.hears("hello", provider_id="same")
    second = world.hears("hello", provider_id="same")
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    assert first == second
    assert world.channel.texts == ["You said: hello"]


def test_ten_deliveries_at_once_make_one_conversation_and_lose_nothing(world: World) -> None:
    threads = [
        threading.Thread(target=world.hears, args=(f"m{n}",), kwargs={"provider_id": f"p{n}"}) for n in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(world, CONVERSATION)) == 1
    world.clock.advance(timedelta(seconds=5))
    world.engine.settle()
    assert {f"m{n}" for n in range(10)} == set(world.channel.texts[0].removeprefix("You said: ").split(" / "))


def test_texts_in_quick_succession_are_one_turn(world: World) -> None:
    world.hears("hi")
    world.clock.advance(timedelta(seconds=1))
    world.hears("my token")
    world.clock.advance(timedelta(seconds=1.4))
    assert world.engine.run_ready() == 0
    world.clock.advance(timedelta(seconds=0.1))
    world.engine.settle()
    assert world.channel.texts == ["You said: hi / my token"]


def test_somebody_who_keeps_typing_is_answered_after_five_seconds(world: World) -> None:
    for number in range(5):
        world.hears(f"line {number}")
        world.clock.advance(timedelta(seconds=1))
    world.engine.settle()
    assert len(world.channel.texts) == 1


def test_a_tap_goes_at_once_and_a_photo_waits_two_seconds(world: World) -> None:
    world.hears("Yes", kind="tap", payload="yes")
    world.engine.settle()
    assert len(world.channel.texts) == 1
    world.hears(kind="attachment", attachment={"key": "k", "kind": "photo", "name": "a.jpg"})
    world.clock.advance(timedelta(seconds=1.9))
    assert world.engine.run_ready() == 0
    world.clock.advance(timedelta(seconds=0.1))
    assert world.engine.run_ready() == 1


def test_messages_are_taken_by_the_providers_number(world: World) -> None:
    world.hears("second", sequence=12)
    world.hears("first", sequence=11)
    world.clock.advance(timedelta(seconds=5))
    world.engine.settle()
    assert world.channel.texts == ["You said: first / second"]


def test_a_turn_that_raises_ends_with_an_apology_and_a_person(world: World) -> None:
    world.plays("raise please")
    assert world.channel.texts == ["Sorry. API Infotech: a person is called"]
    (handoff,) = rows(world, HANDOFF)
    assert handoff.reason == "fault"
    assert handoff.urgent
    (conversation,) = rows(world, CONVERSATION)
    assert conversation.attempts == 0
    world.plays("hello again")
    assert world.channel.texts[-1] == "You said: hello again"


def test_a_turn_that_fails_once_is_tried_again(make_world: Callable[..., World]) -> None:
    tries = []

    def flaky(*given: Any) -> Turn:
        tries.append(1)
        if len(tries) == 1:
            raise KeyError("once")
        return plain_step(*given)

    world = make_world(step=flaky)
    world.plays("hello")
    assert world.channel.texts == ["You said: hello"]
    assert len(tries) == 2


def test_a_turn_that_hangs_is_left_behind(make_world: Callable[..., World]) -> None:
    release = threading.Event()

    def hangs(*given: Any) -> Turn:
        release.wait(10)
        return Turn(given[0])

    world = make_world(step=hangs, turn_seconds=0.2)
    world.plays("hello")
    release.set()
    assert world.channel.texts == ["Sorry. API Infotech: a person is called"]
    assert [row.reason for row in rows(world, HANDOFF)] == ["fault"]


def test_a_turn_that_kills_its_process_is_not_tried_for_ever(world: World) -> None:
    world.hears("deadly")
    world.clock.advance(timedelta(seconds=2))
    # Two processes claimed the turn and died before they could give it back.
    for _ in range(2):
        assert world.engine.turns._claim(world.clock()) is not None
        assert world.engine.run_ready() == 0
        world.clock.advance(timedelta(seconds=61))
    world.engine.settle()
    assert world.channel.texts == ["Sorry. API Infotech: a person is called"]


def test_a_passing_error_of_the_database_is_not_counted(make_world: Callable[..., World]) -> None:
    from sqlalchemy.exc import OperationalError

    tries = []

    def busy(*given: Any) -> Turn:
        tries.append(1)
        if len(tries) <= 3:
            raise OperationalError("select", {}, Exception("database is locked"))
        return plain_step(*given)

    world = make_world(step=busy)
    world.plays("hello")
    assert world.channel.texts == ["You said: hello"]


def test_a_turn_whose_conversation_moved_is_made_anew(make_world: Callable[..., World]) -> None:
    state = {"moved": False}

    def moving(*given: Any) -> Turn:
        if not state["moved"]:
            state["moved"] = True
            with world.engine.database.unit_of_work() as session:
                session.execute(CONVERSATION.update().values(version=CONVERSATION.c.version + 1))
            return Turn(given[0], (Say("echo", {"text": "stale"}),))
        return plain_step(*given)

    world = make_world(step=moving)
    world.plays("hello")
    assert world.channel.texts == ["You said: hello"]


def test_a_takeover_between_decide_and_commit_keeps_the_bot_silent(make_world: Callable[..., World]) -> None:
    def slow(*given: Any) -> Turn:
        with world.engine.database.reading() as session:
            conversation_id = session.execute(sa.select(CONVERSATION.c.id)).scalar_one()
        if agent.id:
            world.engine.desk.take_over(conversation_id, agent)
        return plain_step(*given)

    world = make_world(step=slow)
    agent = world.agent()
    world.plays("hello")
    assert world.channel.texts == ["Meera is here."]
    assert [row.text for row in rows(world, MESSAGE) if row.author == "customer"] == ["hello"]


def test_a_takeover_between_decide_and_send_withdraws_the_bots_words(world: World) -> None:
    agent = world.agent()
    conversation_id = world.hears("hello")
    world.clock.advance(timedelta(seconds=2))
    world.engine.run_ready()
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.settle()
    assert world.channel.texts == ["Meera is here."]
    assert [row.withdrawn_at is not None for row in rows(world, OUTBOX)] == [True, False]


def test_while_an_agent_has_the_chat_messages_are_kept_and_stop_still_works(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("file it")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.settle()
    before = len(world.channel.sent)
    world.plays("are you there", "stop")
    assert len(world.channel.sent) == before
    view = world.engine.desk.conversation(conversation_id, agent)
    assert [line.text for line in view.messages if line.author == "customer"] == ["file it", "are you there", "stop"]
    assert view.opted_out
    (case,) = rows(world, CASE)
    moved = world.engine.desk.move_case(case.ref, "under_review", agent)
    assert not moved.told


def test_an_answer_counts_only_after_its_question(world: World) -> None:
    """The step gets both moments: when the question was asked and when the message was received."""
    conversation_id = world.plays("order 8821")
    with world.engine.database.reading() as session:
        state = session.execute(
            sa.select(CONVERSATION.c.state).where(CONVERSATION.c.id == conversation_id)
        ).scalar_one()
    question = Talk.model_validate_json(state).question
    assert question is not None
    assert question.asked_at == NOW + timedelta(seconds=2)
    (inbox,) = rows(world, INBOX)
    assert inbox.received_at == NOW


def test_two_customers_have_two_conversations(world: World) -> None:
    assert world.plays("hello", who=ASHA) != world.plays("hello", who=RAVI)


@pytest.mark.parametrize("kind", ["text", "attachment"])
def test_the_loops_run_by_themselves(make_world: Callable[..., World], kind: str) -> None:
    from bot.clock import utc_now

    world = make_world()
    world.engine.clock = utc_now
    world.channel.joins = False
    rung = threading.Event()
    world.engine.start()
    try:
        world.channel.before_send = lambda _message: rung.set()
        world.hears("hello", kind=kind, received_at=utc_now())
        assert rung.wait(5)
    finally:
        world.engine.stop()
