"""/try and /desk in a real browser. Runs where Debian's chromium and the Python package playwright are installed."""

import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from web_world import PASSWORD, make_engine

from bot.engine import Engine
from bot.web import PageServer, create_app

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("no chromium on this machine: the pages were not tried in a browser", allow_module_level=True)
playwright = pytest.importorskip(
    "playwright.sync_api", reason="the Python package playwright is not installed: pages were not tried in a browser"
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Engine]]:
    """A running installation and its address."""
    engine = make_engine(tmp_path_factory.mktemp("served"))
    engine.desk.add_agent("Asha", PASSWORD)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = PageServer(create_app(engine), host="127.0.0.1", port=port, log_level="error")
    thread = threading.Thread(target=server.run, daemon=True)
    engine.start()
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", engine
    server.handle_exit(signal.SIGTERM, None)
    thread.join(10)
    assert not thread.is_alive(), "open streams held the server"
    engine.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Any, served: tuple[str, Engine]) -> Iterator[Any]:
    """A page that may not say anything on its console nor ask anybody else for anything."""
    address, _ = served
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request",
        lambda request: None if request.url.startswith((address, "blob:")) else wrong.append(request.url),
    )
    yield opened
    context.close()
    assert wrong == []


def _open(page: Any) -> None:
    page.goto("/try")
    page.locator("#me:not(:empty)").wait_for(state="attached")


def _say(page: Any, text: str, answer: str) -> None:
    page.fill("#words", text)
    page.press("#words", "Enter")
    page.locator(".item:not(.mine)", has_text=answer).last.wait_for(timeout=10_000)


def test_a_chat_goes_on_without_a_reload_and_after_one(page: Any) -> None:
    _open(page)
    _say(page, "hi", "Hello. What can I do?")
    assert page.locator(".item.mine .read").count() == 1
    page.get_by_role("button", name="Get a refund").click()
    page.locator(".item", has_text="Tapped refund.").wait_for()
    _say(page, "<b>bold</b> {{ 7*7 }}", "You wrote: <b>bold</b> {{ 7*7 }}")
    assert page.locator(".log b").count() == 0
    page.reload()
    page.locator(".item", has_text="Tapped refund.").wait_for()
    assert page.locator(".item").count() == 6


def test_a_long_list_is_a_picker_on_whatsapp_and_a_keyboard_on_telegram(page: Any) -> None:
    _open(page)
    _say(page, "list", "Which of these?")
    page.get_by_role("button", name="Choose").click()
    page.get_by_role("radio", name="Choice 4").check()
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    page.locator(".item", has_text="Tapped choice:4.").wait_for()
    page.get_by_text("Telegram", exact=True).click()
    assert page.locator(".tap").count() == 6


def test_a_clause_in_an_answer_opens_what_it_says(page: Any) -> None:
    _open(page)
    _say(page, "limit", "48 hours")
    page.locator(".clause", has_text="2#2.1").click()
    assert "48 hours" in page.locator("#panel-why .lit").inner_text()


def test_a_file_is_sent_and_shown(page: Any, tmp_path: Path) -> None:
    _open(page)
    note = tmp_path / "note.txt"
    note.write_text("a note", encoding="utf-8")
    page.set_input_files("#file", note)
    page.locator(".item", has_text="Thank you, I keep it").wait_for()
    assert page.locator(".mine .file", has_text="note.txt").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_photo_is_sent_and_seen_by_customer_and_agent(
    browser: Any, served: tuple[str, Engine], tmp_path: Path, scheme: str, width: int
) -> None:
    photo = tmp_path / "token.jpg"
    drawn, exif = Image.new("RGB", (640, 480), "red"), Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 36.0, 50.0)})
    drawn.save(photo, "JPEG", exif=exif)
    context = browser.new_context(base_url=served[0], viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    _open(page)
    page.set_input_files("#file", photo)
    page.locator(".item", has_text="Thank you, I keep it").wait_for()
    page.reload()
    _is_drawn(page, page.locator(".mine .thumb img"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link = page.locator(".mine .thumb").get_attribute("href")
    kept = page.evaluate("async (link) => [...new Uint8Array(await (await fetch(link)).arrayBuffer())]", link)
    assert b"Exif" not in bytes(kept)
    desk = context.new_page()
    desk.goto("/desk?show=all")
    desk.fill("[name=name]", "Asha")
    desk.fill("[name=password]", PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.locator(".rows a").first.click()
    _is_drawn(desk, desk.locator(".thumb img"))
    assert desk.locator(".thumb img").get_attribute("alt") == "token.jpg"
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def _is_drawn(page: Any, picture: Any) -> None:
    picture.wait_for()
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth === 640", arg=picture.element_handle())


def test_the_company_is_played_and_time_moves_on(page: Any) -> None:
    _open(page)
    _say(page, "file it", "Filed as")
    page.get_by_role("tab", name="Cases").click()
    page.get_by_role("button", name="Approve the replacement").click()
    page.get_by_role("dialog").get_by_role("button", name="Do it").click()
    page.locator(".item", has_text="is now: replacement approved").wait_for()
    page.get_by_role("tab", name="Time and agent").click()
    page.get_by_role("button", name="+ 1 day").click()
    page.get_by_text("24 h ahead of the real time.").wait_for()


def test_an_agent_at_the_desk_and_the_customer_talk_live(page: Any, browser: Any, served: tuple[str, Engine]) -> None:
    _open(page)
    _say(page, "person please", "A person will answer here.")
    context = browser.new_context(base_url=served[0], viewport={"width": 390, "height": 844})
    desk = context.new_page()
    desk.goto("/desk?show=waiting")
    desk.fill("[name=name]", "Asha")
    desk.fill("[name=password]", PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.locator(".rows a").first.click()
    desk.get_by_role("button", name="Take over").click()
    desk.get_by_text("You have this chat.").wait_for()
    page.locator(".item", has_text="Asha has joined this chat.").wait_for()
    desk.fill("#words", "Namaste, how can I help?")
    desk.get_by_role("button", name="Answer").click()
    page.locator(".item", has_text="Namaste, how can I help?").wait_for()
    page.fill("#words", "my token is late")
    page.press("#words", "Enter")
    desk.locator(".item", has_text="my token is late").wait_for()
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
    desk.get_by_role("button", name="Hand back to the bot").click()
    page.locator(".item", has_text="The assistant is back.").wait_for()
    context.close()


def test_the_chat_can_be_used_by_keyboard_alone(page: Any) -> None:
    _open(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the message box"
    page.keyboard.press("Enter")
    page.keyboard.type("hi")
    page.keyboard.press("Enter")
    page.locator(".item", has_text="Hello. What can I do?").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes(browser: Any, served: tuple[str, Engine], scheme: str) -> None:
    context = browser.new_context(base_url=served[0], viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = context.new_page()
    _open(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Company", "Why?", "Cases", "Time"):
        page.locator(".bottom").get_by_role("button", name=name).click()
        page.locator(".side.open").wait_for()
        page.keyboard.press("Escape")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(part) for part in ground[4:-1].split(",")) < 200) == (scheme == "dark")
    context.close()
