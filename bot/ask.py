"""The body of `refund-desk ask`: one question, or a file of them, answered without a conversation."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.models import reader_for
from bot.packs import read_pack
from bot.policy_commands import BadInput, read_lines, read_now
from bot.render import Renderer
from dialogs import answering
from dialogs.heard import Heard, Message
from dialogs.reading.intents import fixed_intents
from dialogs.reading.reader import Reader
from dialogs.records import Records
from dialogs.scene import Scene
from dialogs.talk import Talk
from policies.yaml_source import PackError

# Messages of these kinds are met by the talk, not by a clause, whatever clause is near.
NO_QUESTION = ("greet", "thanks", "affirm", "deny", "opt_out", "talk_to_human")
_SURE = 0.6
_SHOWN = 5


@lru_cache(maxsize=1)
def _renderer() -> Renderer:
    return Renderer()


@lru_cache(maxsize=16)
def _reader(brand: str, data_dir: Path) -> Reader:
    return reader_for(brand, data_dir)


def is_question(heard: Heard) -> bool:
    """Whether a message is one that a clause may answer."""
    intents = fixed_intents(heard.intents)
    return not intents or intents[0][0] not in NO_QUESTION or intents[0][1] < _SURE


def ask(brand: str, text: str, data_dir: Path, now: datetime | None = None) -> dict[str, Any]:
    """What the bot makes of one question, without its id. Raises `BadInput` where there is no such brand."""
    moment = now or datetime.now(UTC)
    try:
        pack = read_pack(brand)
    except PackError as error:
        raise BadInput(str(error).splitlines()[0]) from None
    local = moment.astimezone(pack.calendar.time_zone)
    message = Message("ask", "text", local, text)
    heard = _reader(brand, data_dir).read(message, local, previous_language="en", asked=None, direction="past")
    intents = fixed_intents(heard.intents)
    scene = Scene(Talk(language=heard.language, greeted=True), pack, pack.newest, Records(), local)
    answered = is_question(heard) and answering.is_answered(heard)
    if answered:
        parts = [part for part in heard.parts if answering.is_answered(part)] or [heard]
        for part in parts:
            answering.state_clause(scene, part.clauses[0][0], part)
    else:
        answering.answer(scene, heard)
    renderer = _renderer()
    texts = [renderer.render(say.template, say.language, say.values, pack.calendar.time_zone) for say in scene.says]
    clauses = _best_first(heard) if answered else list(heard.clauses)
    return {
        "intent": intents[0][0] if intents else "",
        "confidence": intents[0][1] if intents else 0.0,
        "answered": answered,
        "clauses": [{"id": clause, "score": round(float(score), 4)} for clause, score in clauses[:_SHOWN]],
        "text": "\n\n".join(texts),
    }


def _best_first(heard: Heard) -> list[tuple[str, float]]:
    """The clauses of a message; of one that asks several things, the best of each part first."""
    stated = [part.clauses[0] for part in heard.parts if answering.is_answered(part)]
    rest = [pair for pair in heard.clauses if pair[0] not in {clause for clause, _ in stated}]
    return [*stated, *rest]


def ask_batch(path: Path, data_dir: Path, now: datetime | None = None) -> Iterator[dict[str, Any]]:
    """One answer for each line `{"id", "brand", "text"}` of a file. Raises `BadInput` naming the line."""
    for number, item in read_lines(path):
        brand, text = item.get("brand"), item.get("text")
        if not isinstance(brand, str) or not isinstance(text, str):
            raise BadInput(f"{path}:{number}: expected brand and text")
        try:
            yield {"id": item.get("id"), **ask(brand, text, data_dir, read_now(item.get("now")) or now)}
        except BadInput as error:
            raise BadInput(f"{path}:{number}: {error}") from None
