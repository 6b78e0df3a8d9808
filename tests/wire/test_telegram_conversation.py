"""A conversation over the wire with the product as it is shipped: webhook, turn, message, taps, an open request."""

from collections.abc import Callable
from pathlib import Path

import pytest
from wire_world import BRAND, Wire

from bot.models import reader_for
from bot.render import MESSAGES
from bot.tables import CASE
from dialogs.step import step


@pytest.fixture
def product(make_wire: Callable[..., Wire], request: pytest.FixtureRequest) -> Wire:
    # The models are those that the conversations build and keep.
    models: Path = request.config.cache.mkdir("refund-desk")
    wire = make_wire(step=step, templates=MESSAGES, reader_for=lambda brand, _folder: reader_for(brand, models))
    wire.engine.reader(BRAND)
    return wire


def tap(wire: Wire, label: str) -> str:
    """Taps the newest button of that label; gives the answer."""
    keys = [key for row in wire.server.sent()[-1]["reply_markup"]["inline_keyboard"] for key in row]
    data = next(key["callback_data"] for key in keys if key["text"] == label)
    wire.post(wire.tap(wire.server.next_message, data))
    return wire.answers()[-1]


def test_a_customer_asks_claims_changes_their_mind_and_calls_a_person(product: Wire) -> None:
    wire = product
    wire.says("/start")
    assert "WebPino" in wire.server.texts()[-1]
    assert "?" in tap(wire, "Start a request")
    wire.says("my website project, 40000 paid, I want to cancel")
    before = wire.server.texts()[-1]
    wire.says("how many days does the refund take?")
    assert wire.server.texts()[-1] != before
    wire.post(wire.message(photo=[{"file_id": "P", "file_unique_id": "u", "file_size": 9}], caption="the invoice"))
    wire.answers()
    wire.says("/human")
    assert "person" in wire.server.texts()[-1]
    assert wire.server.refused == []
    assert [row.author for row in wire.transcript()].count("customer") == 6
    with wire.engine.database.reading() as session:
        assert session.execute(CASE.select()).all() == []


def test_hindi_is_greeted_in_hindi_by_the_hint_until_words_say_otherwise(product: Wire) -> None:
    wire = product
    update = wire.message(text="/start")
    update["message"]["from"]["language_code"] = "hi-IN"
    wire.post(update)
    assert "नमस्ते" in wire.answers()[-1]
    wire.says("where is my refund please tell me now")
    assert wire.server.texts()[-1].isascii() or "request" in wire.server.texts()[-1]
