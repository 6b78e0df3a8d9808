"""Links from an order page: one chat, a short while, one order; everything else is the ordinary welcome."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from wire_world import ASHA, BRAND, Wire

from bot.cli.run import run
from bot.privacy import erase_person
from bot.records import import_rows
from bot.render import MESSAGES
from bot.start_links import NoSuchRecord, make_start
from bot.tables import INBOX, OUTBOX, START_TOKEN
from dialogs.step import step

RAVI = 43
ORDERS = [
    {"brand": BRAND, "kind": "project", "id": "WP-1001", "phone": "+919000000001", "name": "Asha"},
    {"brand": BRAND, "kind": "project", "id": "WP-1002", "phone": "+919000000002", "name": "Ravi"},
]


@pytest.fixture
def shop(make_wire: Callable[..., Wire]) -> Wire:
    """The real dialogue over a reader that reads nothing: links need no words."""
    wire = make_wire(step=step, templates=MESSAGES)
    import_rows(wire.engine, list(enumerate(ORDERS, 1)))
    wire.server.chats.add(RAVI)
    return wire


def opens(wire: Wire, start: str, who: int = ASHA) -> str:
    """The customer taps Start under a link; gives the answer."""
    wire.says(f"/start {start}", who)
    return wire.server.texts()[-1]


def link(wire: Wire, record_id: str = "WP-1001") -> str:
    return make_start(wire.engine, BRAND, "project", record_id)


def test_a_link_holds_nothing_of_the_order_and_fits(shop: Wire) -> None:
    first, second = link(shop), link(shop)
    assert first != second
    assert "1001" not in first
    assert re.fullmatch(r"[A-Za-z0-9_-]{20,64}", first)
    with shop.engine.database.reading() as session:
        assert first not in session.execute(sa.select(START_TOKEN.c.token_hash)).scalars().all()


def test_a_link_opens_the_chat_about_its_order(shop: Wire) -> None:
    assert "WP-1001" in opens(shop, link(shop))
    keys = shop.server.sent()[-1]["reply_markup"]["inline_keyboard"]
    assert [key["callback_data"] for row in keys for key in row] == ["start", "status", "human"]
    shop.post(shop.tap(shop.server.next_message, "start"))
    shop.answers()
    with shop.engine.database.reading() as session:
        state = session.execute(sa.text("SELECT state FROM conversation")).scalar_one()
    assert '"record_id":"WP-1001"' in state


def test_a_link_is_good_until_its_last_moment(shop: Wire) -> None:
    minutes = timedelta(minutes=shop.engine.settings.start_link_minutes)
    in_time, late = link(shop), link(shop, "WP-1002")
    shop.clock.advance(minutes - timedelta(seconds=1))
    assert "WP-1001" in opens(shop, in_time)
    shop.clock.advance(timedelta(seconds=1))
    answer = opens(shop, late)
    assert "too old" in answer
    assert "WP-1002" not in answer


def test_a_link_that_somebody_used_tells_another_nothing(shop: Wire) -> None:
    start = link(shop)
    opens(shop, start)
    answer = opens(shop, start, RAVI)
    assert "used already" in answer
    assert "WP-1001" not in answer
    assert "refund desk" in answer
    shop.says("WP-1001", RAVI)
    assert "Asha" not in shop.server.texts()[-1]


def test_the_same_chat_may_open_its_link_again_while_it_is_good(shop: Wire) -> None:
    start = link(shop)
    opens(shop, start)
    assert "WP-1001" in opens(shop, start)


def test_a_made_up_link_is_an_ordinary_welcome_with_a_line_and_another_word_without(shop: Wire) -> None:
    welcome = opens(shop, "summer_sale")
    assert "welcome" in welcome
    made_up = opens(shop, "project_" + "A" * 43)
    assert "too old" in made_up
    assert made_up.endswith(welcome.splitlines()[-1])


def test_another_brands_link_opens_nothing(shop: Wire) -> None:
    start = link(shop)
    with shop.engine.database.unit_of_work() as session:
        session.execute(START_TOKEN.update().values(brand="aptronix"))
    assert "too old" in opens(shop, start)


def test_a_link_delivered_twice_is_answered_once_and_its_token_is_not_kept(shop: Wire) -> None:
    start = link(shop)
    update = shop.message(text=f"/start {start}")
    shop.post(update)
    shop.post(update)
    shop.answers()
    assert len(shop.server.sent()) == 1
    assert [line.text for line in shop.transcript() if line.author == "customer"] == ["/start"]


def test_a_link_is_made_to_a_known_record_only(shop: Wire) -> None:
    with pytest.raises(NoSuchRecord, match="no record of the project WP-9"):
        link(shop, "WP-9")


def test_what_is_left_of_an_erased_person_names_nobody(shop: Wire) -> None:
    opens(shop, link(shop))
    erase_person(shop.engine, BRAND, str(ASHA), "command line")
    with shop.engine.database.reading() as session:
        left = [*session.execute(sa.select(INBOX.c.provider_id)).scalars()]
        receipts = [*session.execute(sa.select(OUTBOX.c.receipt)).scalars()]
        tokens = session.execute(sa.select(START_TOKEN)).all()
    assert not [each for each in left if each.startswith(f"{ASHA}:")]
    assert (set(receipts), tokens) == ({None}, [])


def test_the_command_prints_a_link(
    shop: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings: dict[str, Any] = {
        "DATA_DIR": str(shop.engine.settings.data_dir),
        "SECRET_KEY": "k" * 40,
        "TELEGRAM_API_BASE": shop.server.url,
        "BRANDS": BRAND,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"REFUND_DESK_{name}", value)
    given = ["telegram", "link", "--brand", BRAND, "--kind", "project"]
    assert run([*given, "--id", "WP-1001"]) == 0
    address = capsys.readouterr().out.strip()
    found = re.fullmatch(r"https://t\.me/made_up_refund_bot\?start=(project_[\w-]{43})", address)
    assert found is not None
    assert run([*given, "--id", "WP-9"]) == 1
    assert "import it first" in capsys.readouterr().err
