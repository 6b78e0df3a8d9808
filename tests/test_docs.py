"""The papers are true: fields, settings and links exist, decision records are whole, nothing names a machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import CREDENTIALS, PREFIX, Settings
from policies import files

ROOT = Path(__file__).parent.parent
PACK_FORMAT = ROOT / "docs" / "pack-format.md"
SETTINGS = ROOT / "docs" / "settings.md"
RECORDS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
MODELS = sorted(files.FileModel.__subclasses__() + files.Questions.__subclasses__(), key=lambda model: model.__name__)
NOT_OURS = {".git", ".hypothesis", ".venv", "var", "dist", "node_modules"}


def section(text: str, title: str) -> str:
    """What stands under the heading that begins with `title`, up to the next heading."""
    found = re.search(rf"^#+ {re.escape(title)}\b.*?\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def rows(text: str) -> list[str]:
    """The first cells of the tables of `text` that are written as code."""
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


# -- the pack format --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_of_a_pack_file_is_described_and_no_other(model: type[files.FileModel]) -> None:
    described = rows(section(PACK_FORMAT.read_text(encoding="utf-8"), model.__name__))
    assert described == list(model.model_fields), f"docs/pack-format.md, {model.__name__}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_the_shapes_say_of_a_field_stands_in_the_papers_too(model: type[files.FileModel]) -> None:
    text = section(PACK_FORMAT.read_text(encoding="utf-8"), model.__name__)
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    assert re.findall(r"^\| `([^`]+)` \|.*\(required\) \|$", text, re.MULTILINE) == required
    for field in model.model_fields.values():
        assert (field.description or "") in text


def test_the_format_names_every_finding_of_policy_check() -> None:
    source = (ROOT / "policies" / "check.py").read_text(encoding="utf-8")
    kinds = set(re.findall(r'Finding\(\s*"(?:error|note)"(?: if \w+ else "error")?, "([^"]+)"', source))
    assert len(kinds) >= 10
    text = section(PACK_FORMAT.read_text(encoding="utf-8"), "What `policy check` finds, and what to do")
    told = set(re.findall(r"^\| ([a-z ]+) \|", text, re.MULTILINE))
    assert kinds <= told, kinds - told


# -- settings ---------------------------------------------------------------------------------------------------------


def test_every_setting_is_described_with_its_own_words() -> None:
    text = SETTINGS.read_text(encoding="utf-8")
    assert [name for name in rows(text) if "<BRAND>" not in name] == [
        PREFIX + name.upper() for name in Settings.model_fields
    ]
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description in text, name


def test_every_credential_of_a_channel_is_described() -> None:
    described = [name for name in rows(SETTINGS.read_text(encoding="utf-8")) if "<BRAND>" in name]
    assert described == [f"{PREFIX}<BRAND>_{name}" for name in CREDENTIALS]


# -- decisions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_record_is_whole_and_names_what_carries_it(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert re.match(rf"# {record.name[:4]}: \S", text)
    for title in ("Context", "Decision", "Consequences", "Alternatives"):
        assert section(text, title).strip(), f"{record.name} has nothing under {title}"
    tests = re.findall(r"`(tests/[\w/.-]+)`", text)
    commands = re.findall(r"`make (\w+)`", text)
    assert tests or commands, f"{record.name} names no test or command that would fail without it"
    for path in tests:
        assert (ROOT / path).exists(), f"{record.name}: {path}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert f"\n{command}:" in makefile, f"{record.name}: make {command}"


def test_decision_records_are_numbered_without_repeats() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert len(numbers) == len(set(numbers))
    assert all(number.isdigit() for number in numbers)


# -- links and machines -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    text = re.sub(r"```.*?```", "", paper.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        linked = (paper.parent / path) if path else paper
        assert linked.exists(), f"{paper.name}: {target}"
        if anchor and linked.suffix == ".md":
            assert anchor in anchors(linked), f"{paper.name}: {target}"


def anchors(paper: Path) -> set[str]:
    """The anchors of a paper's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the repository, without what is built or installed into its folder."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if not path.is_file() or any(part in NOT_OURS or part.endswith(("_cache", "__pycache__")) for part in parts):
            continue
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


# Written with brackets so that these lines do not find themselves.
FOREIGN = re.compile(
    r"py[p]i\.|python[h]osted|npm[j]s|--(?:extra-)?index-ur[l]|(?<![\w.:/*])/(?:home|root|Users|work)/[\w.]|[C]:\\Users",
    re.IGNORECASE,
)


def test_no_line_names_a_package_index_or_a_path_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        if path.name != ".env"
        for number, line in enumerate(text.splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert not found, "\n".join(found)
