"""Delivery: order, errors of providers, crashes, and messages nobody wants any more."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from shell_world import RAVI, World

from bot import outbox
from bot.channels.protocol import ChannelError, Receipt
from bot.outbox import Parcel, queue
from bot.tables import CASE, OUTBOX


def stored(world: World) -> list[sa.Row]:
    with world.engine.database.reading() as session:
        return list(session.execute(sa.select(OUTBOX).order_by(OUTBOX.c.id)).all())


def say(world: World, conversation_id: str, *texts: str) -> None:
    with world.engine.database.unit_of_work() as session:
        for text in texts:
            parcel = Parcel(text, kind="reply")
            queue(session, conversation_id, parcel, epoch=0, now=world.clock(), at=world.clock())


def test_a_sent_message_keeps_its_receipt(world: World) -> None:
    world.plays("hello")
    (row,) = stored(world)
    assert row.done
    assert row.receipt == f"SM{row.id}"
    assert row.sent_at == world.clock()


def test_a_message_waits_for_the_older_one_of_its_chat(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("later", "20429")]
    say(world, conversation_id, "one", "two")
    world.engine.deliver()
    assert world.channel.texts[1:] == []
    world.clock.advance(timedelta(seconds=2))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one", "two"]


def test_another_chat_does_not_wait(world: World) -> None:
    mine, theirs = world.plays("hello"), world.plays("hello", who=RAVI)
    world.channel.failures = [ChannelError("later", "20429")]
    say(world, mine, "stuck")
    say(world, theirs, "goes")
    world.engine.deliver()
    assert world.channel.texts[2:] == ["goes"]


def test_the_providers_own_delay_is_kept_and_is_no_failed_try(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("later", "429", timedelta(seconds=30))]
    say(world, conversation_id, "one")
    world.engine.deliver()
    row = stored(world)[-1]
    assert (row.attempts, row.next_try_at) == (0, world.clock() + timedelta(seconds=30))


def test_delays_grow_and_the_message_dies_in_the_end(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("later", "63012")] * 20
    say(world, conversation_id, "one", "two")
    for _ in range(12):
        world.clock.advance(timedelta(minutes=16))
        world.engine.deliver()
    first, second = stored(world)[1:]
    assert first.dead_at is not None
    assert second.dead_at is None


def test_a_dead_message_steps_aside(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("dead", "63024")]
    say(world, conversation_id, "one", "two")
    world.engine.deliver()
    assert world.channel.texts[1:] == ["two"]
    assert stored(world)[1].error == "63024"


def test_a_wrong_configuration_is_waited_for(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("fix_first", "20003")]
    say(world, conversation_id, "one")
    world.engine.deliver()
    assert not stored(world)[1].done
    world.clock.advance(timedelta(minutes=5))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one"]


def test_an_unclear_try_is_settled_by_asking(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("ambiguous", "timeout")]
    say(world, conversation_id, "one")
    world.engine.deliver()
    row = stored(world)[1]
    world.channel.known[row.id] = Receipt("SM-known", "delivered")
    world.clock.advance(timedelta(seconds=2))
    world.engine.deliver()
    assert world.channel.texts[1:] == []
    assert stored(world)[1].receipt == "SM-known"


def test_an_unclear_try_that_nobody_knows_of_is_repeated(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [RuntimeError("connection lost")]
    say(world, conversation_id, "one")
    world.engine.deliver()
    world.clock.advance(timedelta(seconds=2))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one"]


def test_a_message_is_not_lost_when_its_process_dies_while_sending(world: World) -> None:
    conversation_id = world.plays("hello")
    say(world, conversation_id, "one")
    assert world.engine.delivery._claim(world.clock()) is not None
    world.engine.deliver()
    assert world.channel.texts[1:] == []
    world.clock.advance(timedelta(seconds=61))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one"]


def test_a_takeover_while_a_row_is_claimed_stops_the_rows_behind_it(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    say(world, conversation_id, "one", "two")
    world.channel.before_send = lambda message: (
        world.engine.desk.take_over(conversation_id, agent) if message.text == "one" else None
    )
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one", "Meera is here."]


def test_stop_takes_back_news_that_wait(world: World) -> None:
    agent = world.agent()
    world.plays("file it")
    with world.engine.database.reading() as session:
        ref = session.execute(sa.select(CASE.c.ref)).scalar_one()
    world.channel.failures = [ChannelError("later", "20429", timedelta(hours=1))]
    assert world.engine.desk.move_case(ref, "under_review", agent).told
    world.engine.deliver()
    world.plays("stop")
    world.clock.advance(timedelta(hours=2))
    world.engine.deliver()
    assert world.channel.texts[-1] == "You said: stop"
    assert not any("under_review" in text for text in world.channel.texts)


def test_a_channel_that_is_not_set_up_does_not_lose_the_message(world: World) -> None:
    world.hears("hello", channel="telegram", sender=("telegram_id", "555"))
    world.engine.settle()
    (row,) = stored(world)
    assert (row.done, row.error_class) == (False, "fix_first")


@pytest.mark.parametrize("kind", ["handoff_notice", "apology", "push"])
def test_only_replies_are_bound_to_the_epoch(world: World, kind: outbox.Kind) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    with world.engine.database.unit_of_work() as session:
        queue(session, conversation_id, Parcel("news", kind=kind), epoch=0, now=world.clock(), at=world.clock())
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.deliver()
    assert "news" in world.channel.texts
