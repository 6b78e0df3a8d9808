"""The measuring command: what it counts, and how it ends."""

import json
from pathlib import Path

from bot.accuracy import Question, Tally, _judge, run
from dialogs.reading.clauses import ClauseReading

SECTIONS = {"1#1": "1", "1#2": "1", "2#1": "2"}


def reading(best: str, answerable: float) -> ClauseReading:
    others = tuple((clause, 0.1) for clause in SECTIONS if clause != best)
    return ClauseReading(((best, 0.8), *others), answerable, "emi", None)  # type: ignore[arg-type]


def judged(question: Question, best: str, answerable: float = 0.9, intent: str = "policy_question") -> Tally:
    return _judge(question, [(intent, 0.9)], reading(best, answerable), SECTIONS)


def test_a_clause_of_the_right_section_counts_there_only() -> None:
    tally = judged(Question("b", "text", "en", ("1#1",)), "1#2")
    assert (tally.clause, tally.section, tally.wrong_stated) == (0, 1, 0)


def test_a_wrong_section_counts_only_where_it_would_be_stated() -> None:
    question = Question("b", "text", "en", ("1#1",))
    assert judged(question, "2#1", 0.5).wrong_stated == 1
    assert judged(question, "2#1", 0.49).wrong_stated == 0


def test_silence_is_kept_below_the_border() -> None:
    question = Question("b", "text", "en")
    assert judged(question, "2#1", 0.2).silent_kept == 1
    assert judged(question, "2#1", 0.8).silent_kept == 0


def test_a_finer_intent_is_right_for_itself_and_for_its_parent() -> None:
    assert judged(Question("b", "x", "en", intent=("complaint",)), "1#1", intent="appeal").intents_right == 1
    assert (
        judged(Question("b", "x", "en", intent=("appeal", "complaint")), "1#1", intent="complaint").intents_right == 1
    )
    assert judged(Question("b", "x", "en", intent=("complaint",)), "1#1", intent="thanks").intents_right == 0


def test_a_foreign_set_is_measured_and_a_miss_ends_with_1(tmp_path: Path, models: Path) -> None:
    rows = [
        {"id": "1", "brand": "api-infotech", "text": "dsc download kar liya, paisa wapas milega?", "lang": "hinglish",
         "kind": "policy_question", "gold": ["1#1"]},
        {"id": "2", "brand": "api-infotech", "text": "is EMI available on dsc", "lang": "en",
         "kind": "no_answer", "gold": []},
        {"id": "3", "brand": "api-infotech", "text": "i want my money back", "lang": "en", "kind": "intent", "gold": [],
         "intent": "start_refund"},
    ]  # fmt: skip
    sample, lines = tmp_path / "sample.jsonl", list[str]()
    sample.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(["api-infotech"], sample, curve=True, data_dir=models, write=lines.append) == 0
    assert any("all goals reached" in line for line in lines)
    rows[0]["gold"] = ["6#1"]
    sample.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert run(["api-infotech"], sample, data_dir=models, write=lines.append) == 1
    assert any("below the goals" in line for line in lines)
