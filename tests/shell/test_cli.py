"""The command line: what it prints, where errors go, and its exit codes."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from shell_world import ASHA, BRAND

from bot.cli.run import run
from bot.packs import brand_names

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("REFUND_DESK_DATA_DIR", str(folder))
    monkeypatch.setenv("REFUND_DESK_LOG_LEVEL", "ERROR")
    return folder


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sends its logs to the stderr of its test, which is closed when the next test begins."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_help_comes_at_once_and_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom bot.cli.run import run\nrun(['--help'])\n"
        "heavy = {'sqlalchemy', 'sklearn', 'fastapi', 'numpy', 'jinja2', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout
    # A quiet machine needs a third of a second; this only tells a slow machine from a heavy import.
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["dance"], "No such command 'dance'"),
        (["chat"], "Missing option '--brand'"),
        (["chat", "--brand", "nobody"], "there is no pack 'nobody'; there are: api-infotech"),
        (["chat", "--brand", BRAND, "--channel", "fax"], "'fax' is no channel"),
        (["chat", "--brand", BRAND, "--now", "noon"], "--now 'noon' is no moment"),
        (["chat", "--brand", BRAND, "--script", "/nowhere"], "does not exist"),
        (["records", "import", "/nowhere"], "does not exist"),
        (["serve", "--port", "99999999"], "--port"),
        (["ask"], "give --brand B and a question"),
        (["assess"], "give --brand B and --facts FILE"),
        (["web"], "web shares its work through PostgreSQL and the database is SQLite, which is for one process"),
        (["worker"], "worker shares its work through PostgreSQL"),
        (["scheduler"], "scheduler shares its work through PostgreSQL"),
    ],
)
def test_a_wrong_use_is_one_line_and_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1


def test_an_odd_setting_stops_the_start(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_DESK_WORKERS", "many")
    assert run(["migrate"]) == 2
    assert capsys.readouterr().err.startswith("REFUND_DESK_WORKERS: ")


def test_a_public_service_needs_its_secret(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_DESK_PUBLIC_BASE_URL", "https://desk.example.com")
    assert run(["serve"]) == 2
    assert "REFUND_DESK_SECRET_KEY" in capsys.readouterr().err


def test_processes_that_share_their_work_share_the_key(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUND_DESK_DATABASE_URL", "postgresql://desk@127.0.0.1/desk")
    assert run(["worker"]) == 2
    assert capsys.readouterr().err.startswith("REFUND_DESK_SECRET_KEY is missing: worker")


def test_migrate_says_what_it_did(capsys: pytest.CaptureFixture[str], data_dir: Path) -> None:
    assert run(["migrate", "--json"]) == 0
    assert run(["migrate"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first) == {"before": None, "after": "0002"}
    assert second == "at revision 0002 already"
    assert (data_dir / "refund-desk.sqlite3").is_file()


def test_agents_are_added_listed_and_disabled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "a long password\n")
    assert run(["agent", "add", "Meera", "--brand", BRAND]) == 0
    types(monkeypatch, "short\n")
    assert run(["agent", "password", "Meera"]) == 1
    assert run(["agent", "disable", "Nobody"]) == 1
    assert run(["agent", "disable", "Meera"]) == 0
    capsys.readouterr()
    assert run(["agent", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "Meera", "brands": [BRAND], "disabled": True}


def test_records_are_imported_and_errors_name_the_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    right = {"brand": BRAND, "kind": "order", "id": "API-1", "phone": ASHA}
    file.write_text(f"{json.dumps(right)}\n{json.dumps({**right, 'kind': 'x', 'id': 'API-2'})}\n")
    assert run(["records", "import", str(file)]) == 1
    assert capsys.readouterr().err.startswith(f"{file}:2: kind: 'x' is not one of")
    assert run(["records", "import", str(file), "--keep-going", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"records": 1, "cases": 0, "errors": 1}


def test_what_is_held_of_a_customer_is_exported_and_erased(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text(json.dumps({"brand": BRAND, "kind": "order", "id": "API-1", "phone": ASHA}))
    assert run(["records", "import", str(file)]) == 0
    capsys.readouterr()
    asked = ["--brand", BRAND, "--customer", ASHA]
    assert run(["export", *asked]) == 0
    assert json.loads(capsys.readouterr().out)["table"] == "order_record"
    assert run(["erase", *asked, "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 1
    assert run(["export", *asked]) == 1
    assert "nothing is held" in capsys.readouterr().err


def test_finances_file_is_tried_before_it_is_done(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("ref,state\nAPI-00000,approved\n")
    assert run(["cases", "import", str(file), "--dry-run", "--json"]) == 1
    line = json.loads(capsys.readouterr().out)
    assert (line["ok"], line["kept"], line["says"]) == (False, False, "there is no case API-00000")
    file.write_text("ref,paid\n")
    assert run(["cases", "import", str(file)]) == 2
    assert "no column 'state'" in capsys.readouterr().err


def test_the_doctor_says_what_to_do(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(["doctor", "--json"]) == 1
    found = {line["what"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert found["data folder"]["ok"]
    assert found["database"]["remedy"] == "run: refund-desk migrate"
    run(["migrate"])
    monkeypatch.setenv("REFUND_DESK_API_INFOTECH_TELEGRAM_TOKEN", "1:abc")
    monkeypatch.setenv("REFUND_DESK_BRANDS", BRAND)
    capsys.readouterr()
    assert run(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "set REFUND_DESK_API_INFOTECH_TELEGRAM_SECRET too" in out
    assert f"ok    pack {BRAND}" in out


def test_the_doctor_tries_the_place_of_files_and_the_scanner(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(["migrate"])
    monkeypatch.setenv("REFUND_DESK_FILES_DIR", str(tmp_path / "files"))
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("REFUND_DESK_CLAMD_ADDRESS", f"127.0.0.1:{nobody.getsockname()[1]}")
        capsys.readouterr()
        run(["doctor", "--json"])
    found = {line["what"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (found["files"]["ok"], found["files"]["says"]) == (True, str(tmp_path / "files"))
    assert found["virus scanner"]["remedy"].startswith("start clamd")
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    (tmp_path / "blocked").write_bytes(b"")
    monkeypatch.setenv("REFUND_DESK_FILES_DIR", str(tmp_path / "blocked"))
    run(["doctor", "--json"])
    found = {line["what"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert (found["files"]["ok"], "REFUND_DESK_FILES_DIR" in found["files"]["remedy"]) == (False, True)


def test_packs_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "show", BRAND, "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert set(first) >= {"id", "section", "title", "says"}
    assert run(["policy", "diff", BRAND]) == 0
    assert run(["policy", "show", "nobody"]) == 2
    assert BRAND in brand_names()
