"""Plays a conversation with the product as it is shipped: real packs, real texts, the models built once per run."""

import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.chat import ChatOptions, Line, opened
from bot.models import reader_for
from bot.settings import Settings

ASHA = "+919000000001"
RAVI = "+919000000002"
NOW = "2026-03-12T18:00+05:30"
_reader = cache(reader_for)


class Said:
    """One line of a conversation and what came of it."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.text = "\n".join(str(reply["text"]) for reply in line.replies)
        self.buttons = [label for reply in line.replies for label in reply["buttons"]]
        self.clauses = [clause for reply in line.replies for clause in reply["clauses"]]
        self.owner = line.owner
        self.open_slot = line.open_slot
        self.claim = line.claim
        self.claim_type = line.claim_type
        self.state = line.case["state"] if line.case else None
        self.ref = line.case["ref"] if line.case else None
        self.intent = str(line.heard["intent"]) if line.heard else ""
        self.decision: Mapping[str, Any] = line.decision or {}

    def says(self, *wanted: str) -> bool:
        """Whether the reply has each of `wanted`, whatever the case; `...` stands for any words between."""
        return all(_found(each, self.text) for each in wanted)

    def __repr__(self) -> str:
        return f"> {self.line.said}\n{self.text}\n[{self.open_slot} {self.state} {self.owner}] {dict(self.claim)}"


def _found(wanted: str, text: str) -> bool:
    pattern = ".*".join(re.escape(part.strip()) for part in wanted.split("..."))
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def play(
    brand: str,
    lines: Sequence[str],
    *,
    models: Path,
    now: str = NOW,
    customer: str = ASHA,
    channel: str = "whatsapp",
    records: Iterable[Mapping[str, Any]] = (),
) -> list[Said]:
    """What came of each line, in the form of `refund-desk chat`; `records` are rows without their brand."""
    with tempfile.TemporaryDirectory() as folder:
        path = None
        rows = [json.dumps({"brand": brand, **row}) for row in records]
        if rows:
            path = Path(folder) / "records.jsonl"
            path.write_text("\n".join(rows), encoding="utf-8")
        options = ChatOptions(brand, channel, customer, datetime.fromisoformat(now), records=path)
        settings = Settings(_env_file=None, data_dir=models)
        with opened(options, settings, reader_for=_reader) as chat:
            return [Said(chat.line(line)) for line in lines]
