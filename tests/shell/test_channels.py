"""What every channel that delivers in this process promises."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from shell_world import BRAND, World

from bot.bell import Bell
from bot.channels.protocol import Channel, Outbound
from bot.channels.terminal import Terminal

MESSAGE = Outbound(7, BRAND, "account", "conversation", ("phone", "+919000000001"), "reply", "hello")


@pytest.fixture(params=["simulator", "terminal"])
def channel(request: pytest.FixtureRequest, world: World) -> Channel:
    make: dict[str, Callable[[], Channel]] = {
        "simulator": lambda: world.engine.simulator,
        "terminal": lambda: Terminal("whatsapp"),
    }
    return make[request.param]()


def test_a_sent_message_has_a_receipt_and_is_known_afterwards(channel: Channel) -> None:
    receipt = channel.send(MESSAGE)
    assert receipt.provider_id
    assert receipt.delivery == "read"
    assert channel.was_sent(MESSAGE, datetime(2026, 3, 12, tzinfo=UTC)) == receipt


def test_nothing_is_joined_where_somebody_waits_in_front_of_it(channel: Channel) -> None:
    assert not channel.joins


def test_the_terminal_shows_each_message_once() -> None:
    terminal = Terminal("whatsapp")
    terminal.send(MESSAGE)
    assert [message.text for message in terminal.take("conversation")] == ["hello"]
    assert terminal.take("conversation") == []
    assert terminal.take("another") == []


def test_the_bell_rings_for_those_who_listen_until_they_stop() -> None:
    bell, heard, everything = Bell(), [], []
    stop = bell.listen("desk", heard.append)
    bell.listen("*", everything.append)
    bell.ring("desk", "turns")
    stop()
    bell.ring("desk")
    assert heard == ["desk"]
    assert everything == ["desk", "turns", "desk"]
