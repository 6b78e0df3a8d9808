"""The rendering of messages, the simulator's clock, logs and erasing."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
from files_world import JPEG, archive
from jinja2 import TemplateError
from shell_world import ASHA, BRAND, NOW, RAVI, World

from bot.channels.simulator import NoSuchChat
from bot.logs import set_up_logs
from bot.privacy import NobodyFound, erase_person, export_files, export_person
from bot.records import import_rows
from bot.render import Renderer
from bot.tables import CASE, DUE, IDENTITY, INBOX, MESSAGE, OUTBOX
from policies.words import Words

# Rendering


@pytest.fixture
def renderer(tmp_path: Path) -> Renderer:
    for language in ("en", "hi", "hinglish"):
        folder = tmp_path / "messages" / language
        folder.mkdir(parents=True)
        (folder / "_m.j2").write_text("{% macro when(x) %}{{ x|moment }}{% endmacro %}")
        (folder / "m.j2").write_text(
            '{% import "en/_m.j2" as m %}{{ a|rupees }}; {{ d|day }}; {{ m.when(t) }}; {{ w|words }}; {{ n }}'
            "\n\n\n\nEnd  \n"
        )
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "en.yaml").write_text("file: File it\n")
    return Renderer(tmp_path / "messages")


VALUES = {
    "a": Decimal("125000.50"),
    "d": date(2026, 3, 11),
    "t": datetime(2026, 3, 11, 13, 12, tzinfo=UTC),
    "w": Words(en="token", hi="टोकन", hinglish="token hai"),
    "n": "A & <b>",
}


def test_amounts_days_and_moments_are_shown_the_indian_way(renderer: Renderer) -> None:
    assert renderer.render("m", "en", VALUES) == "₹1,25,000.50; 11 Mar 2026; 11 Mar 18:42 IST; token; A & <b>\n\nEnd"
    assert "11 मार्च 2026" in renderer.render("m", "hi", VALUES)
    assert "टोकन" in renderer.render("m", "hi", VALUES)
    assert "token hai" in renderer.render("m", "hinglish", VALUES)
    assert renderer.render("m", "fr", VALUES) == renderer.render("m", "en", VALUES)


def test_a_missing_value_and_a_missing_message_are_errors(renderer: Renderer) -> None:
    with pytest.raises(TemplateError):
        renderer.render("m", "en", {key: value for key, value in VALUES.items() if key != "n"})
    with pytest.raises(TemplateError):
        renderer.render("nothing", "en", {})
    with pytest.raises(TypeError, match="never a float"):
        renderer.render("m", "en", {**VALUES, "a": 1.5})


def test_labels_are_looked_up_by_their_key(renderer: Renderer) -> None:
    assert renderer.label("@file") == "File it"
    assert renderer.label("As it stands") == "As it stands"
    with pytest.raises(TemplateError):
        renderer.label("@unknown")


# The simulator


def test_the_simulator_is_answered_at_once(world: World) -> None:
    simulator = world.engine.simulator
    chat_id = simulator.open(BRAND, ASHA)
    assert simulator.open(BRAND, ASHA) == chat_id
    simulator.say(chat_id, "hello", client_token="one")
    simulator.say(chat_id, "hello", client_token="one")
    world.engine.settle()
    assert [(line.author, line.text) for line in simulator.messages(chat_id)] == [
        ("customer", "hello"),
        ("bot", "You said: hello"),
    ]
    simulator.tap(chat_id, "yes", "Yes")
    assert simulator.send_file(chat_id, JPEG, "a.jpg", "photo", "see this") == ""
    assert simulator.send_file(chat_id, archive(), "a.zip") == "wrong_kind"
    world.engine.settle()
    assert simulator.messages(chat_id)[-1].text == "You said: Yes / see this / attachment"


def test_a_simulated_chat_has_a_clock_of_its_own(world: World) -> None:
    simulator = world.engine.simulator
    chat_id, other = simulator.open(BRAND, ASHA), simulator.open(BRAND, RAVI)
    simulator.say(chat_id, "person please")
    world.engine.settle()
    assert simulator.chat(chat_id).next_due == NOW + timedelta(minutes=10)
    simulator.jump(chat_id, timedelta(days=1))
    assert simulator.now(chat_id) == NOW + timedelta(days=1)
    assert simulator.now(other) == NOW
    with world.engine.database.reading() as session:
        done = session.execute(sa.select(DUE.c.done_at).order_by(DUE.c.id)).scalars().all()
    assert done[0] == NOW + timedelta(minutes=10)
    simulator.say(chat_id, "hello")
    world.engine.settle()
    assert simulator.messages(chat_id)[-1].at == NOW + timedelta(days=1)


def test_jumping_to_the_next_due_moment_shows_what_would_be_pushed(world: World) -> None:
    simulator = world.engine.simulator
    chat_id = simulator.open(BRAND, ASHA)
    simulator.say(chat_id, "file it")
    world.engine.settle()
    ref = simulator.chat(chat_id).cases[0]["ref"]
    eta = {"eta": {"starts": "approval", "then": []}}
    with world.engine.database.unit_of_work() as session:
        values = {"eta_least": 7, "eta_most": 10, "decision": eta, "amount_min_paise": 100, "amount_max_paise": 100}
        session.execute(CASE.update().values(**values))
    world.engine.desk.move_case(ref, "approved", world.agent())
    due = simulator.jump_to_next(chat_id)
    world.engine.settle()
    assert due == datetime(2026, 3, 25, 13, 30, tzinfo=UTC)
    assert simulator.messages(chat_id)[-1].text.startswith(f"{ref} is late")
    assert simulator.chat(chat_id).moved_by == due - NOW


def test_a_real_chat_is_no_simulated_one(world: World) -> None:
    conversation_id = world.plays("hello")
    with pytest.raises(NoSuchChat):
        world.engine.simulator.messages(conversation_id)
    with pytest.raises(ValueError, match="only moves on"):
        world.engine.simulator.jump(world.engine.simulator.open(BRAND, ASHA), timedelta(hours=-1))


def test_a_simulated_number_sees_nothing_of_the_real_one(world: World) -> None:
    world.plays("file it")
    chat_id = world.engine.simulator.open(BRAND, ASHA)
    assert world.engine.simulator.chat(chat_id).cases == ()


# Logs


def test_logs_have_ids_and_no_words(capsys: pytest.CaptureFixture[str], world: World) -> None:
    set_up_logs("INFO")
    try:
        world.plays("raise alarm", "my number is 9876543210")
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        structlog.reset_defaults()
    assert {"turn_failed", "turn_given_up", "turn"} <= {line["event"] for line in lines}
    failed = next(line for line in lines if line["event"] == "turn_failed")
    assert failed["error"] == "ValueError"
    assert failed["at"][-1].startswith("shell_world:")
    text = json.dumps(lines)
    for private in ("alarm", "9876543210", ASHA, "broken"):
        assert private not in text


# Privacy


def test_everything_held_of_a_person_is_given_out_and_can_be_erased(world: World, tmp_path: Path) -> None:
    import_rows(world.engine, [(1, {"brand": BRAND, "kind": "order", "id": "API-8821", "phone": ASHA, "name": "Asha"})])
    photo = world.engine.attachments.store(JPEG, "a.jpg", "photo", NOW)
    world.plays("file it", "my token broke")
    world.hears("see", kind="attachment", attachment=photo.as_json())
    world.plays("hello", who=RAVI)
    held = list(export_person(world.engine, BRAND, ASHA))
    assert {"customer", "identity", "conversation", "message", "refund_case", "case_event", "attachment"} <= {
        row["table"] for row in held
    }
    assert "hello" not in json.dumps(held, default=str)
    assert export_files(world.engine, BRAND, ASHA, tmp_path / "files") == 1
    assert (tmp_path / "files" / f"{photo.key}.jpg").stat().st_size == photo.size
    erased = erase_person(world.engine, BRAND, ASHA, "command line")
    assert (erased.customers, erased.files, erased.cases, erased.records) == (1, 1, 1, 1)
    with world.engine.database.reading() as session:
        texts = session.execute(sa.select(MESSAGE.c.text)).scalars().all()
        assert "my token broke" not in " ".join(texts)
        assert "You said: hello" in texts
        assert session.execute(sa.select(IDENTITY.c.value).where(IDENTITY.c.value == ASHA)).first() is None
        assert set(session.execute(sa.select(INBOX.c.body)).scalars()) == {""}
        assert "You said: my token broke" not in session.execute(sa.select(OUTBOX.c.text)).scalars().all()
        case = session.execute(sa.select(CASE)).one()
    assert (case.state, case.facts["product"]) == ("submitted", "usb_token")
    assert not (world.engine.settings.attachments_dir / photo.key[:2] / photo.key).exists()
    with pytest.raises(NobodyFound):
        erase_person(world.engine, BRAND, ASHA, "command line")
