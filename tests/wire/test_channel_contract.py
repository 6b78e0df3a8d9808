"""What every channel promises, whichever it is. A new channel adds its maker to `MAKERS` and nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from telegram_server import BOT_ID, Refused, TelegramServer
from twilio_server import Refusal
from whatsapp_world import ASHA as WRITER
from whatsapp_world import BRAND as WHATSAPP_BRAND
from whatsapp_world import Company
from wire_world import ASHA, BRAND, Wire

from bot.channels.protocol import Channel, ChannelError, Outbound
from bot.channels.terminal import Terminal
from dialogs.turn import Button

SINCE = datetime(2026, 3, 12, tzinfo=UTC)


@dataclass
class Contract:
    """A channel under test: a message that it can send, what reached its customer, and how to make it fail once.

    `fail` is None for a channel between which and the customer nothing can fail.
    """

    channel: Channel
    message: Outbound
    arrived: Callable[[], list[str]]
    fail: Callable[[], None] | None = None


def simulator(request: pytest.FixtureRequest) -> Contract:
    wire: Wire = request.getfixturevalue("wire")
    return _local(wire.engine.simulator, [])


def terminal(_request: pytest.FixtureRequest) -> Contract:
    shown = Terminal("whatsapp")
    return _local(shown, shown)


def _local(channel: Channel, shown: Any) -> Contract:
    message = Outbound(7, BRAND, "account", "conversation", ("phone", "+919000000001"), "reply", "hello")
    arrived = (lambda: [each.text for each in shown.take("conversation")]) if isinstance(shown, Terminal) else None
    return Contract(channel, message, arrived or (lambda: ["hello"]))


def telegram(request: pytest.FixtureRequest) -> Contract:
    wire: Wire = request.getfixturevalue("wire")
    message = Outbound(7, BRAND, BOT_ID, "conversation", ("telegram_id", str(ASHA)), "reply", "hello")
    server: TelegramServer = wire.server
    refusal = Refused(500, "Internal Server Error")
    return Contract(wire.channel, message, server.texts, lambda: server.script["sendMessage"].append(refusal))


def whatsapp(request: pytest.FixtureRequest) -> Contract:
    company: Company = request.getfixturevalue("company")
    company.twilio.last_inbound[WRITER] = company.clock()
    channel = company.engine.channels["whatsapp"]
    who, sender = ("phone", WRITER.partition(":")[2]), channel.accounts[WHATSAPP_BRAND].sender
    message = Outbound(7, WHATSAPP_BRAND, sender, "conversation", who, "reply", "hello")
    too_fast = Refusal(400, 63018)
    return Contract(
        channel,
        message,
        lambda: [each.body for each in company.twilio.sent],
        lambda: company.twilio.script.append(too_fast),
    )


MAKERS: dict[str, Callable[[pytest.FixtureRequest], Contract]] = {
    "simulator": simulator,
    "terminal": terminal,
    "telegram": telegram,
    "whatsapp": whatsapp,
}


@pytest.fixture(params=MAKERS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return MAKERS[request.param](request)


def test_it_has_a_name_and_says_how_it_takes_messages(contract: Contract) -> None:
    assert contract.channel.name
    assert isinstance(contract.channel.joins, bool)
    assert isinstance(contract.channel.has_window, bool)


def test_a_sent_message_arrives_and_has_a_receipt(contract: Contract) -> None:
    receipt = contract.channel.send(contract.message)
    assert receipt.provider_id
    assert receipt.delivery in {"queued", "sent", "delivered", "read"}
    assert contract.arrived() == ["hello"]


def test_two_messages_have_two_receipts(contract: Contract) -> None:
    first = contract.channel.send(contract.message)
    second = contract.channel.send(replace(contract.message, outbox_id=8))
    assert first.provider_id != second.provider_id


@pytest.mark.parametrize("text", ["<b>&", "*x* _y_ `z` [a](b)", "नमस्ते ₹5 🙂", "a\n\nb"])
def test_no_text_is_refused_for_what_stands_in_it(contract: Contract, text: str) -> None:
    contract.channel.send(replace(contract.message, text=text))


@pytest.mark.parametrize("many", [1, 3, 10, 40])
def test_no_number_of_buttons_keeps_a_message_from_going(contract: Contract, many: int) -> None:
    buttons = tuple(Button(f"Choice {number}", f"slot:order_id:{number:060}") for number in range(many))
    assert contract.channel.send(replace(contract.message, buttons=buttons)).provider_id


def test_asking_after_a_message_gives_a_receipt_or_nothing(contract: Contract) -> None:
    receipt = contract.channel.send(contract.message)
    assert contract.channel.was_sent(contract.message, SINCE) in {receipt, None}


def test_a_failure_is_told_as_what_to_do_and_the_next_message_goes(contract: Contract) -> None:
    if contract.fail is None:
        # Delivered by being kept: there is no way on which it could be lost.
        assert contract.channel.was_sent(contract.message, SINCE) or contract.channel.send(contract.message)
        return
    contract.fail()
    with pytest.raises(ChannelError) as refusal:
        contract.channel.send(contract.message)
    assert refusal.value.error_class in {"later", "dead", "fix_first", "ambiguous", "window", "blocked"}
    assert refusal.value.code
    contract.channel.send(contract.message)
    assert contract.arrived() == ["hello"]


def test_a_file_that_nobody_sent_is_an_error_that_says_what_to_do(contract: Contract) -> None:
    with pytest.raises(ChannelError) as refusal:
        list(
            contract.channel.fetch(contract.message.brand, {"file_id": "unknown", "url": "https://elsewhere.example/x"})
        )
    assert refusal.value.error_class in {"later", "dead", "fix_first"}


def test_typing_never_raises(contract: Contract) -> None:
    contract.channel.show_typing(contract.message.brand, contract.message.recipient, "")
    contract.channel.show_typing("nobody", contract.message.recipient, "unknown")
