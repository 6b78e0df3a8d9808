"""What an agent can do, and what the desk shows."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from files_world import JPEG
from shell_world import ASHA, RAVI, World

from bot.desk_service import AgentView, NotPossible
from bot.tables import AUDIT, CONVERSATION


def audited(world: World) -> list[str]:
    with world.engine.database.reading() as session:
        return list(session.execute(sa.select(AUDIT.c.what).order_by(AUDIT.c.id)).scalars())


def test_signing_in_gives_a_session_that_ends(world: World) -> None:
    agent = world.agent()
    token = world.engine.desk.authenticate("Meera", "a long password")
    assert world.engine.desk.agent_of(token) == agent
    assert world.engine.desk.agent_of("another") is None
    world.clock.advance(timedelta(hours=12))
    assert world.engine.desk.agent_of(token) is None


def test_signing_out_ends_the_session(world: World) -> None:
    world.agent()
    token = world.engine.desk.authenticate("Meera", "a long password")
    world.engine.desk.sign_out(token)
    assert world.engine.desk.agent_of(token) is None


def test_too_many_tries_lock_the_agent_for_a_while(world: World) -> None:
    world.agent()
    for _ in range(5):
        with pytest.raises(NotPossible):
            world.engine.desk.authenticate("Meera", "a wrong password")
    with pytest.raises(NotPossible):
        world.engine.desk.authenticate("Meera", "a long password")
    world.clock.advance(timedelta(minutes=15))
    assert world.engine.desk.authenticate("Meera", "a long password")


def test_a_stranger_is_told_what_a_wrong_password_is_told(world: World) -> None:
    world.agent()
    said = []
    for name in ("Meera", "Nobody"):
        with pytest.raises(NotPossible) as told:
            world.engine.desk.authenticate(name, "a wrong password")
        said.append(str(told.value))
    assert said[0] == said[1]


def test_a_disabled_agent_is_out_and_their_chats_go_back(world: World) -> None:
    agent = world.agent()
    token = world.engine.desk.authenticate("Meera", "a long password")
    conversation_id = world.plays("hello")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.disable_agent("Meera")
    assert world.engine.desk.agent_of(token) is None
    with pytest.raises(NotPossible):
        world.engine.desk.authenticate("Meera", "a long password")
    assert world.engine.desk.conversation(conversation_id, agent).row.owner == "bot"
    world.engine.desk.set_password("Meera", "another password")
    assert world.engine.desk.authenticate("Meera", "another password")


def test_names_are_unique_and_passwords_long(world: World) -> None:
    world.agent()
    with pytest.raises(NotPossible, match="already"):
        world.agent()
    with pytest.raises(NotPossible, match="at least 10"):
        world.engine.desk.add_agent("Ravi", "short")
    with pytest.raises(NotPossible, match="no agent 'Ravi'"):
        world.engine.desk.disable_agent("Ravi")


def test_those_who_wait_for_a_person_stand_first(world: World) -> None:
    agent = world.agent()
    waiting = world.plays("person please")
    quiet = world.plays("hello", who=RAVI)
    page = world.engine.desk.conversations(agent)
    assert [row.id for row in page.rows] == [waiting, quiet]
    assert page.rows[0].waits_for_person == "asked"
    assert page.rows[0].last_text == "A person will look."
    assert page.counts == {"all": 2, "waiting": 1, "mine": 0, "agents": 0, "bot": 2}
    world.engine.desk.take_over(waiting, agent)
    assert world.engine.desk.conversations(agent, show="waiting").rows == ()
    assert [row.id for row in world.engine.desk.conversations(agent, show="mine").rows] == [waiting]


def test_conversations_are_found_by_number_and_by_case(world: World) -> None:
    agent = world.agent()
    mine = world.plays("file it")
    world.plays("hello", who=RAVI)
    ref = world.engine.desk.cases(agent).rows[0].ref
    for words in (ASHA, ASHA[-4:], ref, ref.lower()):
        assert [row.id for row in world.engine.desk.conversations(agent, search=words).rows] == [mine]
    assert world.engine.desk.conversations(agent, search="100%").rows == ()


def test_an_agent_sees_the_brands_they_work_for(world: World) -> None:
    conversation_id = world.plays("file it")
    other = world.engine.desk.add_agent("Ravi", "a long password", ("webpino",))
    assert world.engine.desk.conversations(other).rows == ()
    assert world.engine.desk.cases(other).rows == ()
    ref = world.engine.desk.cases(world.agent()).rows[0].ref
    acts = (
        lambda: world.engine.desk.conversation(conversation_id, other),
        lambda: world.engine.desk.take_over(conversation_id, other),
        lambda: world.engine.desk.case(ref, other),
        lambda: world.engine.desk.move_case(ref, "under_review", other),
    )
    for act in acts:
        with pytest.raises(NotPossible, match="no such"):
            act()


def test_a_case_is_shown_with_decision_trace_and_timeline(world: World) -> None:
    agent = world.agent()
    world.plays("file it")
    page = world.engine.desk.cases(agent)
    assert page.counts == {"submitted": 1, "overdue": 0}
    view = world.engine.desk.case(page.rows[0].ref, agent)
    assert view.decision is not None
    assert set(view.decision) >= {"outcome", "because", "version", "known", "says"}
    assert [event.kind for event in view.timeline] == ["filed"]
    assert "approved" in view.moves


def test_the_transcript_tells_how_far_each_message_got(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.agent_says(conversation_id, agent, "I am here")
    world.engine.desk.note(conversation_id, agent, "called the warehouse")
    view = world.engine.desk.conversation(conversation_id, agent)
    assert [(line.author, line.kind, line.delivery) for line in view.messages] == [
        ("customer", "text", ""),
        ("bot", "text", "sent"),
        ("bot", "text", "queued"),
        ("agent", "text", "queued"),
        ("agent", "note", ""),
    ]
    last = view.messages[-1].id
    world.engine.settle()
    assert world.engine.desk.messages(conversation_id, agent, after=last) == ()
    assert "called the warehouse" not in world.channel.texts


def test_the_same_page_sent_twice_says_it_once(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    world.engine.desk.take_over(conversation_id, agent)
    for _ in range(2):
        world.engine.desk.agent_says(conversation_id, agent, "I am here", client_token="t1")
    world.engine.settle()
    assert world.channel.texts.count("I am here") == 1


def test_only_who_owns_the_chat_may_speak(world: World) -> None:
    agent, other = world.agent(), world.agent("Ravi")
    conversation_id = world.plays("hello")
    with pytest.raises(NotPossible, match="Take the conversation over"):
        world.engine.desk.agent_says(conversation_id, agent, "hello")
    world.engine.desk.take_over(conversation_id, agent)
    with pytest.raises(NotPossible):
        world.engine.desk.agent_says(conversation_id, other, "hello")
    with pytest.raises(NotPossible, match="between 1 and"):
        world.engine.desk.agent_says(conversation_id, agent, "  ")


def test_a_page_that_is_behind_takes_nothing_over(world: World) -> None:
    agent, other = world.agent(), world.agent("Ravi")
    conversation_id = world.plays("hello")
    epoch = world.engine.desk.conversation(conversation_id, agent).epoch
    world.engine.desk.take_over(conversation_id, agent, epoch)
    with pytest.raises(NotPossible, match="meanwhile"):
        world.engine.desk.take_over(conversation_id, other, epoch)


def test_handing_back_restates_what_is_open(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("file it", "order 8821")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.hand_back(conversation_id, agent)
    world.engine.settle()
    slot = world.engine.pack("api-infotech").newest.slots["delivered_at"]
    ref = world.engine.desk.cases(agent).rows[0].ref
    assert world.channel.texts[-1] == f"Back to the assistant. {slot.text.ask.en} {ref}"
    with world.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION)).one()
    assert (row.owner, row.agent_id, row.epoch) == ("bot", None, 2)
    with pytest.raises(NotPossible, match="already"):
        world.engine.desk.hand_back(conversation_id, agent)


def test_full_numbers_are_masked_in_an_agents_words_too(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("hello")
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.agent_says(conversation_id, agent, "your card 4111 1111 1111 1111")
    world.engine.settle()
    assert world.channel.texts[-1] == "your card ••••1111"


def test_every_act_is_in_the_audit(world: World) -> None:
    agent = world.agent()
    conversation_id = world.plays("file it")
    ref = world.engine.desk.cases(agent).rows[0].ref
    world.engine.desk.take_over(conversation_id, agent)
    world.engine.desk.agent_says(conversation_id, agent, "hello")
    world.engine.desk.move_case(ref, "under_review", agent)
    world.engine.desk.hand_back(conversation_id, agent)
    assert audited(world) == ["agent_added", "took_over", "said", "moved_case", "handed_back"]


def test_a_file_is_only_given_out_in_the_chat_it_was_sent_in(world: World) -> None:
    agent = world.agent()
    stored = world.engine.attachments.store(JPEG, "a.jpg", "photo", world.clock())
    mine = world.hears(kind="attachment", attachment=stored.as_json())
    other = world.plays("hello", who=RAVI)
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    file = world.engine.desk.look_at_file(stored.key, mine, agent)
    assert (file.name, file.mime, file.size) == ("a.jpg", "image/jpeg", len(b"".join(file.pieces)))
    for conversation_id, who in ((other, agent), (mine, replace(agent, brands=("webpino",)))):
        with pytest.raises(NotPossible):
            world.engine.desk.look_at_file(stored.key, conversation_id, who)
    assert audited(world) == ["agent_added", "looked_at_file"]


def test_a_file_has_the_name_that_its_sender_gave_it(world: World) -> None:
    agent = world.agent()
    first = world.engine.attachments.store(JPEG, "ravis-house.jpg", "photo", world.clock())
    second = world.engine.attachments.store(JPEG, "token.jpg", "photo", world.clock())
    world.hears(kind="attachment", attachment=first.as_json(), who=RAVI)
    mine = world.hears(kind="attachment", attachment=second.as_json())
    world.clock.advance(timedelta(seconds=2))
    world.engine.settle()
    assert world.engine.desk.attachment(second.key, mine, agent).name == "token.jpg"


def test_an_agent_of_no_brand_list_sees_all() -> None:
    assert AgentView("1", "Meera").may_see("webpino")
    assert not AgentView("1", "Meera", ("aptronix",)).may_see("webpino")
