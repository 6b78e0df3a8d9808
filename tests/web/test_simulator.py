"""/try: a chat as its customer has it, and what the visitor may do behind it."""

import io
from pathlib import Path

from httpx import Response
from PIL import Image
from web_world import BRAND, TestClient, Trying, make_engine

from bot.engine import Engine
from bot.packs import brand_names, read_pack
from bot.web import create_app
from bot.web.pages import Pages
from bot.web.room import Room, Watcher
from bot.web.samples import facts_at, samples_of, typing
from bot.web.visitor import COOKIE, Visitor


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(out, "PNG")
    return out.getvalue()


PNG = _png()


def test_the_first_page_leads_to_the_simulator(client: TestClient) -> None:
    assert client.get("/").headers["location"] == "/try"


def test_a_visitor_gets_a_signed_cookie_and_orders_of_their_own(trying: Trying) -> None:
    state = trying.state()
    assert state["messages"] == []
    assert len(state["samples"]) == len(samples_of(BRAND))
    assert all(each["id"].startswith("API-") and "#" not in each["id"] for each in state["samples"])
    assert state["me"]["name"]
    other = Trying(TestClient(trying.client.app, follow_redirects=False), trying.engine)
    assert {each["id"] for each in other.state()["samples"]}.isdisjoint(each["id"] for each in state["samples"])


def test_a_cookie_that_we_did_not_sign_opens_nothing(client: TestClient) -> None:
    client.cookies.set(COOKIE, "900000000000001.forged", path="/try")
    assert client.get("/try/api/state", params={"brand": BRAND}).status_code == 403


def test_a_message_is_answered_and_a_reload_shows_it_again(trying: Trying) -> None:
    assert trying.says("hi").status_code == 200
    shown = trying.state()["messages"]
    assert [message["author"] for message in shown] == ["customer", "bot"]
    assert [button["label"] for button in shown[1]["buttons"]] == ["Ask a question", "Get a refund", "A person"]
    assert shown[0]["heard"] == {"intent": "A greeting", "confidence": 0.93, "language": "English", "values": []}


def test_a_repeated_send_is_one_message(trying: Trying) -> None:
    for _ in range(2):
        trying.post("say", id="the-same-message", text="hi")
    assert len(trying.texts()) == 2


def test_a_tap_carries_its_payload(trying: Trying) -> None:
    trying.says("hi")
    trying.post("tap", id="tap-number-1", label="Get a refund", payload="refund")
    assert trying.texts()[-2:] == ["customer: Get a refund", "bot: Tapped refund."]


def test_clauses_come_with_what_they_say(trying: Trying) -> None:
    trying.says("limit")
    (clause,) = trying.state()["messages"][-1]["clauses"]
    assert clause["id"] == "2#2.1"
    assert "48" in clause["says"]
    assert clause["section"]


def test_clauses_that_an_answer_names_in_passing_can_be_opened_too(engine: Engine) -> None:
    shower = Pages(engine).shower
    text = "It is not yours to pay (2#3); see 2#2.1. Also 10.3 and return-process#3."
    assert shower.cited(BRAND, text, ["2#2"]) == ["2#2", "2#3", "2#2.1", "return-process#3"]


def test_what_the_customer_wrote_reaches_the_page_as_text_alone(trying: Trying) -> None:
    words = "<script>alert(1)</script> {{ 7 * 7 }} {% raw %}"
    trying.says(words)
    assert trying.texts() == [f"customer: {words}", f"bot: You wrote: {words}"]
    assert "<script>alert" not in trying.client.get("/try").text


def test_a_full_card_number_is_masked_before_it_is_shown(trying: Trying) -> None:
    trying.says("my card is 4111 1111 1111 1111")
    assert "4111 1111 1111 1111" not in " ".join(trying.texts())


def _upload(trying: Trying, data: bytes, name: str, kind: str) -> Response:
    form = {"brand": BRAND, "id": "upload-number-1", "kind": kind, "caption": ""}
    answer = trying.client.post(
        "/try/api/file", data=form, files={"file": (name, data)}, headers={"X-CSRF": trying.csrf}
    )
    trying.engine.settle()
    return answer


def test_a_photo_is_kept_and_shown_to_its_sender_alone(trying: Trying) -> None:
    assert _upload(trying, PNG, "token.png", "photo").status_code == 200
    file = trying.state()["messages"][0]["file"]
    assert file["picture"]
    answer = trying.client.get(file["url"])
    with Image.open(io.BytesIO(answer.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (3, 2))
    assert answer.headers["content-type"] == "image/png"
    assert "sandbox" in answer.headers["content-security-policy"]
    other = Trying(TestClient(trying.client.app, follow_redirects=False), trying.engine)
    assert other.client.get(file["url"]).status_code == 404


def test_a_program_is_refused_in_words(trying: Trying) -> None:
    answer = _upload(trying, b"MZ" + bytes(200), "invoice.exe", "document")
    assert answer.json() == {"refused": "wrong_kind"}
    assert trying.state()["messages"][0]["file"]["refused"] == "Not taken: a kind of file that is not taken"
    assert trying.texts()[-1] == "bot: Not taken: wrong_kind."


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, max_attachment_mb=1)
    with TestClient(create_app(engine)) as client:
        trying = Trying(client, engine)
        answer = _upload(trying, bytes(1_300_000), "film.mp4", "video")
        assert answer.status_code == 413
        assert "more than can be taken" in answer.json()["problem"]
    engine.close()


def test_the_draft_and_its_decision_are_shown_with_the_trace(trying: Trying) -> None:
    trying.says("claim")
    behind = trying.state()["behind"]
    facts = {fact["label"]: fact for fact in behind["draft"]["facts"]}
    assert len(facts) == 6
    assert [fact["recorded"] for fact in facts.values() if fact["recorded"]] == ["API-8812"]
    assert behind["draft"]["asked"]
    assert behind["decision"]["outcome"] == "Replacement"
    assert any(step["held"] is True and step["clause"] for step in behind["decision"]["because"])
    assert all("==" not in step["condition"] for step in behind["decision"]["because"])


def test_the_visitor_plays_the_company(trying: Trying) -> None:
    trying.says("file")
    (case,) = trying.state()["cases"]
    assert case["state"] == "Received"
    assert "Withdraw" not in {move["words"] for move in case["moves"]}
    assert trying.post("case", ref=case["ref"], state="replacement_approved", why="seen").status_code == 200
    (case,) = trying.state()["cases"]
    assert case["state"] == "Replacement approved"
    assert case["timeline"][-1]["by"] == "you, as the company"
    assert "replacement approved" in trying.texts()[-1]
    refused = trying.post("case", ref=case["ref"], state="completed")
    assert refused.status_code == 409
    assert "cannot become" in refused.json()["problem"]


def test_nobody_moves_another_visitors_case(trying: Trying) -> None:
    trying.says("file")
    ref = trying.state()["cases"][0]["ref"]
    other = Trying(TestClient(trying.client.app, follow_redirects=False), trying.engine)
    assert other.post("case", ref=ref, state="declined").status_code == 409
    assert trying.state()["cases"][0]["state"] == "Received"


def test_the_clock_of_the_chat_moves_on_and_not_too_far(trying: Trying) -> None:
    trying.says("hi")
    assert trying.post("clock", seconds=86_400).status_code == 200
    assert 86_398 <= trying.state()["moved"] <= 86_401
    assert trying.post("clock", seconds=-5).status_code == 422
    for _ in range(2):
        last = trying.post("clock", seconds=60 * 86_400)
    assert last.status_code == 409


def test_what_is_due_next_is_shown_and_can_be_jumped_to(trying: Trying) -> None:
    trying.says("person")
    due = trying.state()["due"]
    assert due["what"] == "the desk rings again"
    assert trying.post("clock", to="due").status_code == 200
    assert trying.state()["now"] >= due["at"]


def test_nothing_due_is_said_so(trying: Trying) -> None:
    trying.says("hi")
    answer = trying.post("clock", to="due")
    assert (answer.status_code, answer.json()["problem"]) == (409, "Nothing is due in this chat.")


def test_a_person_takes_over_answers_and_hands_back(trying: Trying) -> None:
    trying.says("hi")
    trying.post("agent", act="take")
    assert trying.state()["owner"] == "agent"
    trying.says("are you there")
    trying.post("agent", act="say", text="Yes, I am.", token="first-answer")
    trying.post("agent", act="say", text="Yes, I am.", token="first-answer")
    trying.post("agent", act="back")
    assert trying.state()["owner"] == "bot"
    assert trying.texts()[2:] == [
        "bot: Asha (simulator) has joined this chat.",
        "customer: are you there",
        "agent: Yes, I am.",
        "bot: The assistant is back.",
    ]


def test_starting_over_is_a_new_customer_without_the_old_chat(trying: Trying) -> None:
    trying.says("hi")
    before = trying.state()["me"]
    trying.csrf = trying.post("new").json()["csrf"]
    state = trying.state()
    assert state["messages"] == []
    assert state["me"] != before
    assert trying.says("hi").status_code == 200


def test_a_language_is_chosen_as_by_its_button(trying: Trying) -> None:
    trying.post("language", language="hi")
    assert trying.texts() == ["customer: हिन्दी", "bot: Tapped language:hi."]


def test_odd_requests_are_refused(trying: Trying) -> None:
    assert trying.client.post("/try/api/say", json={"brand": BRAND, "id": "12345678", "text": "hi"}).status_code == 403
    assert trying.post("say", id="short", text="hi").status_code == 422
    assert trying.post("say", id="long-enough", text="x" * 4001).status_code == 422
    assert trying.post("say", id="long-enough", text="   ").status_code == 400
    assert trying.client.get("/try/api/state", params={"brand": "nobody"}).status_code == 404
    assert trying.client.get("/try/events", params={"brand": "nobody"}).status_code == 404


def test_a_stream_sends_what_is_new_and_nothing_twice(engine: Engine, trying: Trying) -> None:
    trying.says("hi")
    number = trying.client.cookies[COOKIE].split(".")[0]
    watcher = _watcher(engine, trying, number, after=1)
    first = list(watcher.look())
    assert [(event.name, event.id) for event in first if event.name == "message"] == [("message", 2)]
    assert [event.name for event in first][-1] == "behind"
    assert list(watcher.look()) == []
    trying.says("limit")
    assert [event.id for event in watcher.look() if event.id] == [3, 4]


def test_typing_shows_while_a_turn_is_due(engine: Engine, trying: Trying) -> None:
    number = trying.client.cookies[COOKIE].split(".")[0]
    watcher = _watcher(engine, trying, number, after=0)
    list(watcher.look())
    body = {"brand": BRAND, "id": "not-settled", "text": "hi"}
    trying.client.post("/try/api/say", json=body, headers={"X-CSRF": trying.csrf})
    assert {"on": True} in [event.data for event in watcher.look()]
    engine.settle()
    assert {"on": False} in [event.data for event in watcher.look()]


def _watcher(engine: Engine, trying: Trying, number: str, after: int) -> Watcher:
    return Watcher(Room(engine, Pages(engine), BRAND, Visitor(number)), after)


def test_a_simulator_that_is_switched_off_is_not_there(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, simulator=False)
    with TestClient(create_app(engine), follow_redirects=False) as client:
        assert client.get("/try").status_code == 404
        assert client.get("/").headers["location"] == "/desk"
    engine.close()


def test_every_company_has_orders_that_its_pack_can_read_and_things_to_type(engine: Engine) -> None:
    for brand in brand_names():
        pack = read_pack(brand)
        assert len(samples_of(brand)) >= 3, brand
        for sample in samples_of(brand):
            assert pack.newest.read_claim(facts_at(sample, engine.now(), pack.calendar.time_zone)), sample.title
        assert set(typing()[brand]) == set(pack.brand.languages)
