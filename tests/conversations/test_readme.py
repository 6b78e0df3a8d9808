"""The transcript of the README is played with the product, so that it stays true."""

import re
from collections.abc import Callable
from pathlib import Path

from play import Said

README = Path(__file__).parents[2] / "README.md"
ORDER = {
    "kind": "order",
    "id": "API-8821",
    "phone": "+919000000001",
    "name": "Asha Verma",
    "order_id": "API-8821",
    "product": "usb_token",
    "delivered_at": "2026-03-11T13:00+05:30",
}


def transcript() -> list[tuple[str, str]]:
    block = re.search(r"```text\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "the README shows a transcript"
    lines = [line.partition(": ") for line in block[1].strip().splitlines()]
    said = [text for who, _, text in lines if who == "customer"]
    answered = [text for who, _, text in lines if who == "bot"]
    return list(zip(said, answered, strict=True))


def as_script(line: str) -> str:
    photo = re.fullmatch(r"\[photo: (.+)\]", line)
    return f"!photo {photo[1]}" if photo else line


def test_the_readme_shows_what_the_bot_says(play: Callable[..., list[Said]]) -> None:
    pairs = transcript()
    said = play("api-infotech", [as_script(line) for line, _ in pairs], records=[ORDER])
    for (line, expected), reply in zip(pairs, said, strict=True):
        assert reply.says(expected), f"to {line!r} the README expects {expected!r}, but the bot said:\n{reply}"
