"""What every answer of the pages carries, and what they refuse."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_world import BRAND, TestClient, Trying, make_engine

from bot.bell import Bell
from bot.engine import Engine
from bot.web import create_app
from bot.web.events import Closing, Event, events
from bot.web.pages import STATIC, TEMPLATES
from bot.web.security import Limiter, Tokens, is_foreign

PATHS = [
    "/try",
    "/desk/login",
    "/healthz",
    "/readyz",
    "/nowhere",
    "/static/style.css",
    "/static/none.css",
    "/try/api/state",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_health_and_readiness(client: TestClient, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ready"

    def broken() -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(engine.database, "check_revision", broken)
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_what_is_not_there_is_said_in_the_same_look(client: TestClient) -> None:
    page = client.get("/desk/nothing/here")
    assert page.status_code == 404
    assert "Nothing here" in page.text
    assert 'href="/desk"' in page.text
    assert client.get("/nowhere", headers={"accept": "application/json"}).json()["problem"]


def test_a_fault_says_nothing_of_its_inside(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    with TestClient(create_app(engine), raise_server_exceptions=False) as client:
        trying = Trying(client, engine)
        monkeypatch.setattr(engine.simulator, "chat", fails)
        trying.post("say", id="message-1", text="hi")
        answer = client.get("/try/api/state", params={"brand": BRAND})
        page = client.get("/try/events", params={"brand": "nobody"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert page.status_code == 404


def test_bodies_that_are_too_long_are_refused_whatever_they_say(client: TestClient, trying: Trying) -> None:
    headers = {"X-CSRF": trying.csrf, "Content-Type": "application/json"}
    said = client.post("/try/api/say", content=b"x" * 70_000, headers=headers)
    assert said.status_code == 413

    def unsaid() -> Iterator[bytes]:
        for _ in range(10):
            yield b"x" * 10_000

    assert client.post("/try/api/say", content=unsaid(), headers=headers).status_code == 413


def test_another_sites_page_cannot_send_to_ours(client: TestClient, trying: Trying) -> None:
    body = {"brand": BRAND, "id": "message-1", "text": "hi"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://example.com"}):
        answer = client.post("/try/api/say", json=body, headers={"X-CSRF": trying.csrf, **headers})
        assert answer.status_code == 403
    assert trying.state()["messages"] == []


def test_a_provider_that_sends_no_such_headers_is_not_foreign() -> None:
    assert not is_foreign("POST", {"host": "desk.example.com"})
    assert not is_foreign("POST", {"host": "desk.example.com", "origin": "https://desk.example.com"})
    assert not is_foreign("GET", {"sec-fetch-site": "cross-site"})


def test_https_is_insisted_on_where_the_service_has_it(tmp_path: Path) -> None:
    engine = make_engine(tmp_path, public_base_url="https://desk.example.com")
    with TestClient(create_app(engine), base_url="https://desk.example.com") as client:
        answer = client.get("/try")
    assert "strict-transport-security" in answer.headers
    assert "secure" in answer.headers["set-cookie"].lower()
    engine.close()


def test_signatures_survive_a_new_key_and_do_not_fit_another_purpose() -> None:
    old, new = Tokens(("a" * 32,)), Tokens(("b" * 32, "a" * 32))
    signature = old.sign("visitor", "900")
    assert new.is_signed("visitor", "900", signature)
    assert not new.is_signed("csrf", "900", signature)
    assert not Tokens(("b" * 32,)).is_signed("visitor", "900", signature)
    assert not new.is_csrf("", new.csrf(""))


def test_a_limiter_lets_few_through_and_forgets_those_who_were_long_gone() -> None:
    limiter = Limiter(2, 60)
    assert [limiter.allows("here") for _ in range(3)] == [True, True, False]
    assert limiter.allows("elsewhere")
    for number in range(10_001):
        limiter.allows(str(number))
    assert limiter.allows("here")


def test_pages_have_no_script_or_style_of_their_own_and_nothing_from_elsewhere() -> None:
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text), path.name
        assert not re.search(r"https?://(?!www\.w3\.org)", text), path.name
        assert "|safe" not in text, path.name
    for path in STATIC.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org)|@import|innerHTML|\beval\(", text), path.name


def test_static_files_are_kept_by_browsers_under_the_hash_of_their_content(client: TestClient) -> None:
    page = client.get("/try").text
    address = re.search(r"/static/style\.css\?v=[0-9a-f]{12}", page)
    assert address
    assert "immutable" in client.get(address[0]).headers["cache-control"]
    assert client.get("/try").headers["cache-control"] == "no-store"


def test_a_stream_wakes_at_a_ring_and_ends_when_the_browser_is_gone() -> None:
    bell = Bell()
    looks = [[Event("message", {"text": "line\nbreak"}, 7)], [], [Event("behind", {})]]
    here = [False, False, False, True]

    async def gone() -> bool:
        return here.pop(0)

    def look() -> list[Event]:
        bell.ring("conversation:x")
        return looks.pop(0)

    async def read() -> list[str]:
        return [part async for part in events(look, bell, lambda topic: topic == "conversation:x", gone, Closing())]

    parts = asyncio.run(read())
    assert parts[0].startswith("retry:")
    assert parts[1] == 'id: 7\nevent: message\ndata: {"text": "line\\nbreak"}\n\n'
    assert parts[2] == "event: behind\ndata: {}\n\n"
    assert bell._listeners == {}


def test_a_stream_ends_when_the_server_stops() -> None:
    bell, closing = Bell(), Closing()

    async def gone() -> bool:
        return False

    def look() -> list[Event]:
        closing.close()
        return []

    async def read() -> list[str]:
        return [part async for part in events(look, bell, lambda _: True, gone, closing)]

    assert len(asyncio.run(asyncio.wait_for(read(), 1))) == 1
