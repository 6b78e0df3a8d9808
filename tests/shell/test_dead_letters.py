"""Messages that were given up: shown, and sent again by who put right what stopped them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from shell_world import BRAND, RAVI, World

from bot.channels.protocol import ChannelError
from bot.cli.run import run
from bot.dead_letters import NotDead, dead_letters, replay
from bot.privacy import erase_person
from bot.tables import AUDIT

DEAD = ChannelError("dead", "63024")


def give_up(world: World, conversation_id: str, *texts: str) -> list[int]:
    """Queues messages that the provider refuses; gives their numbers."""
    before = len(world.outbox())
    world.channel.failures = [DEAD] * len(texts)
    world.says(conversation_id, *texts)
    world.engine.deliver()
    return [row.id for row in world.outbox()[before:]]


def test_what_was_given_up_is_listed_with_its_reason(world: World) -> None:
    (number,) = give_up(world, world.plays("hello"), "one")
    (letter,) = dead_letters(world.engine)
    assert (letter.id, letter.brand, letter.channel) == (number, BRAND, "whatsapp")
    assert (letter.error_class, letter.code, letter.attempts) == ("dead", "63024", 1)
    assert dead_letters(world.engine, ["webpino"]) == []
    assert dead_letters(world.engine, [BRAND]) == [letter]


def test_it_goes_again_at_the_end_of_its_chat_and_in_order(world: World) -> None:
    conversation_id = world.plays("hello")
    numbers = give_up(world, conversation_id, "one", "two")
    world.channel.failures = [ChannelError("later", "429")]
    world.says(conversation_id, "three")
    world.engine.deliver()
    replay(world.engine, numbers[::-1], "Asha")
    world.clock.advance(timedelta(minutes=1))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["three", "one", "two"]
    assert dead_letters(world.engine) == []
    with world.engine.database.reading() as session:
        lines = session.execute(sa.select(AUDIT).where(AUDIT.c.what == "replayed").order_by(AUDIT.c.id)).all()
    assert [(line.who, line.data["outbox_id"], line.data["code"]) for line in lines] == [
        ("Asha", number, "63024") for number in numbers
    ]


def test_it_goes_although_an_agent_had_the_chat_meanwhile(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    numbers = give_up(world, conversation_id, "one")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.hand_back(conversation_id, agent)
    replay(world.engine, numbers, "Asha")
    world.engine.deliver()
    assert world.channel.texts[-1] == "one"


def test_only_what_was_given_up_can_be_sent_again(world: World) -> None:
    conversation_id = world.plays("hello")
    (sent,) = (row.id for row in world.outbox())
    numbers = give_up(world, conversation_id, "one")
    for wrong in ([sent], [999], [*numbers, sent]):
        with pytest.raises(NotDead, match="was given up"):
            replay(world.engine, wrong, "Asha")
    assert len(dead_letters(world.engine)) == 1


def test_words_that_were_erased_are_not_sent(world: World) -> None:
    numbers = give_up(world, world.plays("hello"), "one")
    erase_person(world.engine, BRAND, "+919000000001", "Asha")
    with pytest.raises(NotDead, match="erased"):
        replay(world.engine, numbers, "Asha")


@pytest.fixture
def command(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs the command line on the world's database; gives exit code, output and errors."""
    monkeypatch.setenv("REFUND_DESK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REFUND_DESK_DATABASE_URL", world.engine.settings.url)
    monkeypatch.setenv("REFUND_DESK_SECRET_KEY", "k" * 40)

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(arguments)
        said = capfd.readouterr()
        return code, said.out, said.err

    # A command sets the logs up anew, to an output that is closed when the test ends.
    before = structlog.get_config()
    yield call
    structlog.configure(**before)


def test_the_command_lists_and_replays(world: World, command: Callable[..., tuple[int, str, str]]) -> None:
    numbers = give_up(world, world.plays("hello"), "one", "two")
    code, out, _ = command("outbox", "dead", "--json")
    assert code == 0
    assert [json.loads(line)["id"] for line in out.splitlines()] == numbers[::-1]
    assert command("outbox", "dead")[1].splitlines()[-1] == "2 given up"
    assert command("outbox", "replay", str(numbers[0]))[:2] == (0, "1 to be sent again\n")
    code, out, err = command("outbox", "replay", str(numbers[0]))
    assert (code, out) == (1, "")
    assert "outbox dead" in err
    assert command("outbox", "replay", "--all", "--brand", "webpino")[1] == "0 to be sent again\n"
    assert command("outbox", "replay", "--all", "--brand", BRAND, "--json")[1] == f'{{"replayed": [{numbers[1]}]}}\n'
    assert command("outbox", "replay")[0] == command("outbox", "replay", "1", "--all")[0] == 2
    world.clock.set(datetime.now(UTC))
    world.engine.deliver()
    assert world.channel.texts[1:] == ["one", "two"]


def test_doctor_names_a_sender_that_is_paused(world: World, command: Callable[..., tuple[int, str, str]]) -> None:
    world.channel.failures = [ChannelError("fix_first", "20003 no such account")]
    world.says(world.plays("hello", who=RAVI), "one")
    world.channel.failures = [ChannelError("fix_first", "20003 no such account")]
    world.engine.deliver()
    code, out, _ = command("doctor", "--json")
    told = [json.loads(line) for line in out.splitlines()]
    (paused,) = (each for each in told if each["what"].startswith("whatsapp whatsapp:"))
    assert code == 1
    assert not paused["ok"]
    assert "20003 no such account" in paused["says"]
