"""/desk: signing in, seeing, taking over, answering, handing back, moving cases."""

import io
import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from httpx import Response
from PIL import Image
from web_world import BRAND, PASSWORD, TestClient, Trying, csrf_of

from bot import senders
from bot.desk_service import AgentView
from bot.engine import Engine
from bot.outbox import Parcel, queue
from bot.tables import ATTACHMENT, AUDIT, CASE, CONVERSATION, OUTBOX
from bot.web.desk import COOKIE

SignIn = Callable[..., str]


def _login(client: TestClient, name: str, password: str, then: str = "") -> Response:
    form = client.get("/desk/login").text.split('name="csrf" value="')[1].split('"')[0]
    return client.post("/desk/login", data={"csrf": form, "name": name, "password": password, "next": then})


def _conversation(engine: Engine) -> str:
    everything = AgentView("", "test")
    row = engine.desk.conversations(everything).rows[0]
    return str(row.id)


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/cases", "/desk/cases/API-00000", "/desk/conversations/x", "/desk/undelivered"]
)
def test_without_signing_in_there_is_only_the_sign_in_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/desk/login")


def test_signing_in_leads_to_where_one_wanted_to_go_and_nowhere_else(client: TestClient, engine: Engine) -> None:
    engine.desk.add_agent("Asha", PASSWORD)
    assert _login(client, "Asha", PASSWORD, "/desk/cases?state=approved").headers["location"] == (
        "/desk/cases?state=approved"
    )
    for elsewhere in ("https://example.com", "//example.com", "/desk/../try", "/deskx", "javascript:1"):
        assert _login(client, "Asha", PASSWORD, elsewhere).headers["location"] == "/desk"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient, sign_in: SignIn) -> None:
    sign_in()
    engine_cookie = _login(client, "Asha", PASSWORD).headers["set-cookie"].lower()
    assert COOKIE in engine_cookie
    assert "httponly" in engine_cookie
    assert "samesite=lax" in engine_cookie
    assert "path=/desk" in engine_cookie


def test_a_wrong_password_says_nothing_about_names_and_is_counted(client: TestClient, engine: Engine) -> None:
    engine.desk.add_agent("Asha", PASSWORD)
    wrong = [_login(client, name, "not the password") for name in ("Asha", "Nobody")]
    texts = {answer.text.split('role="alert">')[1].split("<")[0] for answer in wrong}
    assert len(texts) == 1
    for _ in range(5):
        _login(client, "Asha", "not the password")
    assert _login(client, "Asha", PASSWORD).status_code == 403


def test_one_address_may_not_try_for_ever(client: TestClient) -> None:
    statuses = [_login(client, f"name-{n}", "guess guess guess").status_code for n in range(21)]
    assert set(statuses[:20]) == {403}
    assert statuses[20] == 429


def test_signing_out_ends_the_session(client: TestClient, sign_in: SignIn) -> None:
    token = sign_in()
    kept = client.cookies[COOKIE]
    client.post("/desk/logout", data={"csrf": token})
    client.cookies.set(COOKIE, kept, path="/desk")
    assert client.get("/desk").status_code == 303


def test_a_form_without_its_token_does_nothing(client: TestClient, trying: Trying, sign_in: SignIn) -> None:
    trying.says("hi")
    sign_in()
    chat = _conversation(trying.engine)
    assert client.post(f"/desk/conversations/{chat}/take", data={"csrf": "made up"}).status_code == 403
    assert trying.state()["owner"] == "bot"


def test_who_waits_for_a_person_stands_first_with_the_time(trying: Trying, client: TestClient, sign_in: SignIn) -> None:
    trying.says("person please")
    sign_in()
    page = client.get("/desk?show=waiting").text
    assert re.search(r"Waits \d s · Asked for a person", page)
    assert trying.state()["me"]["name"].replace("'", "&#39;") in page


def test_a_chat_is_shown_with_why_a_person_is_asked_and_everything_escaped(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    trying.says("<img src=x onerror=alert(1)> {{ 7*7 }}")
    trying.says("person please")
    trying.says("claim")
    sign_in()
    page = client.get(f"/desk/conversations/{_conversation(trying.engine)}").text
    assert "<img src=x" not in page
    assert "&lt;img src=x onerror=alert(1)&gt; {{ 7*7 }}" in page
    assert "Wants to talk about &lt;b&gt;two&lt;/b&gt; tokens" in page
    assert "Being put together" in page
    assert "record: API-8812" in page


def test_an_agent_takes_over_answers_once_and_hands_back(trying: Trying, client: TestClient, sign_in: SignIn) -> None:
    trying.says("hi")
    token = sign_in()
    chat = f"/desk/conversations/{_conversation(trying.engine)}"
    assert "disabled" in client.get(chat).text
    client.post(f"{chat}/take", data={"csrf": token, "epoch": "0"})
    assert "You have this chat" in client.get(chat).text
    for _ in range(2):
        client.post(f"{chat}/say", data={"csrf": token, "text": "Namaste <3", "token": "one-send"})
    client.post(f"{chat}/note", data={"csrf": token, "text": "Seems fine"})
    trying.engine.settle()
    assert trying.texts()[-1] == "agent: Namaste <3"
    assert len(trying.texts()) == 4
    page = client.get(chat).text
    assert "Namaste &lt;3" in page
    assert "Seems fine" in page
    client.post(f"{chat}/back", data={"csrf": token, "epoch": "1"})
    assert trying.state()["owner"] == "bot"


def test_a_page_that_is_out_of_date_changes_nothing(trying: Trying, client: TestClient, sign_in: SignIn) -> None:
    trying.says("hi")
    token = sign_in()
    chat = f"/desk/conversations/{_conversation(trying.engine)}"
    trying.post("agent", act="take")
    answer = client.post(f"{chat}/take", data={"csrf": token, "epoch": "0"})
    assert answer.status_code == 409
    assert "meanwhile" in answer.text
    live = client.post(f"{chat}/say", data={"csrf": token, "text": "hello"}, headers={"X-Live": "1"})
    assert (live.status_code, live.json()["problem"]) == (409, "Take the conversation over first.")


def test_a_live_page_that_was_signed_out_is_told(trying: Trying, client: TestClient) -> None:
    trying.says("hi")
    chat = f"/desk/conversations/{_conversation(trying.engine)}"
    assert client.post(f"{chat}/say", data={"text": "hello"}, headers={"X-Live": "1"}).status_code == 401
    assert client.get(f"{chat}/events").status_code == 401


def test_an_agent_sees_the_chats_of_their_companies_alone(
    trying: Trying, client: TestClient, engine: Engine, sign_in: SignIn
) -> None:
    trying.says("file it")
    engine.desk.add_agent("Ravi", PASSWORD, ("aptronix",))
    sign_in("Ravi")
    ref = trying.state()["cases"][0]["ref"]
    assert client.get(f"/desk/conversations/{_conversation(engine)}").status_code == 404
    assert client.get(f"/desk/cases/{ref}").status_code == 404
    assert ref not in client.get("/desk/cases").text


def test_a_case_shows_facts_side_by_side_the_trace_and_the_moves(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    trying.says("file it")
    sign_in()
    ref = trying.state()["cases"][0]["ref"]
    page = client.get(f"/desk/cases/{ref}").text
    for words in ("Replacement", "2#2.1", "On record", "API-8812", "differs", "✓ holds", "token.jpg", "not verified"):
        assert words in page, words
    assert '<option value="replacement_approved">' in page
    assert '<option value="completed">' not in page


def test_a_case_is_moved_with_reason_and_reference_and_the_customer_is_told(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    trying.says("file it")
    token = sign_in()
    ref = trying.state()["cases"][0]["ref"]
    with trying.engine.database.unit_of_work() as session:
        session.execute(CASE.update().values(outcome="full_refund"))
    move = f"/desk/cases/{ref}/move"
    approval = {"csrf": token, "version": "0", "state": "approved", "amount": "₹1,499", "why": "ok"}
    answer = client.post(move, data=approval)
    assert answer.status_code == 200
    assert "1499 is more than the policy gives for this case" in answer.text
    stale = client.post(move, data={"csrf": token, "version": "0", "state": "declined"})
    assert stale.status_code == 409
    assert "meanwhile" in stale.text
    sent = client.post(move, data={"csrf": token, "version": "1", "state": "sent_to_bank", "reference": "123456789012"})
    assert sent.status_code == 303
    wrong = client.post(move, data={"csrf": token, "version": "2", "state": "submitted"})
    assert wrong.status_code == 409
    assert "cannot become" in wrong.text
    trying.engine.settle()
    assert trying.texts()[-1].endswith("Reference 123456789012.")
    page = client.get(f"/desk/cases/{ref}").text
    assert "₹1,499" in page
    assert "by Asha" in page
    assert page.split("Told to the customer")[1].count(f"Your request {ref} is now") == 2


def test_a_case_number_typed_into_the_search_opens_the_case(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    trying.says("file it")
    sign_in()
    ref = trying.state()["cases"][0]["ref"]
    found = client.get("/desk/cases", params={"search": ref.lower()})
    assert found.headers["location"] == f"/desk/cases/{ref}"
    assert "No cases here" in client.get("/desk/cases", params={"search": "XYZ"}).text


def test_the_stream_of_a_chat_sends_lines_marks_and_owners(
    trying: Trying, client: TestClient, engine: Engine, sign_in: SignIn
) -> None:
    from bot.web.desk import Desk
    from bot.web.pages import Pages
    from bot.web.security import Tokens

    trying.says("hi")
    sign_in()
    agent = next(each for each in engine.desk.agents() if each.name == "Asha")
    chat = _conversation(engine)
    look = Desk(engine, Pages(engine), Tokens(("k" * 32,))).watcher(chat, agent, 1)
    (first, *_) = [event for event in look() if event.name == "message"]
    assert first.id == 2
    assert "Hello. What can I do?" in first.data["html"]
    engine.desk.take_over(chat, agent)
    engine.settle()
    events = list(look())
    assert {"owner": "agent", "agent": "Asha", "epoch": 1} in [event.data for event in events]
    assert events[-1].data["html"].count("has joined") == 1


def test_a_page_of_the_desk_carries_its_token_for_scripts(client: TestClient, sign_in: SignIn) -> None:
    assert csrf_of(client.get("/desk").text if sign_in() else "") == csrf_of(client.get("/desk/cases").text)


def _sends(trying: Trying, name: str, data: bytes, kind: str) -> None:
    form = {"brand": BRAND, "id": f"upload of {name}", "kind": kind, "caption": ""}
    trying.client.post("/try/api/file", data=form, files={"file": (name, data)}, headers={"X-CSRF": trying.csrf})
    trying.engine.settle()


def _link(client: TestClient, engine: Engine, before: str) -> str:
    page = client.get(f"/desk/conversations/{_conversation(engine)}").text
    return page.split(before)[1].split('"')[0]


def test_files_of_customers_are_downloads_unless_they_are_pictures(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    _sends(trying, "रसीद.txt", b"a plain note", "document")
    sign_in()
    link = _link(client, trying.engine, 'class="file" href="')
    answer = client.get(link)
    assert answer.content == b"a plain note"
    assert (
        answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E0%A4%B0%E0%A4%B8%E0%A5%80%E0%A4%A6.txt"
    )
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == "12"
    assert client.get(link[:-4] + "0000").status_code == 404


def test_a_picture_is_shown_in_its_place_with_words_for_who_cannot_see_it(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "JPEG")
    _sends(trying, "token.jpg", out.getvalue(), "photo")
    sign_in()
    page = client.get(f"/desk/conversations/{_conversation(trying.engine)}").text
    assert 'alt="token.jpg" loading="lazy"' in page
    answer = client.get(_link(client, trying.engine, 'class="thumb" href="'))
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith("inline")
    for header, value in (
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "private, no-store"),
    ):
        assert answer.headers[header] == value


def test_each_look_at_a_file_is_audited_and_strangers_get_none(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    _sends(trying, "note.txt", b"a plain note", "document")
    sign_in()
    link = _link(client, trying.engine, 'class="file" href="')
    trying.engine.desk.add_agent("Ravi", PASSWORD, ("webpino",))
    for _ in range(2):
        assert client.get(link).status_code == 200
    stranger = TestClient(client.app, follow_redirects=False)
    assert stranger.get(link).headers["location"].startswith("/desk/login")
    client.cookies.clear()
    sign_in("Ravi")
    assert client.get(link).status_code == 404
    with trying.engine.database.reading() as session:
        rows = session.execute(sa.select(AUDIT).where(AUDIT.c.what == "looked_at_file")).all()
    assert [(row.who, row.brand, row.conversation_id) for row in rows] == [
        ("Asha", BRAND, _conversation(trying.engine))
    ] * 2
    assert {row.data["key"] for row in rows} == {link.rsplit("/", 1)[-1]}


def test_a_file_that_the_scanner_has_not_seen_is_named_and_not_linked(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    _sends(trying, "note.txt", b"a plain note", "document")
    sign_in()
    link = _link(client, trying.engine, 'class="file" href="')
    with trying.engine.database.unit_of_work() as session:
        session.execute(ATTACHMENT.update().values(scan="unscanned"))
    page = client.get(f"/desk/conversations/{_conversation(trying.engine)}").text
    assert "Not checked for viruses yet" in page
    assert link not in page
    answer = client.get(link)
    assert (answer.status_code, "has not looked at this file" in answer.text) == (409, True)
    assert trying.state()["messages"][0]["file"]["url"] == ""


def _given_up(engine: Engine, chat: str) -> int:
    """A message of the chat that the provider refused; gives its number."""
    with engine.database.unit_of_work() as session:
        number = queue(session, chat, Parcel("Lost <b>", "reply"), epoch=0, now=engine.now(), at=engine.now())
        values = {"done": True, "dead_at": engine.now(), "error_class": "blocked", "error": "<63014>"}
        session.execute(OUTBOX.update().where(OUTBOX.c.id == number).values(**values))
    return number


def test_what_was_not_delivered_is_listed_and_goes_again(trying: Trying, client: TestClient, sign_in: SignIn) -> None:
    trying.says("hi")
    engine = trying.engine
    _given_up(engine, _conversation(engine))
    token = sign_in()
    page = client.get("/desk/undelivered").text
    assert "Blocked by the customer" in page
    assert "&lt;63014&gt;" in page
    again = re.search(r'action="(/desk/undelivered/\d+/replay)"', page)
    assert again
    assert client.post(again[1], data={"csrf": "made up"}).status_code == 403
    answer = client.post(again[1], data={"csrf": token})
    assert "goes again" in client.get(answer.headers["location"]).text
    engine.settle()
    assert trying.texts()[-1] == "bot: Lost <b>"
    assert "Every message has gone." in client.get("/desk/undelivered").text


def test_a_message_of_another_company_is_neither_shown_nor_sent(
    trying: Trying, client: TestClient, sign_in: SignIn
) -> None:
    trying.says("hi")
    engine = trying.engine
    number = _given_up(engine, _conversation(engine))
    engine.desk.add_agent("Ravi", PASSWORD, ("another-company",))
    token = sign_in("Ravi")
    assert "Blocked by the customer" not in client.get("/desk/undelivered").text
    client.post(f"/desk/undelivered/{number}/replay", data={"csrf": token})
    engine.settle()
    assert "bot: Lost <b>" not in trying.texts()


def test_a_sender_that_is_paused_is_named_at_the_desk(trying: Trying, client: TestClient, sign_in: SignIn) -> None:
    trying.says("hi")
    engine = trying.engine
    with engine.database.unit_of_work() as session:
        account = session.execute(sa.select(CONVERSATION.c.account)).scalar_one()
        senders.pause(session, "simulator", account, engine.now(), "20003 no such account")
    sign_in()
    assert "does not send (20003 no such account)" in client.get("/desk").text
    engine.desk.add_agent("Ravi", PASSWORD, ("another-company",))
    client.cookies.clear()
    sign_in("Ravi")
    assert "does not send" not in client.get("/desk").text
