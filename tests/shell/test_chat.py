"""The terminal chat: scripts, directives and their JSON."""

import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from shell_world import ASHA, BRAND, RAVI, WordReader, plain_step

from bot.chat import BadLine, Chat, ChatOptions, _play, _script_lines, opened, read_span
from bot.settings import Settings

NOW = datetime.fromisoformat("2026-03-12T18:00+05:30")


@pytest.fixture
def options() -> ChatOptions:
    return ChatOptions(BRAND, "whatsapp", ASHA, NOW, as_json=True)


@pytest.fixture
def chat(tmp_path: Path, templates: Path, options: ChatOptions) -> Iterator[Chat]:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    reader = WordReader()
    with opened(options, settings, plain_step, reader_for=lambda *_given: reader, templates=templates) as chat:
        yield chat


def texts(chat: Chat, line: str) -> list[str]:
    return [str(reply["text"]) for reply in chat.line(line).replies]


def test_a_line_has_the_agreed_form(chat: Chat) -> None:
    line = json.loads(json.dumps(chat.line("hi there").as_json()))
    assert line == {
        "now": "2026-03-12T18:00:00+05:30",
        "in": "hi there",
        "heard": {"intent": "greet", "confidence": 0.9, "language": "en", "values": []},
        "replies": [{"text": "You said: hi there", "buttons": ["Yes", "No"], "clauses": ["2#2"]}],
        "owner": "bot",
        "open_slot": None,
        "claim": {},
        "claim_type": None,
        "case": None,
        "decision": None,
    }


def test_the_draft_and_the_open_slot_are_shown(chat: Chat) -> None:
    line = chat.line("order 8821")
    assert (line.claim, line.open_slot) == ({"order_id": "8821"}, "delivered_at")


def test_a_tap_is_one_of_the_last_buttons(chat: Chat) -> None:
    chat.line("hello")
    assert texts(chat, "!tap yes") == ["You said: Yes"]
    with pytest.raises(BadLine, match="no button 'Maybe' to tap; the last message has: 'Yes', 'No'"):
        chat.line("!tap Maybe")


def test_files_have_a_name_and_perhaps_a_caption(chat: Chat, tmp_path: Path) -> None:
    assert texts(chat, "!photo broken.jpg | it came like this") == ["You said: it came like this"]
    assert texts(chat, "!document bill.pdf") == ["You said: attachment"]
    with pytest.raises(BadLine, match="name of a file"):
        chat.line("!voice")


def test_a_case_moves_and_the_customer_hears_of_it(chat: Chat) -> None:
    filed = chat.line("file it")
    assert filed.case is not None
    assert filed.case["state"] == "submitted"
    moved = chat.line('!case approved amount=1499 why="as the policy says"')
    assert [reply["text"] for reply in moved.replies] == [f"{filed.case['ref']} approved: as the policy says"]
    assert moved.case == {"ref": filed.case["ref"], "state": "approved"}
    assert moved.heard is None
    for wrong in (
        "!case shipped",
        "!case nonsense",
        "!case sent_to_bank amount",
        "!case sent_to_bank colour=red",
        "!case",
    ):
        with pytest.raises(BadLine, match="!case"):
            chat.line(wrong)


def test_an_agent_takes_over_and_hands_back(chat: Chat) -> None:
    chat.line("hello")
    assert chat.line("!agent takeover").owner == "agent"
    assert texts(chat, "anybody?") == []
    assert texts(chat, "!agent says I am here") == ["I am here"]
    back = chat.line("!agent handback")
    assert back.owner == "bot"
    assert len(back.replies) == 1
    assert texts(chat, "hello") == ["You said: hello"]
    for wrong in ("!agent handback", "!agent dances", "!agent says"):
        with pytest.raises(BadLine):
            chat.line(wrong)


def test_another_person_has_another_conversation(chat: Chat) -> None:
    filed = chat.line("file it")
    other = chat.line(f"!as {RAVI}")
    assert (filed.case is None, other.case) == (False, None)
    chat.line("!case under_review")
    back = chat.line(f"!as {ASHA}")
    assert back.case is not None
    assert [reply["text"] for reply in back.replies] == [f"{back.case['ref']} under_review"]
    with pytest.raises(BadLine):
        chat.line("!as")


def test_waiting_moves_the_clock(chat: Chat) -> None:
    assert chat.line("!wait 1d 2h 30m").now == "2026-03-13T20:30:00+05:30"
    for wrong in ("!wait", "!wait soon", "!wait 3 fortnights"):
        with pytest.raises(BadLine, match="!wait"):
            chat.line(wrong)
    assert read_span("3d 4h 10m") == timedelta(days=3, hours=4, minutes=10)


def test_an_unknown_directive_names_those_there_are(chat: Chat) -> None:
    with pytest.raises(BadLine, match="there is no directive !sing; there are: !photo"):
        chat.line("!sing")


def test_a_script_skips_comments_and_stops_at_a_wrong_line(chat: Chat, tmp_path: Path) -> None:
    script = tmp_path / "a.script"
    script.write_text("# C1\nhello\n\n!photo x.jpg\n!nonsense\nnever said\n", encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    given = ChatOptions(BRAND, "whatsapp", ASHA, NOW, script=script, as_json=True)
    assert _play(chat, _script_lines(script), given, out, err) == 2
    assert [json.loads(line)["in"] for line in out.getvalue().splitlines()] == ["hello", "!photo x.jpg"]
    assert err.getvalue().startswith(f"{script}:5: there is no directive !nonsense")
    assert err.getvalue().count("\n") == 1


def test_a_file_beside_the_script_is_really_read(tmp_path: Path, templates: Path) -> None:
    from pypdf import PdfWriter

    script = tmp_path / "a.script"
    script.write_text("!document report.pdf\n", encoding="utf-8")
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "report.pdf")
    seen = []

    def look(talk, heard, *rest):  # type: ignore[no-untyped-def]
        seen.append(heard[0].message.attachment)
        return plain_step(talk, heard, *rest)

    options = ChatOptions(BRAND, "telegram", "555", NOW, script=script)
    settings = Settings(_env_file=None, data_dir=tmp_path)
    with opened(options, settings, look, reader_for=lambda *_given: WordReader(), templates=templates) as chat:
        chat.line("!document report.pdf")
        chat.line("!document other.pdf")
    assert [(each.name, len(each.key)) for each in seen] == [("report.pdf", 64), ("other.pdf", 69)]


def test_a_kept_database_goes_on_where_it_was(tmp_path: Path, templates: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    options = ChatOptions(BRAND, "whatsapp", ASHA, NOW, database=str(tmp_path / "kept.sqlite3"))
    for expected in (None, "submitted"):
        with opened(
            options, settings, plain_step, reader_for=lambda *_given: WordReader(), templates=templates
        ) as chat:
            line = chat.line("hello")
            assert (line.case["state"] if line.case else None) == expected
            chat.line("file it")
