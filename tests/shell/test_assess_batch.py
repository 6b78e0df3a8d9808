"""A file of claims: a line that does not fit is told, and the others are judged all the same."""

import json
from pathlib import Path

import pytest

from bot.cli.run import run

DOWNLOADED = {"id": "a", "brand": "api-infotech", "facts": {"product": "dsc", "dsc_status": "downloaded"}}
MISSPELT = {"id": "b", "brand": "api-infotech", "facts": {"product": "dcs"}}


def test_a_line_that_does_not_fit_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (MISSPELT, DOWNLOADED)), encoding="utf-8")
    assert run(["assess", "--batch", str(path)]) == 1
    misspelt, downloaded = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert misspelt["outcome"] is None
    assert "claims.jsonl:1" in misspelt["error"]
    assert "'dcs' is not one of" in misspelt["error"]
    assert downloaded["outcome"] == "not_eligible"


def test_a_file_that_is_no_json_lines_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "claims.jsonl"
    path.write_text("nonsense\n", encoding="utf-8")
    assert run(["assess", "--batch", str(path)]) == 2
    assert "claims.jsonl:1" in capsys.readouterr().err
