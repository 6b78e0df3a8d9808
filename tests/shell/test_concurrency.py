"""Many at once, on both databases: two engines on one database stand for two processes."""

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from shell_world import ASHA, World, plain_step

from bot import clock
from bot.cases import PROMISE_SLIPS
from bot.channels.protocol import Outbound
from bot.desk_service import NotPossible
from bot.inbox import open_conversation
from bot.lookup import match_form
from bot.outbox import Parcel, queue
from bot.tables import CASE, CASE_EVENT, CONVERSATION, CUSTOMER, DUE, IDENTITY, INBOX, MESSAGE, ORDER_RECORD, OUTBOX
from dialogs.heard import Heard
from dialogs.talk import Talk
from dialogs.turn import Turn


@pytest.fixture
def both(make_world: Callable[..., World]) -> tuple[World, World]:
    """Two engines on one database, with one clock."""
    first, second = make_world(), make_world()
    second.clock = second.engine.clock = first.clock
    return first, second


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Does everything at the same moment; gives the results, and raises what was raised."""
    start = threading.Barrier(len(work))
    results: list[Any] = [None] * len(work)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        start.wait(10)
        try:
            results[number] = work[number]()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]
    return results


def count(world: World, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
    with world.engine.database.reading() as session:
        found: int = session.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()
    return found


def say(world: World, conversation_id: str, *texts: str) -> None:
    with world.engine.database.unit_of_work() as session:
        for text in texts:
            queue(session, conversation_id, Parcel(text, kind="push"), epoch=0, now=world.clock(), at=world.clock())


# Arriving


def test_ten_first_messages_at_once_make_one_customer_and_one_conversation(both: tuple[World, World]) -> None:
    at_once(*(lambda n=n: both[n % 2].hears(f"m{n}", provider_id=f"p{n}") for n in range(10)))
    world = both[0]
    assert [count(world, table) for table in (CUSTOMER, IDENTITY, CONVERSATION, INBOX)] == [1, 1, 1, 10]


def test_one_person_on_two_channels_at_once_is_two_identities_and_loses_nothing(both: tuple[World, World]) -> None:
    """Nothing proves that the two are one person, so they stay two."""
    at_once(
        lambda: both[0].hears("one", provider_id="p1"),
        lambda: both[1].hears("two", provider_id="p1", channel="telegram", account="bot"),
    )
    assert [count(both[0], table) for table in (IDENTITY, CONVERSATION, INBOX)] == [2, 2, 2]


def test_ten_deliveries_of_one_webhook_at_once_are_one_message(both: tuple[World, World]) -> None:
    received = at_once(*(lambda n=n: both[n % 2].hears("hello", provider_id="same") for n in range(10)))
    assert len(set(received)) == 1
    assert count(both[0], INBOX) == 1


def test_a_message_that_comes_while_a_turn_is_committed_is_answered(both: tuple[World, World]) -> None:
    """Whichever is first, the turn's end never hides a message that it did not take."""
    one, two = both
    for number in range(12):
        one.hears(f"first {number}", provider_id=f"a{number}")
        one.clock.advance(timedelta(seconds=6))
        at_once(one.engine.run_ready, lambda n=number: two.hears(f"second {n}", provider_id=f"b{n}"))
        one.clock.advance(timedelta(seconds=6))
        one.engine.settle()
        assert count(one, INBOX, INBOX.c.read_at.is_(None)) == 0, number


@pytest.mark.parametrize("owner", ["bot", "agent"])
def test_a_message_stored_between_the_last_look_and_the_end_of_a_claim_is_not_forgotten(
    both: tuple[World, World], owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row of the conversation is held from the check of the claim to the commit, so the message waits for it."""
    one, two = both
    conversation_id = one.plays("hello")
    if owner == "agent":
        one.engine.desk.take_over(conversation_id, one.agent())
    one.hears("first", provider_id="a")
    one.clock.advance(timedelta(seconds=6))
    arriving = threading.Thread(target=lambda: two.hears("second", provider_id="b"))
    let_go = one.engine.turns._let_go

    def late(*given: Any) -> None:
        let_go(*given)
        arriving.start()
        # Long enough for a message that waits for nobody to be stored and forgotten.
        arriving.join(0.3)

    monkeypatch.setattr(one.engine.turns, "_let_go", late)
    one.engine.run_ready()
    monkeypatch.undo()
    arriving.join(10)
    one.clock.advance(timedelta(seconds=6))
    one.engine.settle()
    assert count(one, INBOX, INBOX.c.read_at.is_(None)) == 0


def test_no_turn_sees_a_later_message_before_an_earlier_one(both: tuple[World, World]) -> None:
    """A web process that is slow between its insert and its commit holds up the next message of that chat, not more."""
    one, two = both
    one.plays("hello")
    slow, stored = threading.Event(), threading.Event()

    def slowly() -> None:
        with one.engine.database.unit_of_work() as session:
            row = open_conversation(
                session, brand="api-infotech", channel="whatsapp", account="whatsapp:+910000000000",
                sender=("phone", ASHA), now=one.clock(),
            )  # fmt: skip
            values = {
                "conversation_id": row.id, "channel": "whatsapp", "account": "whatsapp:+910000000000",
                "provider_id": "slow", "kind": "text", "body": one.engine.cipher.encrypt("earlier"),
                "received_at": one.clock(),
            }  # fmt: skip
            session.execute(INBOX.insert().values(**values))
            stored.set()
            slow.wait(0.5)
            session.execute(CONVERSATION.update().where(CONVERSATION.c.id == row.id).values(ready_at=one.clock()))

    writer = threading.Thread(target=slowly)
    writer.start()
    stored.wait(5)
    later = threading.Thread(target=lambda: two.hears("later", provider_id="quick"))
    later.start()
    two.engine.run_ready()
    assert two.channel.texts == []
    slow.set()
    writer.join(10)
    later.join(10)
    two.clock.advance(timedelta(seconds=6))
    two.engine.settle()
    assert two.channel.texts == ["You said: earlier / later"]


# Turns


def test_a_conversation_is_claimed_by_one(both: tuple[World, World]) -> None:
    for number in range(8):
        both[0].hears("hello", who=f"+91900000010{number}")
    both[0].clock.advance(timedelta(seconds=2))
    engines = [both[n % 2].engine for n in range(4)]
    taken = at_once(*(engine.run_ready for engine in engines))
    assert sum(taken) == 8
    assert count(both[0], MESSAGE, MESSAGE.c.author == "customer") == 8


def test_a_turn_whose_claim_ran_out_while_it_was_made_keeps_nothing(make_world: Callable[..., World]) -> None:
    """Another process took the conversation meanwhile; the slow one finds that out at its commit."""
    made: list[World] = []

    def slow(talk: Talk, heard: Sequence[Heard], *rest: Any) -> Turn:
        if len(made) == 2 and made[1].channel.texts == []:
            made[0].clock.advance(timedelta(seconds=61))
            made[1].engine.settle()
        return plain_step(talk, heard, *rest)

    made.append(make_world(step=slow))
    made.append(make_world())
    made[1].clock = made[1].engine.clock = made[0].clock
    made[0].hears("hello")
    made[0].clock.advance(timedelta(seconds=2))
    made[0].engine.settle()
    assert [*made[0].channel.texts, *made[1].channel.texts] == ["You said: hello"]
    assert count(made[0], MESSAGE, MESSAGE.c.author == "customer") == 1


def test_a_takeover_and_a_turn_at_the_same_moment(both: tuple[World, World]) -> None:
    """The agent is there at the end, nothing of the bot goes after the notice, and nothing that was said is lost."""
    one, two = both
    agent = one.agent()
    for number in range(10):
        who = f"+9190000003{number:02d}"
        conversation_id = one.hears("hello", who=who)
        one.clock.advance(timedelta(seconds=2))
        at_once(one.engine.run_ready, lambda known=conversation_id: two.engine.desk.take_over(known, agent))
        one.engine.settle()
        view = one.engine.desk.conversation(conversation_id, agent)
        assert view.row.owner == "agent"
        assert [line.text for line in view.messages if line.author == "customer"] == ["hello"]
        bots = [line for line in view.messages if line.author == "bot" and line.template == "echo"]
        assert all(line.delivery == "withdrawn" for line in bots)
    assert set(one.channel.texts) == {"Meera is here."}


def test_two_agents_who_take_over_the_same_chat_are_told_apart(both: tuple[World, World]) -> None:
    conversation_id = both[0].plays("hello")
    agents = [both[0].agent("Meera"), both[0].agent("Vikram")]

    def takes(number: int) -> bool:
        try:
            both[number].engine.desk.take_over(conversation_id, agents[number], epoch=0)
        except NotPossible:
            return False
        return True

    assert sorted(at_once(lambda: takes(0), lambda: takes(1))) == [False, True]


# Delivery


def test_two_workers_send_each_message_once_and_each_chats_in_order(both: tuple[World, World]) -> None:
    sent: list[Outbound] = []
    flying: set[str] = set()
    together: list[str] = []
    lock = threading.Lock()

    def before(message: Outbound) -> None:
        with lock:
            if message.conversation_id in flying:
                together.append(message.conversation_id)
            flying.add(message.conversation_id)
        time.sleep(0.005)
        with lock:
            flying.discard(message.conversation_id)
            sent.append(message)

    chats = [both[0].plays("hello", who=f"+91900000040{number}") for number in range(4)]
    for world in both:
        world.channel.before_send = before
    for chat in chats:
        say(both[0], chat, *(f"{number}" for number in range(8)))
    at_once(*(both[n % 2].engine.deliver for n in range(4)))
    both[0].engine.deliver()
    assert together == []
    for chat in chats:
        assert [message.text for message in sent if message.conversation_id == chat] == [str(n) for n in range(8)]


def test_a_message_under_way_holds_back_its_successors_from_another_worker(both: tuple[World, World]) -> None:
    one, two = both
    conversation_id = one.plays("hello")
    say(one, conversation_id, "one", "two")

    def meanwhile(message: Outbound) -> None:
        if message.text == "one":
            assert two.engine.deliver() == 0

    one.channel.before_send = meanwhile
    one.engine.deliver()
    assert one.channel.texts[1:] == ["one", "two"]
    assert two.channel.texts == []


def test_words_of_several_for_one_chat_at_once_are_numbered_one_after_the_other(both: tuple[World, World]) -> None:
    conversation_id = both[0].plays("hello")
    at_once(*(lambda n=n: say(both[n % 2], conversation_id, f"a{n}", f"b{n}") for n in range(6)))
    with both[0].engine.database.reading() as session:
        rows = session.execute(sa.select(OUTBOX.c.seq, OUTBOX.c.text).order_by(OUTBOX.c.seq)).all()
    assert [row.seq for row in rows] == list(range(1, 14))
    texts = [row.text for row in rows[1:]]
    assert all(texts[at + 1] == texts[at].replace("a", "b") for at in range(0, 12, 2))


def test_a_verdict_that_comes_after_the_claim_ran_out_changes_nothing_that_is_settled(
    both: tuple[World, World],
) -> None:
    """One worker hangs in its send for more than a minute and then fails; another has sent the message meanwhile."""
    one, two = both
    conversation_id = one.plays("hello")
    say(one, conversation_id, "one")

    def hangs(message: Outbound) -> None:
        one.clock.advance(timedelta(seconds=61))
        assert two.engine.deliver() == 1
        raise RuntimeError("the connection was lost at last")

    one.channel.before_send = hangs
    one.engine.deliver()
    assert two.channel.texts == ["one"]
    assert count(one, OUTBOX, ~OUTBOX.c.done) == 0
    one.clock.advance(timedelta(hours=1))
    assert one.engine.deliver() == 0


# Cases and the clock


def filed(world: World) -> str:
    world.plays("file it")
    with world.engine.database.reading() as session:
        ref: str = session.execute(sa.select(CASE.c.ref)).scalar_one()
    return ref


def test_a_case_is_moved_by_one_of_two(both: tuple[World, World]) -> None:
    ref = filed(both[0])
    agents = [both[0].agent("Meera"), both[0].agent("Vikram")]

    def moves(number: int) -> bool:
        try:
            both[number].engine.desk.move_case(ref, "under_review", agents[number], version=0)
        except NotPossible:
            return False
        return True

    assert sorted(at_once(lambda: moves(0), lambda: moves(1))) == [False, True]
    assert count(both[0], CASE_EVENT, CASE_EVENT.c.kind == "moved") == 1


def test_a_move_and_a_turn_about_the_same_case_wait_for_each_other(both: tuple[World, World]) -> None:
    """Both hold the conversation first and the case then: neither is refused, and both stand in the timeline."""
    one, two = both
    agent = one.agent()
    ref = filed(one)
    for number in range(6):
        one.hears(f"withdraw {number}", provider_id=f"w{number}")
        one.clock.advance(timedelta(seconds=6))
        state = "waiting_for_customer" if number % 2 else "under_review"

        def moves(state: str = state) -> None:
            try:
                two.engine.desk.move_case(ref, state, agent)
            except NotPossible:
                # The turn was first and the request is withdrawn: that is in the table of moves, not a fault.
                return

        at_once(one.engine.run_ready, moves)
        # A chat whose row the move held at that moment is passed over, and taken at the next look.
        one.engine.run_ready()
    assert count(one, INBOX, INBOX.c.read_at.is_(None)) == 0
    assert count(one, CASE_EVENT, CASE_EVENT.c.kind == "withdrawn") == 6


def test_what_is_due_is_done_once_by_several_schedulers(both: tuple[World, World]) -> None:
    one = both[0]
    agent = one.agent()
    ref = filed(one)
    one.engine.desk.move_case(ref, "under_review", agent)
    one.engine.desk.move_case(ref, "approved", agent, data={"amount": "100", "due": "2026-03-20"})
    due = one.engine.next_due()
    assert due is not None
    one.clock.set(due)
    assert sum(at_once(*(both[n % 2].engine.run_due for n in range(4)))) == 1
    assert count(one, CASE_EVENT, CASE_EVENT.c.kind == PROMISE_SLIPS) == 1


def test_a_due_row_whose_claim_ran_out_is_not_done_twice(both: tuple[World, World]) -> None:
    one, two = both
    agent = one.agent()
    ref = filed(one)
    one.engine.desk.move_case(ref, "under_review", agent)
    one.engine.desk.move_case(ref, "approved", agent, data={"amount": "100", "due": "2026-03-20"})
    due = one.engine.next_due()
    assert due is not None
    one.clock.set(due)
    slow = clock._claim_due(one.engine, one.clock())
    assert slow is not None
    one.clock.advance(timedelta(minutes=5))
    assert two.engine.run_due() == 1
    clock._do(one.engine, slow, one.clock())
    assert count(one, CASE_EVENT, CASE_EVENT.c.kind == PROMISE_SLIPS) == 1
    assert count(one, DUE, DUE.c.key.startswith(PROMISE_SLIPS), DUE.c.done_at.is_not(None)) == 1


def test_two_who_file_for_one_order_at_once_are_flagged(both: tuple[World, World]) -> None:
    one, two = both
    with one.engine.database.unit_of_work() as session:
        for who in (ASHA, "+919000000002"):
            session.execute(
                ORDER_RECORD.insert().values(
                    id=who, brand="api-infotech", kind="order" if who == ASHA else "payment", record_id="API-77",
                    match_id=match_form("API-77"), phone=who, facts={}, imported_at=one.clock(),
                )
            )  # fmt: skip
    one.hears("file it", who=ASHA)
    two.hears("file it", who="+919000000002", provider_id="other")
    one.clock.advance(timedelta(seconds=2))
    at_once(one.engine.run_ready, two.engine.run_ready)
    with one.engine.database.reading() as session:
        flags = [row.flags for row in session.execute(sa.select(CASE).order_by(CASE.c.ref))]
    assert sorted(map(len, flags)) == [0, 1]


def test_wrong_passwords_at_once_are_all_counted(both: tuple[World, World]) -> None:
    both[0].agent()

    def tries(number: int) -> None:
        with pytest.raises(NotPossible):
            both[number % 2].engine.desk.authenticate("Meera", "a wrong password")

    at_once(*(lambda n=n: tries(n) for n in range(5)))
    with pytest.raises(NotPossible):
        both[0].engine.desk.authenticate("Meera", "a long password")


# A clock that was set


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(hours=-3)])
def test_a_clock_that_jumps_doubles_nothing_and_loses_nothing(world: World, jump: timedelta) -> None:
    conversation_id = world.plays("hello")
    say(world, conversation_id, "one")
    jumped: list[str] = []

    def jumps(message: Outbound) -> None:
        # In the middle of a send, which by the new clock was begun hours ago, or will be.
        jumped.append(message.text)
        world.clock.advance(jump)
        assert world.engine.deliver() == 0

    world.channel.before_send = jumps
    world.engine.deliver()
    world.channel.before_send = None
    assert world.channel.texts[1:] == ["one"] == jumped
    world.hears("after the jump", provider_id="after")
    world.clock.advance(-jump)
    world.hears("and back", provider_id="back")
    world.clock.advance(timedelta(seconds=6))
    world.engine.settle()
    assert count(world, INBOX, INBOX.c.read_at.is_(None)) == 0
    # What was queued by a clock that was ahead goes when the clock has come there.
    world.clock.advance(abs(jump))
    world.engine.settle()
    said = " / ".join(text.removeprefix("You said: ") for text in world.channel.texts[2:])
    assert said == "after the jump / and back"


def test_a_claim_made_by_a_clock_that_was_wrong_ends_with_it(world: World) -> None:
    """A process died while the clock stood tomorrow; its claim must not last until then."""
    world.hears("hello")
    world.clock.advance(timedelta(days=1))
    assert world.engine.turns._claim(world.clock()) is not None
    world.clock.advance(timedelta(days=-1, seconds=2))
    world.engine.settle()
    assert world.channel.texts == ["You said: hello"]
