"""Delivery: order, errors of providers, crashes, and messages nobody wants any more."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from shell_world import ACCOUNT, NOW, RAVI, Recorder, World

from bot import outbox, senders
from bot.channels.protocol import ChannelError, Outbound, Receipt
from bot.outbox import Parcel, queue
from bot.receipts import note_blocked
from bot.senders import Pace
from bot.tables import CASE, CONVERSATION


class Remote:
    """The recorder as a channel of a provider: its messages are paced."""

    joins, has_window = True, False

    def __init__(self, recorder: Recorder) -> None:
        self.name = recorder.name
        self.send, self.was_sent = recorder.send, recorder.was_sent
        self.fetch, self.show_typing = recorder.fetch, recorder.show_typing


@pytest.fixture
def make_paced(make_world: Callable[..., World]) -> Callable[..., World]:
    """Makes worlds whose messages are paced: by the settings given, and one a second to each chat after three."""

    def make(**settings: float) -> World:
        world = make_world(**settings)
        world.engine.channels["whatsapp"] = Remote(world.channel)
        return world

    return make


@pytest.fixture
def paced(make_paced: Callable[..., World]) -> World:
    return make_paced()


def stored(world: World) -> list[sa.Row]:
    return world.outbox()


def say(world: World, conversation_id: str, *texts: str) -> None:
    world.says(conversation_id, *texts)


def waits(world: World) -> timedelta:
    """How long the newest message waits from now."""
    wait: timedelta = stored(world)[-1].next_try_at - world.clock()
    return wait


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
    world.engine.delivery.chance = lambda: 1.0
    delays = []
    for _ in range(12):
        world.engine.deliver()
        delays.append(stored(world)[1].next_try_at - world.clock())
        world.clock.advance(timedelta(minutes=15))
    assert [delay.total_seconds() for delay in delays[:11]] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
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


def test_half_of_a_delay_is_chance(world: World) -> None:
    conversation_id = world.plays("hello")
    for number, chance in enumerate((0.0, 0.5, 1.0)):
        world.engine.delivery.chance = lambda chance=chance: chance
        world.channel.failures = [ChannelError("later", "63012")]
        say(world, conversation_id, f"n{number}")
        world.engine.deliver()
        assert waits(world) == timedelta(seconds=1 + chance)
        world.clock.advance(timedelta(seconds=2))
        world.engine.deliver()


# Tries that may have gone


def test_an_unclear_message_is_repeated_a_few_times_and_dies_then(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("ambiguous", "timeout")] * 9
    say(world, conversation_id, "one", "two")
    tried_at = []
    world.channel.before_send = lambda message: tried_at.append(world.clock()) if message.text == "one" else None
    begun = world.clock()
    for _ in range(30):
        world.engine.deliver()
        if stored(world)[1].dead_at is not None:
            break
        world.clock.set(stored(world)[1].next_try_at)
    assert len(tried_at) == 5
    assert tried_at[-1] - begun > timedelta(minutes=9)
    assert stored(world)[2].dead_at is None


def test_tries_that_surely_did_not_go_do_not_count_as_unclear(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("later", "refused")] * 6 + [ChannelError("ambiguous", "timeout")]
    say(world, conversation_id, "one")
    for _ in range(8):
        world.engine.deliver()
        world.clock.advance(timedelta(minutes=15))
    assert world.channel.texts[1:] == ["one"]


def test_a_provider_that_cannot_say_whether_it_went_is_asked_again_and_nothing_is_repeated(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("ambiguous", "timeout")]
    say(world, conversation_id, "one")
    world.engine.deliver()
    asked = []

    def is_down(message: Outbound, since: datetime) -> Receipt | None:
        asked.append(message.text)
        if len(asked) <= 20:
            raise ChannelError("later", "not connected")
        return Receipt("SM-known")

    world.engine.channels["whatsapp"].was_sent = is_down  # type: ignore[method-assign]
    for _ in range(22):
        world.clock.advance(timedelta(seconds=30))
        world.engine.deliver()
    assert len(asked) == 21
    assert world.channel.texts[1:] == []
    assert stored(world)[1].receipt == "SM-known"


def test_a_message_whose_sending_kills_every_process_is_given_up(world: World) -> None:
    conversation_id = world.plays("hello")
    say(world, conversation_id, "poison", "next")
    for _ in range(5):
        assert world.engine.delivery._claim(world.clock()) is not None
        world.clock.advance(timedelta(seconds=61))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["next"]
    assert stored(world)[1].error == "died"


def test_a_provider_is_down_for_ten_minutes_and_every_message_goes_once_and_in_order(world: World) -> None:
    chats = [world.plays("hello", who=f"+9190000000{number:02}") for number in range(5)]
    down_until = world.clock() + timedelta(minutes=10)
    errors = [
        ChannelError("later", "not connected"),
        ChannelError("ambiguous", "500"),
        ChannelError("later", "429", timedelta(seconds=20)),
    ]

    def is_down(message: Outbound) -> None:
        if world.clock() < down_until:
            raise errors[message.outbox_id % 3]

    world.channel.before_send = is_down
    for second in range(30 * 60):
        if second < 600 and second % 60 == 0:
            for chat in chats:
                say(world, chat, f"at {second}")
        world.engine.deliver()
        world.clock.advance(timedelta(seconds=1))
    heard = defaultdict(list)
    for message in world.channel.sent[5:]:
        heard[message.conversation_id].append(message.text)
    assert set(map(tuple, heard.values())) == {tuple(f"at {second}" for second in range(0, 600, 60))}
    assert not [row for row in stored(world) if not row.done or row.dead_at]


# Senders


def test_a_wrong_configuration_stops_the_sender_and_costs_no_message_a_try(world: World) -> None:
    mine, theirs = world.plays("hello"), world.plays("hello", who=RAVI)
    elsewhere = world.hears("hello", account="another number", who="+919000000003")
    say(world, mine, "one")
    say(world, theirs, "two")
    tried = []
    world.channel.before_send = lambda message: tried.append(message.text)
    for _ in range(20):
        world.channel.failures = [ChannelError("fix_first", "20003")]
        assert world.engine.deliver() == 1
        say(world, elsewhere, "of another number")
        assert world.engine.deliver() == 1
        with world.engine.database.reading() as session:
            (paused,) = senders.paused(session)
        assert (paused.account, paused.reason) == (ACCOUNT, "20003")
        world.clock.set(paused.until - timedelta(microseconds=1))
        say(world, mine, "queued while it is paused")
        assert world.engine.deliver() == 0
        world.clock.set(paused.until)
    assert len(tried) == 40
    assert all(row.attempts == 0 for row in stored(world) if not row.done)
    world.engine.deliver()
    assert {"one", "two"} <= set(world.channel.texts)
    with world.engine.database.reading() as session:
        assert senders.paused(session) == ()


def test_a_limit_of_the_whole_sender_stops_all_its_chats(world: World) -> None:
    mine, theirs = world.plays("hello"), world.plays("hello", who=RAVI)
    world.channel.failures = [ChannelError("later", "20429", timedelta(seconds=30), sender_wide=True)]
    say(world, mine, "one")
    say(world, theirs, "two")
    assert world.engine.deliver() == 1
    world.clock.advance(timedelta(seconds=30))
    assert world.engine.deliver() == 2
    assert all(row.attempts == 1 for row in stored(world))


@pytest.mark.parametrize(("burst", "moments"), [(1, [0, 1, 2, 3, 4]), (3, [0, 0, 0, 1, 2])])
def test_a_pace_lets_a_burst_go_and_then_one_at_a_time(burst: int, moments: list[int]) -> None:
    pace, spent, at = Pace(timedelta(seconds=1), burst), None, NOW
    went = []
    for _ in moments:
        at = pace.earliest(spent, at)
        spent = pace.spend(spent, at)
        went.append((at - NOW).total_seconds())
    assert went == moments


def test_a_rest_gives_the_burst_back() -> None:
    pace, spent = Pace(timedelta(seconds=1), 3), NOW + timedelta(seconds=3)
    for rested, expected in ((0, 1), (1, 0), (2, 0)):
        moment = NOW + timedelta(seconds=rested)
        assert pace.earliest(spent, moment) - moment == timedelta(seconds=expected)


def test_one_chat_gets_three_at_once_and_then_one_a_second_in_order(paced: World) -> None:
    conversation_id = paced.hears("hello")
    say(paced, conversation_id, *"abcdef")
    counts = []
    for _ in range(4):
        paced.engine.deliver()
        counts.append(len(paced.channel.sent))
        paced.clock.advance(timedelta(seconds=1))
    assert counts == [3, 4, 5, 6]
    assert "".join(paced.channel.texts) == "abcdef"


def test_a_chat_at_its_limit_holds_up_no_other(paced: World) -> None:
    mine, theirs = paced.hears("hello"), paced.hears("hello", RAVI)
    say(paced, mine, *"abcd")
    say(paced, theirs, "x")
    paced.engine.deliver()
    assert sorted(paced.channel.texts) == ["a", "b", "c", "x"]


def test_the_chats_of_a_sender_share_its_limit_and_each_message_gets_its_slot(
    make_paced: Callable[..., World],
) -> None:
    paced = make_paced(whatsapp_per_second=10)
    chats = [paced.hears("hello", f"+9190000000{number:02}") for number in range(12)]
    for chat in chats:
        say(paced, chat, "news")
    went = []
    for _ in range(13):
        paced.engine.deliver()
        went.append(len(paced.channel.sent))
        paced.clock.advance(timedelta(seconds=0.1))
    assert went == [*range(1, 13), 12]


def test_two_processes_share_one_limit(paced: World) -> None:
    session_of = paced.engine.database.unit_of_work
    pace = Pace(timedelta(seconds=1), 1)
    with session_of() as session:
        # Both read the same moment; the second finds it taken and gets the next.
        first = senders.take_slot(session, pace, "whatsapp", ACCOUNT, None, NOW)
        second = senders.take_slot(session, pace, "whatsapp", ACCOUNT, None, NOW)
    assert (first, second) == (NOW, NOW + timedelta(seconds=1))


# Who cannot be reached


def blocked_at(world: World, conversation_id: str) -> object:
    with world.engine.database.reading() as session:
        return session.execute(
            sa.select(CONVERSATION.c.blocked_at).where(CONVERSATION.c.id == conversation_id)
        ).scalar_one()


def test_who_blocked_us_gets_nothing_until_they_write_and_then_the_news_they_missed(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("blocked", "403")]
    say(world, conversation_id, "one")
    world.says(conversation_id, "Your money went.", kind="push")
    world.engine.deliver()
    assert world.channel.texts[1:] == []
    assert [row.error_class for row in stored(world)[1:]] == ["blocked", "blocked"]
    assert [line.delivery for line in world.engine.desk.messages(conversation_id, world.agent())][2:] == [
        "dead",
        "dead",
    ]
    assert blocked_at(world, conversation_id) == world.clock()
    world.plays("hello again")
    assert blocked_at(world, conversation_id) is None
    assert world.channel.texts[1:] == ["Your money went.", "You said: hello again"]


def test_a_block_that_was_taken_back_without_a_word_lets_new_messages_go(world: World) -> None:
    conversation_id = world.plays("hello")
    for blocked in (True, False):
        note_blocked(
            world.engine, channel="whatsapp", account=ACCOUNT, sender=("phone", "+919000000001"), blocked=blocked
        )
        say(world, conversation_id, f"while blocked: {blocked}")
        world.engine.deliver()
    assert world.channel.texts[1:] == ["while blocked: False"]


# Order


def test_a_message_that_is_held_lets_younger_ones_pass_and_goes_at_its_time(world: World) -> None:
    conversation_id = world.plays("hello")
    morning = world.clock() + timedelta(hours=8)
    world.says(conversation_id, "news", kind="push", not_before=morning)
    say(world, conversation_id, "reply")
    world.engine.deliver()
    assert world.channel.texts[1:] == ["reply"]
    world.clock.set(morning - timedelta(microseconds=1))
    assert world.engine.deliver() == 0
    world.clock.set(morning)
    world.engine.deliver()
    assert world.channel.texts[2:] == ["news"]


def test_a_held_message_that_becomes_due_waits_for_the_one_that_is_under_way(world: World) -> None:
    conversation_id = world.plays("hello")
    soon = world.clock() + timedelta(seconds=1)
    world.says(conversation_id, "news", kind="push", not_before=soon)
    say(world, conversation_id, "reply")
    claimed = world.engine.delivery._claim(world.clock())
    assert claimed is not None
    assert claimed.message.text == "reply"
    world.clock.set(soon)
    assert world.engine.delivery._claim(world.clock()) is None


def test_a_reply_that_was_queued_before_a_takeover_does_not_go_after_the_hand_back_either(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    world.channel.failures = [ChannelError("later", "20429")]
    say(world, conversation_id, "old")
    world.says(conversation_id, "Your refund is approved.", kind="push")
    world.engine.deliver()
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.hand_back(conversation_id, agent)
    world.clock.advance(timedelta(minutes=1))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["Your refund is approved.", "Meera is here.", "Back to the assistant."]
    old = stored(world)[1]
    assert old.withdrawn_at is not None
    assert old.epoch == 0


def test_a_reply_that_reached_the_outbox_with_an_old_epoch_is_taken_back_at_the_claim(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.hand_back(conversation_id, agent)
    say(world, conversation_id, "late")
    world.engine.deliver()
    assert "late" not in world.channel.texts
    assert stored(world)[-1].error_class == "epoch"


# The provider's word


def receipt_of(world: World) -> str:
    receipt: str = stored(world)[-1].receipt
    return receipt


@pytest.mark.parametrize(
    "words", [["sent", "delivered", "read"], ["read", "delivered", "sent"], ["delivered", "delivered", "read", "sent"]]
)
def test_receipts_in_any_order_and_more_than_once_end_at_the_farthest(world: World, words: list[str]) -> None:
    conversation_id = world.plays("hello")
    for word in words:
        assert world.status(receipt_of(world), word)  # type: ignore[arg-type]
    row = stored(world)[-1]
    assert (row.delivery, row.seen_at) == ("read", world.clock())
    assert world.engine.desk.messages(conversation_id, world.agent())[-1].delivery == "read"


def test_a_receipt_that_comes_before_the_send_returned_counts(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.before_send = lambda message: (
        world.status(f"SM{message.outbox_id}", "delivered", outbox_id=message.outbox_id) and None
    )
    say(world, conversation_id, "one")
    world.engine.deliver()
    row = stored(world)[-1]
    assert (row.done, row.delivery, row.receipt, row.claimed_until) == (True, "delivered", f"SM{row.id}", None)


def test_a_failure_that_comes_before_the_send_returned_counts_too(world: World) -> None:
    conversation_id = world.plays("hello")
    world.channel.before_send = lambda message: (
        world.status(f"SM{message.outbox_id}", "failed", ChannelError("dead", "63024"), outbox_id=message.outbox_id)
        and None
    )
    say(world, conversation_id, "one")
    world.engine.deliver()
    row = stored(world)[-1]
    assert (row.delivery, row.error) == ("failed", "63024")
    assert row.dead_at is not None


def test_what_failed_after_the_send_is_tried_again_within_a_limit(world: World) -> None:
    world.engine.delivery.chance = lambda: 1.0
    conversation_id = world.plays("hello")
    say(world, conversation_id, "one")
    world.engine.deliver()
    for _ in range(4):
        for _ in range(2):
            world.status(receipt_of(world), "failed", ChannelError("later", "63012"))
        world.clock.advance(timedelta(minutes=1))
        world.engine.deliver()
    assert world.channel.texts[1:] == ["one"] * 4
    row = stored(world)[-1]
    assert (row.delivery, row.error_class) == ("failed", "later")


def test_a_failure_after_the_customer_has_read_it_changes_nothing(world: World) -> None:
    world.plays("hello")
    world.status(receipt_of(world), "read")
    world.status(receipt_of(world), "failed", ChannelError("dead", "63024"))
    assert stored(world)[-1].delivery == "read"


def test_a_word_on_a_message_of_nobody_is_not_ours(world: World) -> None:
    world.plays("hello")
    assert not world.status("SM-of-somebody-else", "delivered")
    assert not world.status("SM-of-somebody-else", "delivered", outbox_id=stored(world)[-1].id)


# How quickly the next message is found


def test_a_ready_message_is_found_by_an_index_however_much_is_stored(world: World) -> None:
    if world.engine.database.shared:
        pytest.skip("PostgreSQL reads an empty table as a whole, and says so")
    now = world.clock()
    given = {"now": now, "long_after": now, "sending": ["a", "b"]}
    for statement in (outbox._IS_READY, outbox._READY_TO_CLAIM, outbox._NEXT_TRY):
        with world.engine.database.reading() as session:
            compiled = statement.params(given).compile(
                session.get_bind(), compile_kwargs={"literal_binds": True, "render_postcompile": True}
            )
            rows = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
        plan = "\n".join(row.detail for row in rows)
        assert not re.search(r"\bSCAN\b(?! CONSTANT)|TEMP B-TREE", plan), plan
        assert "ix_outbox_unsent" in plan
