"""`policy import`: files of every kind become a draft that loads; what gives none is told in one line."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from bot.cli.run import run
from bot.packs import PACKS, brand_names, pack_texts, read_pack
from bot.policy_import import BadDocument, html_text, import_document, read_document
from bot.questions import read_questions, read_silent
from policies.check import check_pack
from policies.importer import cut

TODAY = date(2026, 5, 4)
POLICY = """Lake Road Looms

Last updated: 3 March 2026

1. Shawls

A shawl can be sent back within 10 days:

- unworn
- with its card

2. Money

We pay ₹500 back at most. Write to care@looms.example.
"""
IDS = ["intro", "1", "1#1", "1#2", "2"]


def pdf(*pages: str) -> bytes:
    """A PDF whose pages say these lines."""
    count = len(pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>"
        % (count, b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(count))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in enumerate(pages):
        drawn = " T* ".join(f"({line}) Tj" for line in page.splitlines())
        stream = f"BT /F1 12 Tf 14 TL 20 700 Td {drawn} ET".encode()
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * number),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        ]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    return tmp_path / "packs"


def written(folder: Path, data: str | bytes, name: str = "policy.txt") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def run_import(path: Path, packs: Path, *more: str) -> int:
    return run(["policy", "import", str(path), "--brand", "looms", "--to", str(packs), *more])


def test_a_document_becomes_a_pack_that_loads_and_checks(tmp_path: Path, packs: Path) -> None:
    done = import_document(written(tmp_path, POLICY), "looms", TODAY, to=packs)
    assert brand_names(packs) == ["looms"]
    pack = read_pack("looms", packs)
    assert pack.brand.name == "Looms"
    assert pack.newest.in_force_from == date(2026, 3, 3)
    assert pack.newest.text.dated_by_source
    assert list(pack.newest.text.source_ids) == IDS
    files = pack_texts("looms", packs)
    assert set(files) == set(done.made.files)
    questions = read_questions(files, "2026-03-03")
    assert list(questions) == list(pack.newest.clauses)
    assert all(not matter.en for matter in read_silent(files, "2026-03-03"))
    found = check_pack(pack, {"2026-03-03": questions})
    assert {(each.level, each.kind) for each in found} == {("note", "clause with few questions")}


def test_the_summary_says_what_was_found_and_what_is_left(
    tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_import(written(tmp_path, POLICY), packs, "--name", "Lake Road Looms") == 0
    shown = capsys.readouterr().out
    for part in (
        "a draft for Lake Road Looms, in force from 2026-03-03 (as the document says)",
        "sections: 3",
        "    1  Shawls",
        "clauses: 5, and 0 bare headings",
        "limits: times 1, shares 0, sums 1",
        "    1  10 days",
        "    2  ₹500",
        "    2  email: care@looms.example",
        "refund-desk policy check looms",
    ):
        assert part in shown


def test_the_summary_is_one_object_for_programs(
    tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_import(written(tmp_path, POLICY), packs, "--json", "--date", "2026-04-01") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    summary = json.loads(lines[0])
    assert (summary["brand"], summary["version"], summary["dated_by_source"]) == ("looms", "2026-04-01", False)
    assert summary["ids"] == IDS
    assert summary["clauses"] == 5
    assert summary["limits"][0] == {"clause": "1", "kind": "time", "text": "10 days"}
    assert summary["contacts"] == [{"kind": "email", "value": "care@looms.example", "clause": "2"}]
    assert any("--date" in step for step in summary["next"])


def test_without_a_date_the_day_of_the_import_is_taken(tmp_path: Path, packs: Path) -> None:
    done = import_document(
        written(tmp_path, POLICY.replace("Last updated: 3 March 2026", "")), "looms", TODAY, to=packs
    )
    assert (done.day, done.dated_by_source) == (TODAY, False)


HTML = """<!doctype html><html><head><title>no</title><style>p {}</style></head><body>
<nav><a href="/">Home</a></nav><h1>Lake Road Looms</h1><p>Last updated: <em>3 March 2026</em></p>
<h2>1. Shawls</h2><p>A shawl can be sent&nbsp;back within <b>10 days</b>:</p><ul><li>unworn<li>with its card</ul>
<h2>2. Money</h2><p>We pay &#8377;500 back at most.
Write to <a href="mailto:care@looms.example">care@looms.example</a>.</p><script>alert("1. no")</script></body></html>"""
MARKDOWN = """# Lake Road Looms

Last updated: 3 March 2026

## 1. Shawls

A shawl can be sent back within **10 days**:

* unworn
* with its card

## 2. Money

We pay ₹500 back at most. Write to [care@looms.example](mailto:care@looms.example).
"""
PRINTED = POLICY.replace("₹", "Rs. ")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("policy.txt", POLICY),
        ("policy.TXT", POLICY.replace("\n", "\r\n")),
        ("policy.txt", POLICY.encode("utf-16")),
        ("policy.txt", b"\xef\xbb\xbf" + POLICY.encode()),
        ("policy.txt", PRINTED.replace("- ", "• ").encode("cp1252")),
        ("policy.md", MARKDOWN),
        ("policy.html", HTML),
        ("policy.txt", HTML),
        ("policy.htm", HTML.replace("\n", "\r\n")),
        ("policy.pdf", pdf(PRINTED)),
        ("policy.pdf", pdf(*PRINTED.split("\n2. ")).replace(b"(Money)", b"(2. Money)")),
        ("policy.txt", pdf(PRINTED)),
    ],
)
def test_the_same_policy_is_cut_alike_from_every_kind_of_file(tmp_path: Path, name: str, data: str | bytes) -> None:
    if isinstance(data, bytes) and data.startswith(b"%PDF-") and b"(2. Money)" in data and b"/Count 2" in data:
        # The replacement moved what follows; written anew, the places are right again.
        out = io.BytesIO()
        PdfWriter(clone_from=PdfReader(io.BytesIO(data))).write(out)
        data = out.getvalue()
    document = cut(read_document(written(tmp_path, data, name)))
    assert [piece.id for piece in document.pieces] == IDS
    found = {piece.id: piece.text.replace("Rs. ", "₹") for piece in document.pieces}
    assert found["1"] == "A shawl can be sent back within 10 days:"
    assert found["1#2"] == "with its card"
    assert found["2"] == "We pay ₹500 back at most. Write to care@looms.example."


def test_tables_nested_lists_and_bold_titles_of_a_page_keep_their_form() -> None:
    page = html_text(
        "<body><div><strong>Ways to pay</strong></div><table><tr><th>Way</th><th>Wait</th></tr><tr><td>UPI</td>"
        "<td>2 | 3 days</td></tr></table><p><b>Steps</b></p><ol start='1'><li>Pack<ul><li>well</li></ul></li>"
        "<li><p>Send <b>soon</b></p></li></ol><table><tr><td>a</td><td>b</td></tr></table></body>"
    )
    assert {piece.id: piece.text for piece in cut(page).pieces} == {
        "ways-to-pay": "Ways to pay",
        "ways-to-pay#1": "UPI: 2 / 3 days",
        "steps": "Steps",
        "steps#1": "Pack",
        "steps#1.1": "well",
        "steps#2": "Send soon",
        "steps#3": "a: b",
    }


def locked() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(PRINTED))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("policy.txt", "", "the file is empty"),
        ("policy.txt", " \n\t ", "the file is empty"),
        ("policy.txt", "We like our customers. Tell us if not.", "no structure found: number the sections"),
        ("policy.txt", b"\x7fELF\x00\x00\x01", "not text"),
        ("policy.txt", b"1. Shawls\n\x81\x8d\xe0\xa4 no\n", "save it as UTF-8"),
        ("policy.txt", b"\xff\xfe1", "not text"),
        ("policy.txt", "word " * 100_000, "are no refund policy"),
        ("policy.txt", b"x" * 10_000_000, "larger than 5 MB"),
        ("policy.txt", "- a\n" * 3000, "3000 clauses are no refund policy"),
        ("policy.html", "<html><script>1. no</script></html>", "there is no text in it"),
        ("policy.docx", b"PK\x03\x04", "Save the document as PDF or as text."),
        ("policy.png", b"\x89PNG", ".png is not read"),
        ("policy", POLICY, "a file without an ending is not read"),
        ("policy.pdf", POLICY, "not a PDF, whatever its name says"),
        ("policy.pdf", b"%PDF-1.4 broken", "the PDF is broken"),
        ("policy.pdf", pdf("", ""), "the PDF has no text, it may be a scan"),
        ("policy.pdf", locked(), "the PDF has a password"),
    ],
)
def test_a_file_that_gives_no_draft_is_told_in_one_line(
    tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str], name: str, data: str | bytes, reason: str
) -> None:
    assert run_import(written(tmp_path, data, name), packs) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1
    assert reason in told.err
    assert not packs.exists()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--brand", "My Shop"], "is no name for a pack"),
        (["--brand", "../looms"], "is no name for a pack"),
        (["--brand", "common"], "is no name for a pack"),
        (["--brand", "looms", "--date", "soon"], "--date 'soon' is no day"),
        ([], "Missing option '--brand'"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(
    tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str], options: list[str], reason: str
) -> None:
    path = written(tmp_path, POLICY)
    assert run(["policy", "import", str(path), "--to", str(packs), *options]) == 2
    assert reason in capsys.readouterr().err
    assert not packs.exists()


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_import(tmp_path / "nothing.txt", packs) == 2
    assert "does not exist" in capsys.readouterr().err
    assert run_import(tmp_path, packs) == 2
    assert "is a directory" in capsys.readouterr().err


def test_nothing_is_overwritten_unless_that_is_asked_for(
    tmp_path: Path, packs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, POLICY)
    assert run_import(path, packs) == 0
    own = packs / "looms" / "2026-03-03" / "clauses_more.yaml"
    own.write_text("sections: {}\nclauses: []\n", encoding="utf-8")
    other = packs / "looms" / "2025-01-01" / "version.yaml"
    other.parent.mkdir()
    other.write_text("kept", encoding="utf-8")
    before = (packs / "looms" / "brand.yaml").read_bytes()
    capsys.readouterr()

    assert run_import(path, packs, "--name", "Other") == 2
    assert "exists: choose another --brand or --to, or replace its draft with --force" in capsys.readouterr().err
    assert (packs / "looms" / "brand.yaml").read_bytes() == before
    assert own.exists()

    assert run_import(path, packs, "--name", "Other", "--force") == 0
    assert b'name: "Other"' in (packs / "looms" / "brand.yaml").read_bytes()
    assert not own.exists()
    assert other.read_text(encoding="utf-8") == "kept"
    assert [each.name for each in packs.iterdir()] == ["looms"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = written(tmp_path, "a file", "packs")
    with pytest.raises(BadDocument, match="cannot be written"):
        import_document(written(tmp_path, POLICY), "looms", TODAY, to=blocked)


def as_document(brand: str) -> tuple[str, dict[str, str]]:
    """A finished pack's numbered clauses printed as a document, and what each id says."""
    version = read_pack(brand, PACKS).newest
    said, lines = {}, ["# All about it"]
    for id_ in version.text.source_ids:
        section, _, ordinal = id_.partition("#")
        if not section.replace(".", "").isdigit():
            continue
        clause = version.clauses.get(id_)
        if not ordinal:
            title = version.sections[section].title.en
            lines += ["", f"## {section} {title}", *(["", clause.says.en, ""] if clause else [])]
            said[id_] = clause.says.en if clause else f"{section} {title}"
        elif clause:
            lines.append("    " * ordinal.count(".") + f"- {clause.says.en}")
            said[id_] = clause.says.en
    return "\n".join(lines), said


@pytest.mark.parametrize("brand", brand_names())
def test_the_clauses_of_every_pack_survive_a_round_trip(tmp_path: Path, packs: Path, brand: str) -> None:
    text, said = as_document(brand)
    done = import_document(written(tmp_path, text, "policy.md"), "again", TODAY, to=packs)
    stated = {id_: clause.says.en for id_, clause in read_pack("again", packs).newest.clauses.items()}
    assert {piece.id: piece.text for piece in done.document.pieces if piece.id != "intro"} == said
    assert {"intro", *said} - set(done.document.headings) == set(stated)
