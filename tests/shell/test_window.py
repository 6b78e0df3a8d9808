"""WhatsApp's 24-hour window: what goes freely, what goes as a template, and what waits for the customer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from shell_world import BRAND, NOW, World

from bot import window
from bot.channels.protocol import ApprovedTemplate, ChannelError
from bot.tables import CASE, CONVERSATION, MESSAGE_TEMPLATE

DAY, MARGIN, INSTANT = timedelta(hours=24), timedelta(minutes=10), timedelta(microseconds=1)
WINDOW_CLOSED = ChannelError("window", "63016")
TEXTS = {
    "case_under_review": ("News of {{ref}} from {{brand}}: under review.", {"ref": "API-1", "brand": "A"}),
    "case_approved": ("News of {{ref}} for you: approved. Our team says {{note}} so far.", {"ref": "A", "note": "x"}),
    "message_waiting": ("Hello from {{brand}}, we have a message for you.", {"brand": "A"}),
}


@pytest.fixture
def whatsapp(make_world: Callable[..., World], templates: Path) -> World:
    """A world whose channel has a window, with texts for templates."""
    for language in ("en", "hi", "hinglish"):
        folder = templates.parent / "whatsapp" / language
        folder.mkdir(parents=True)
        for name, (says, examples) in TEXTS.items():
            lines = "".join(f"  {key}: {value}\n" for key, value in examples.items())
            (folder / f"{name}.yaml").write_text(f"says: '{says}'\nexamples:\n{lines}", encoding="utf-8")
    world = make_world()
    world.channel.has_window = True
    return world


def approve(world: World, *names: str, language: str = "en", status: str = "approved") -> None:
    for name in names:
        text = world.engine.template_texts.get(name, language)
        assert text is not None
        with world.engine.database.unit_of_work() as session:
            session.execute(
                MESSAGE_TEMPLATE.insert().values(
                    brand=BRAND,
                    name=name,
                    language=language,
                    content_sid=f"HX-{name}",
                    variables=list(text.variables),
                    status=status,
                )
            )


def filed(world: World) -> str:
    world.plays("file it")
    with world.engine.database.reading() as session:
        ref: str = session.execute(sa.select(CASE.c.ref)).scalar_one()
    return ref


def closed_since(world: World, conversation_id: str) -> object:
    query = sa.select(CONVERSATION.c.window_closed_at).where(CONVERSATION.c.id == conversation_id)
    with world.engine.database.reading() as session:
        return session.execute(query).scalar_one()


# The window itself


@pytest.mark.parametrize(
    ("after", "is_open"),
    [
        (timedelta(), True),
        (DAY - MARGIN - INSTANT, True),
        (DAY - MARGIN, False),
        (DAY, False),
    ],
)
def test_it_closes_a_margin_before_a_day_is_over(after: timedelta, is_open: bool) -> None:
    assert window.is_open(NOW + after, last_inbound_at=NOW, closed_at=None, margin=MARGIN) is is_open


def test_without_a_margin_it_is_a_whole_day() -> None:
    last = NOW + DAY - INSTANT
    assert window.is_open(last, last_inbound_at=NOW, closed_at=None, margin=timedelta())
    assert not window.is_open(last + INSTANT, last_inbound_at=NOW, closed_at=None, margin=timedelta())


def test_the_providers_word_closes_it_until_the_customer_writes_again() -> None:
    for closed, expected in ((NOW + INSTANT, False), (NOW, False), (NOW - INSTANT, True)):
        assert window.is_open(NOW + MARGIN, last_inbound_at=NOW, closed_at=closed, margin=MARGIN) is expected


def test_who_never_wrote_has_none() -> None:
    assert not window.is_open(NOW, last_inbound_at=None, closed_at=None, margin=MARGIN)


# Sending


def test_news_go_as_text_to_the_last_moment_and_as_a_template_after_it(whatsapp: World) -> None:
    approve(whatsapp, "case_under_review")
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.clock.set(NOW + DAY - MARGIN - INSTANT)
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.deliver()
    assert whatsapp.channel.sent[-1].approved is None
    whatsapp.clock.set(NOW + DAY - MARGIN)
    whatsapp.engine.desk.move_case(ref, "waiting_for_customer", agent)
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.deliver()
    brand = whatsapp.engine.pack(BRAND).brand.name
    assert whatsapp.channel.sent[-1].approved == ApprovedTemplate("HX-case_under_review", {"1": ref, "2": brand})
    assert [row.sent_as for row in whatsapp.outbox()][-2:] == ["", "HX-case_under_review"]


def test_what_has_no_approved_template_waits_and_one_notice_goes(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "first", "second", author="agent")
    whatsapp.engine.deliver()
    (notice,) = whatsapp.channel.sent[1:]
    assert notice.template == "message_waiting"
    assert notice.approved is not None
    assert whatsapp.engine.deliver() == 0
    lines = whatsapp.engine.desk.messages(conversation_id, whatsapp.agent())
    assert [line.delivery for line in lines[2:4]] == ["parked", "parked"]


def test_the_customers_next_message_brings_what_waited_before_the_answer(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "first", "second", author="agent")
    whatsapp.engine.deliver()
    whatsapp.plays("what is it?")
    assert whatsapp.channel.texts[2:] == ["first", "second", "You said: what is it?"]
    assert not any(row.parked_at for row in whatsapp.outbox())


def test_a_notice_goes_once_in_each_closed_window(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    conversation_id = whatsapp.plays("hello")
    for _ in range(2):
        for _ in range(2):
            whatsapp.clock.advance(DAY)
            whatsapp.says(conversation_id, "news", author="agent")
            whatsapp.engine.deliver()
        whatsapp.plays("hello")
    assert [message.template for message in whatsapp.channel.sent].count("message_waiting") == 2


def test_a_notice_that_has_not_gone_is_taken_back_when_the_customer_writes(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.channel.failures = [ChannelError("later", "20429")]
    whatsapp.engine.deliver()
    whatsapp.plays("hello?")
    assert whatsapp.channel.texts[1:] == ["news", "You said: hello?"]


def test_without_any_approved_template_it_waits_in_silence(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting", status="pending")
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.engine.deliver()
    assert whatsapp.channel.texts[1:] == []
    whatsapp.plays("hello?")
    assert whatsapp.channel.texts[1:] == ["news", "You said: hello?"]


def test_who_stopped_unasked_messages_gets_no_notice(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    conversation_id = whatsapp.plays("stop")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.engine.deliver()
    assert whatsapp.channel.texts[1:] == []


def test_the_takeover_alone_is_no_message_that_waits(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting")
    agent = whatsapp.agent()
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.engine.desk.take_over(conversation_id, agent)
    whatsapp.engine.deliver()
    assert whatsapp.channel.texts[1:] == []
    whatsapp.engine.desk.agent_says(conversation_id, agent, "Your refund went today.")
    whatsapp.engine.deliver()
    assert [message.template for message in whatsapp.channel.sent[1:]] == ["message_waiting"]
    whatsapp.hears("thanks")
    whatsapp.engine.deliver()
    assert whatsapp.channel.texts[2:] == ["Meera is here.", "Your refund went today."]


def test_a_template_in_another_language_does_not_do(whatsapp: World) -> None:
    approve(whatsapp, "message_waiting", language="hi")
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY)
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.says(conversation_id, "ख़बर", author="agent", language="hi")
    whatsapp.engine.deliver()
    assert [message.language for message in whatsapp.channel.sent[1:]] == ["hi"]


def test_what_a_template_cannot_hold_waits_as_a_text(whatsapp: World) -> None:
    approve(whatsapp, "case_approved", "message_waiting")
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.clock.advance(DAY)
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.desk.move_case(ref, "approved", agent, data={"note": "word " * 100})
    whatsapp.engine.deliver()
    assert [message.template for message in whatsapp.channel.sent[1:]] == ["message_waiting"]


def test_line_breaks_of_a_note_do_not_reach_the_template(whatsapp: World) -> None:
    approve(whatsapp, "case_approved")
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.clock.advance(DAY)
    whatsapp.engine.desk.move_case(ref, "approved", agent, data={"note": "two\n\nlines\tand     blanks"})
    whatsapp.engine.deliver()
    approved = whatsapp.channel.sent[-1].approved
    assert approved is not None
    assert approved.variables["2"] == "two lines and blanks"


# The provider's clock decides


def test_a_refusal_at_the_send_closes_the_window_at_once(whatsapp: World) -> None:
    approve(whatsapp, "case_under_review")
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.channel.failures = [WINDOW_CLOSED]
    whatsapp.clock.advance(timedelta(minutes=1))
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.deliver()
    (sent,) = whatsapp.channel.sent[1:]
    assert sent.approved is not None
    assert closed_since(whatsapp, sent.conversation_id) == whatsapp.clock()


@pytest.mark.parametrize("template", [True, False])
def test_a_refusal_after_the_send_brings_the_message_back_once(whatsapp: World, template: bool) -> None:
    approve(whatsapp, "message_waiting", *(["case_under_review"] if template else []))
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.clock.advance(timedelta(minutes=1))
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.deliver()
    first = whatsapp.outbox()[-1]
    assert whatsapp.status(first.receipt, "sent")
    for _ in range(3):
        assert whatsapp.status(first.receipt, "failed", WINDOW_CLOSED)
    whatsapp.engine.deliver()
    assert whatsapp.channel.sent[-1].template == ("case_under_review" if template else "message_waiting")
    assert len(whatsapp.channel.sent) == 3
    whatsapp.status(first.receipt, "failed", WINDOW_CLOSED)
    assert whatsapp.engine.deliver() == 0
    if not template:
        whatsapp.clock.advance(timedelta(minutes=1))
        whatsapp.plays("yes?")
        assert whatsapp.channel.texts[-2:] == [f"{ref} under_review", "You said: yes?"]


def test_a_template_that_is_refused_for_the_window_is_not_sent_for_ever(whatsapp: World) -> None:
    approve(whatsapp, "case_under_review")
    agent = whatsapp.agent()
    ref = filed(whatsapp)
    whatsapp.clock.advance(DAY)
    whatsapp.engine.desk.move_case(ref, "under_review", agent)
    whatsapp.engine.deliver()
    assert whatsapp.status(whatsapp.outbox()[-1].receipt, "failed", WINDOW_CLOSED)
    assert whatsapp.engine.deliver() == 0
    assert whatsapp.outbox()[-1].dead_at is not None


def test_a_message_that_was_found_late_opens_no_window(whatsapp: World) -> None:
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(timedelta(hours=30))
    whatsapp.hears("an old one", received_at=NOW - timedelta(hours=1))
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.clock.advance(timedelta(seconds=5))
    whatsapp.engine.settle()
    assert "news" not in whatsapp.channel.texts


def test_a_channel_without_a_window_never_waits(whatsapp: World) -> None:
    whatsapp.channel.has_window = False
    conversation_id = whatsapp.plays("hello")
    whatsapp.clock.advance(DAY * 9)
    whatsapp.says(conversation_id, "news", author="agent")
    whatsapp.engine.deliver()
    assert whatsapp.channel.texts[1:] == ["news"]
