"""A document is cut into sections and clauses with ids, and what is drafted from it loads as a pack."""

from datetime import date

import pytest

from policies.document_lines import join_pages
from policies.draft import draft, find_contacts, find_date, find_limits, label_of
from policies.files import Contact
from policies.importer import Document, Piece, cut
from policies.load import load_pack
from policies.yaml_source import load_yaml


def texts(document: Document) -> dict[str, str]:
    return {piece.id: piece.text for piece in document.pieces}


def ids(text: str) -> list[str]:
    return [piece.id for piece in cut(text).pieces]


NUMBERED = """Kite Hill Cycles

What we give back and when.

1. Cycles

Our cycles come with a year of care.

  • A cycle goes back within 10 days.

  • It goes back for free only if:

    • the frame is cracked

    • you tell us in 48 hours

  • The bell stays with you.

The box has to be whole.

2. Rides
2.1 Booked rides
You can leave a booked ride:
- by phone
- by mail
Money for a booked ride:
- A day before: 80% is paid back
- Later: nothing is paid back
Rain changes nothing here.
2.1.1. Group rides
For Schools: The teacher asks for the money.
For Firms: The firm asks for the money.
3. Questions
Write or call us:

Kite Hill Cycles

Email: care@kitehill.example

Phone: +91 98765 43210

Note: Shops that sell our cycles have rules of their own.
"""


def test_a_numbered_document_is_cut_by_the_numbering_scheme() -> None:
    document = cut(NUMBERED)
    assert [part.id for part in document.parts] == ["intro", "1", "2", "2.1", "2.1.1", "3", "note"]
    assert texts(document) == {
        "intro": "Kite Hill Cycles What we give back and when.",
        "1": "Our cycles come with a year of care.",
        "1#1": "A cycle goes back within 10 days.",
        "1#2": "It goes back for free only if:",
        "1#2.1": "the frame is cracked",
        "1#2.2": "you tell us in 48 hours",
        "1#3": "The bell stays with you.",
        "1#4": "The box has to be whole.",
        "2": "2. Rides",
        "2.1": "You can leave a booked ride:",
        "2.1#1": "by phone",
        "2.1#2": "by mail",
        "2.1:lead2": "Money for a booked ride:",
        "2.1#3": "A day before: 80% is paid back",
        "2.1#4": "Later: nothing is paid back",
        "2.1#5": "Rain changes nothing here.",
        "2.1.1": "2.1.1. Group rides",
        "2.1.1#1": "For Schools: The teacher asks for the money.",
        "2.1.1#2": "For Firms: The firm asks for the money.",
        "3": "Write or call us: Kite Hill Cycles",
        "3#1": "Email: care@kitehill.example",
        "3#2": "Phone: +91 98765 43210",
        "note": "Note: Shops that sell our cycles have rules of their own.",
    }
    assert document.headings == ("2", "2.1.1")
    assert [part.title for part in document.parts if part.id == "2.1"] == ["Booked rides"]


def test_a_second_list_may_be_introduced_by_two_lines() -> None:
    document = cut("1. Fees\n- small\n- large\nOther Fees:\nThese are asked for only if:\n- a form is lost\n")
    assert texts(document)["1:lead2"] == "Other Fees: These are asked for only if:"
    assert ids("1. Fees\n- small\nA word on it.\nAlso:\n- large\n") == ["1", "1#1", "1#2", "1:lead2", "1#3"]


def test_sections_without_numbers_are_named_by_their_titles() -> None:
    document = cut(
        "🎁 Gifts & Vouchers\n\nVouchers are final.\n\n📦 Sending Back (Parcels)\n\nTo send a parcel back:\n\n"
        "  1. Call us.\n\n  2. Pack it.\n\nRefund/Exchange Limits\n\n  • One a year.\n\n☎ Ask Us\n\n"
        "We are glad to help.\n"
    )
    assert [part.id for part in document.parts] == ["gifts", "sending-back", "limits", "ask"]
    assert [part.title for part in document.parts][1] == "Sending Back (Parcels)"
    assert texts(document)["sending-back#2"] == "Pack it."


def test_names_of_sections_are_told_apart() -> None:
    document = cut("# Shop\n## Money & Time\na\n## Money (Cards)\nb\n## Money\nc\n## Money\nd\n## 7 / 8\ne\n")
    names = [part.id for part in document.parts]
    assert len(names) == len(set(names)) == 6
    assert names[:2] == ["intro", "money"]
    assert "section" in names


def test_a_list_with_numbers_does_not_open_sections() -> None:
    assert ids("4. Words\nNo.\n") == ["intro#1", "intro#2"]
    document = cut(
        "1. Parcels\nDo this:\n  1. Pack.\n  2. Seal.\n  3. Send.\n2. Money\nIt comes back.\n3. End\nThat is all.\n"
    )
    assert [piece.id for piece in document.pieces] == ["1", "1#1", "1#2", "1#3", "2", "3"]


def test_lists_nest_by_indent_and_without_it_by_marker() -> None:
    deep = "1. Parcels\n* one\n  * two\n    * three\n  * four\n* five\n"
    assert ids(deep) == ["1", "1#1", "1#1.1", "1#1.1.1", "1#1.2", "1#2"]
    flat = "1. Parcels\n* only if:\n- small\n- light\n* always\n"
    assert ids(flat) == ["1", "1#1", "1#1.1", "1#1.2", "1#2"]
    mixed = "1. Parcels\nDo this:\n- one\n• two\n- three\n"
    assert ids(mixed) == ["1", "1#1", "1#2", "1#3"]


def test_a_section_number_run_together_with_a_sentence_opens_a_section() -> None:
    document = cut(
        "1. Tents\n1.1. Poles\nPoles are checked by hand.1.1.1. Broken Poles\n- Tell us.\n1.2. Pegs\n- Keep them.\n"
    )
    assert [piece.id for piece in document.pieces] == ["1", "1.1", "1.1.1", "1.1.1#1", "1.2", "1.2#1"]
    assert texts(document)["1.1"] == "Poles are checked by hand."
    # An hour or a version that follows a full stop is none.
    assert ids("1. Shops\nWe open daily.\nAsk at no.5.1 Lake Road.\n") == ["1"]


def test_roman_numbers_count_sections_and_letters_count_items() -> None:
    document = cut(
        "Rules\n\nI. SCOPE\nFor classes.\n\nII. LEAVING\n1. Tell us.\n2. Wait.\nIII. MONEY\n"
        "(a) Card: 5 days.\n(b) UPI: 2 days.\n"
    )
    assert [piece.id for piece in document.pieces] == ["intro", "1", "2", "2#1", "2#2", "3", "3#1", "3#2"]


def test_hindi_numbers_and_words_count_as_ours_do() -> None:
    document = cut("नीति\n\n१. रद्द करना\nजाने से पहले हो सकता है।\n• 24 घंटे में लिखें\n\n२. पैसा\n२.१ कटौती\n₹50 कटते हैं।\n")
    assert [piece.id for piece in document.pieces] == ["intro", "1", "1#1", "2", "2.1"]
    assert ids("धारा 1: सामान\nवापस होता है।\nधारा 2: पैसा\nलौटता है।\n") == ["1", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "Section 1: Orders\nThey can change.\n1. by phone\n2. by mail\nSection 2: Money\nIt comes back.\n",
        "1 Orders\nThey can change.\n- by phone\n- by mail\n2 Money\nIt comes back.\n",
        "1) Orders\nThey can change.\n* by phone\n* by mail\n2) Money\nIt comes back.\n",
        "## 1. Orders\nThey can change.\n1. by phone\n2. by mail\n## 2. Money\nIt comes back.\n",
        "**1. Orders**\n\nThey can change.\n\n* by phone\n* by mail\n\n**2. Money**\n\nIt comes back.\n",
        "1. Orders\r\n\tThey can change.\r\n\t-\tby phone\r\n\t-\tby mail\r\n2. Money\r\n\tIt comes back.\r\n",
        "1.\nOrders\nThey can change.\n•\nby phone\n•\nby mail\n2.\nMoney\nIt comes back.\n",
        "\ufeff1. Orders\nThey\u00a0can change.\n\u2022\u200b by phone\n\u2022 by mail\n\x0c2. Money\nIt comes back.\n",
    ],
)
def test_the_same_document_is_cut_alike_in_every_style(text: str) -> None:
    document = cut(text)
    assert texts(document) == {
        "1": "They can change.",
        "1#1": "by phone",
        "1#2": "by mail",
        "2": "It comes back.",
    }
    assert [part.title for part in document.parts] == ["Orders", "Money"]


def test_a_sentence_with_a_number_is_its_own_text() -> None:
    document = cut(
        "1. You may leave within 2 days of the order.\n2. Later nothing is paid back.\n"
        "3. Complaints: write in 10 days.\n"
    )
    assert texts(document) == {
        "1": "You may leave within 2 days of the order.",
        "2": "Later nothing is paid back.",
        "3": "Complaints: write in 10 days.",
    }
    assert document.parts[2].title == "Complaints"
    assert not document.headings


def test_wrapped_lines_are_joined_and_lists_are_not() -> None:
    document = cut(
        "1. Leaving\nAn order can be stopped at any time before it goes out of our shop in\nPune. After that the "
        "rules for parcels hold for it, and nothing else\ndoes.\n\n- A stopped order is paid back in full in 3 days, "
        "if it was\n  paid by card.\n- Cash is paid at the shop.\n"
    )
    assert texts(document) == {
        "1": "An order can be stopped at any time before it goes out of our shop in Pune. After that the rules for "
        "parcels hold for it, and nothing else does.",
        "1#1": "A stopped order is paid back in full in 3 days, if it was paid by card.",
        "1#2": "Cash is paid at the shop.",
    }


def test_markdown_marks_become_plain_words() -> None:
    document = cut(
        "# Books\n## Sending back\nWithin **14 days** of [the parcel](#parcel), says `us`.\n\n- *Unread* books\n"
        "- Write to [us](https://kite.example/help)\n\n| Way | Days | Fee |\n|---|:-:|---|\n| UPI | 2 | ₹0 |\n"
        "## End\nBye.\n"
    )
    assert texts(document) == {
        "intro": "Books",
        "sending-back": "Within 14 days of the parcel, says us.",
        "sending-back#1": "Unread books",
        "sending-back#2": "Write to us (https://kite.example/help)",
        "sending-back#3": "Way: UPI; Days: 2; Fee: ₹0",
        "end": "Bye.",
    }


def test_no_word_of_the_document_is_lost() -> None:
    words = NUMBERED.replace("•", " ").replace("\n- ", "\n").split()
    cut_words = " ".join(piece.text for piece in cut(NUMBERED).pieces).split()
    missing = {word for word in words if word not in cut_words}
    # What is not in the clauses stands in the titles.
    titles = " ".join(f"{part.id}. {part.id} {part.title}" for part in cut(NUMBERED).parts).split()
    assert missing <= set(titles)


@pytest.mark.parametrize("text", ["", " \n\t\n", "\x00\x01\x02", "-", "1.", "****"])
def test_a_text_without_words_has_no_structure(text: str) -> None:
    assert len(cut(text).stated) <= 1


def test_a_text_without_headings_is_an_introduction() -> None:
    document = cut("We like our customers. Tell us if you are not happy.")
    assert [piece.id for piece in document.pieces] == ["intro"]
    assert not document.headings


def test_one_huge_line_is_cut_in_good_time() -> None:
    assert len(cut("word " * 100_000).pieces) == 1
    assert len(cut("# " + "#" * 200_000 + "x").pieces) == 1
    assert len(cut("1." * 100_000).pieces) == 1


def test_page_numbers_and_running_titles_are_left_out() -> None:
    pages = [f"Kite Rules\n{number}. Part\nText {number} stands here.\nPage {number} of 4" for number in range(1, 5)]
    joined = join_pages(pages)
    assert "Page" not in joined
    assert "Kite Rules" not in joined
    assert "Text 3 stands here." in joined
    assert "3. Part" in joined


def test_limits_are_found_as_they_are_written() -> None:
    text = (
        "Within 24-48 hours, 7 – 10 business days or a month; 50% or 12.5 percent; ₹1,500 to ₹2,000, Rs. 99 and 500/-."
    )
    assert [(limit.kind, limit.text) for limit in find_limits([Piece("1", "1", text)])] == [
        ("time", "24-48 hours"),
        ("time", "7–10 business days"),
        ("percent", "50%"),
        ("percent", "12.5 percent"),
        ("amount", "₹1,500 to ₹2,000"),
        ("amount", "Rs. 99"),
        ("amount", "500/-"),
    ]
    hindi = find_limits([Piece("1", "1", "पैसा ७ कार्य दिवस या 24 घंटे में, 10 प्रतिशत कम।")])
    assert [limit.text for limit in hindi] == ["7 कार्य दिवस", "24 घंटे", "10 प्रतिशत"]
    assert [limit.text for limit in find_limits([Piece("1", "1", "ten (10) days, and 10 days again")])] == ["10 days"]


def test_contacts_are_found_once_with_their_kind() -> None:
    pieces = [
        Piece("1", "1", "Write to care@kite.example, or WhatsApp (+91 98765 43210)."),
        Piece("1#1", "1", "Phone: 98765-43210, 1800 123 4567. Order 1234567890123456."),
        Piece("1#2", "1", "Support Portal: help.kite.in and www.kite.in/refund, care@kite.example"),
        Piece("1#3", "1", "Address: 4 Lake Road, Pune"),
    ]
    assert [(each.kind, each.value, each.clause) for each in find_contacts(pieces)] == [
        ("email", "care@kite.example", "1"),
        ("whatsapp", "+91 98765 43210", "1"),
        ("phone", "98765-43210", "1#1"),
        ("phone", "1800 123 4567", "1#1"),
        ("portal", "help.kite.in", "1#2"),
        ("website", "www.kite.in/refund", "1#2"),
        ("address", "4 Lake Road, Pune", "1#3"),
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Last updated: 3 March 2026", date(2026, 3, 3)),
        ("Last Updated - March 3rd, 2026", date(2026, 3, 3)),
        ("Effective from 03/04/2026", date(2026, 4, 3)),
        ("Revised on 2026-04-03.", date(2026, 4, 3)),
        ("updated 31 February 2026 and again 1 May 2026", date(2026, 5, 1)),
        ("We were founded on 3 March 2006", None),
        ("updated often", None),
    ],
)
def test_the_date_of_the_document_is_found(text: str, day: date | None) -> None:
    assert find_date(text) == day


def test_a_label_fits_on_a_button() -> None:
    assert label_of("Late Fee: asked for after a week") == "Late Fee"
    assert label_of("The frame of the cycle is broken in two") == "The frame"
    assert len(label_of("x" * 99)) == 20


def test_the_draft_loads_and_says_what_the_document_says() -> None:
    document = cut(NUMBERED)
    made = draft(document, "kite-hill", "Kite Hill Cycles", date(2026, 3, 3), dated_by_source=False)
    pack = load_pack(made.files)
    version = pack.newest
    assert pack.brand.name == "Kite Hill Cycles"
    assert pack.brand.case_prefix == "KIT"
    assert list(version.text.source_ids) == [piece.id for piece in document.pieces]
    assert version.text.headings == ("2", "2.1.1")
    assert not version.text.dated_by_source
    assert {id_: clause.says.en for id_, clause in version.clauses.items()} == {
        piece.id: piece.text for piece in document.stated
    }
    for clause in version.clauses.values():
        assert clause.says.hi == clause.says.hinglish == f"To be translated: {clause.says.en}"
    assert Contact(kind="email", value="care@kitehill.example", clause="3#1") in pack.brand.contacts
    assert pack.brand.privacy.hi.startswith("To be written:")


def test_in_the_draft_every_request_goes_to_a_person() -> None:
    version = load_pack(draft(cut(NUMBERED), "kite", "Kite", date(2026, 3, 3), dated_by_source=True).files).newest
    assert list(version.claim_types) == ["general_request"]
    (claim_type,) = version.claim_types.values()
    assert claim_type.text.kind == "service"
    assert version.types_for({}) == ([claim_type], [])
    assert [slot.name for slot in claim_type.slots] == ["reason"]


def test_limits_stand_as_candidates_in_the_claims() -> None:
    made = draft(cut(NUMBERED), "kite", "Kite", date(2026, 3, 3), dated_by_source=True)
    claims = made.files["2026-03-03/claims.yaml"]
    assert '#   - {matter: to_be_named, clause: "1#2.2", limit: "48 hours"}' in claims
    assert "#   2.1#3: 80%" in claims
    lines = claims.splitlines()
    start = lines.index("# windows:")
    shown = [line[2:] for line in lines[start : lines.index("", start)]]
    assert load_yaml("claims.yaml", "\n".join(shown))["windows"][0] == {
        "matter": "to_be_named",
        "clause": "1#1",
        "limit": "10 days",
    }


def test_a_hindi_document_is_drafted_in_hindi() -> None:
    document = cut("१. रद्द करना\nऑर्डर जाने से पहले रद्द हो सकता है।\n२. पैसा\nसात दिन में लौटता है।\n")
    clause = load_pack(draft(document, "kite", "Kite", date(2026, 3, 3), dated_by_source=True).files).newest.clauses[
        "2"
    ]
    assert clause.says.hi == "सात दिन में लौटता है।"
    assert clause.says.en == "To be translated: सात दिन में लौटता है।"


def test_whatever_signs_a_document_has_the_draft_loads() -> None:
    document = cut(
        "1. \"Quotes\": \\ and {braces}, #1\n- 50% off & more: yes\n- 'no' — “ok” \U0001f600\x85\u2028 | > @ `x`\n"
        "- null\n- 1.5\n"
    )
    pack = load_pack(draft(document, "k9", 'K: {9} "x" #', date(2026, 3, 3), dated_by_source=True).files)
    assert pack.brand.name == 'K: {9} "x" #'
    assert pack.brand.case_prefix == "RD"
    assert [clause.says.en for clause in pack.newest.clauses.values()] == [piece.text for piece in document.stated]
