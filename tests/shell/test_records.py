"""Order records in, and what a turn may see of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from shell_world import ASHA, BRAND, NOW, RAVI, World

from bot.lookup import match_form, mentioned_ids, people_at, records_for
from bot.packs import read_pack
from bot.records import import_file, import_rows, read_csv, read_json_lines
from bot.tables import CASE, CONVERSATION, DUE, ORDER_RECORD
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.values import read_values

ORDER = {
    "brand": BRAND,
    "kind": "order",
    "id": "API-8821",
    "phone": "90000 00001",
    "name": "Asha Verma",
    "product": "usb_token",
    "delivered_at": "2026-03-11T13:00+05:30",
}
CLAIM_TYPE = next(iter(read_pack(BRAND).newest.claim_types))
CASE_ROW = {
    "brand": BRAND,
    "kind": "case",
    "id": "API-OLD01",
    "phone": ASHA,
    "claim_type": CLAIM_TYPE,
    "state": "approved",
    "filed_at": "2026-03-01T10:00+05:30",
    "state_at": "2026-03-03T10:00+05:30",
    "amount": "1499",
    "subject_id": "API-8821",
}


def seen_by(world: World, who: str, *texts: str) -> Records:
    """What a turn over `texts` may see."""
    conversation_id = world.plays("hello", who=who)
    heard = [
        Heard(Message(f"m{n}", "text", NOW, text), "en", values=read_values(text, NOW)) for n, text in enumerate(texts)
    ]
    with world.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one()
        return records_for(session, row, heard, read_pack(BRAND), NOW)


def test_a_record_belongs_to_the_number_that_writes(world: World) -> None:
    imported = import_rows(world.engine, [(1, ORDER)])
    assert (imported.records, imported.errors) == (1, ())
    (record,) = seen_by(world, ASHA).own
    assert (record.id, record.mine, record.name) == ("API-8821", True, "Asha Verma")
    assert record.facts["order_id"] == "API-8821"
    assert record.facts["delivered_at"] == datetime(2026, 3, 11, 7, 30, tzinfo=UTC)


def test_anothers_record_is_only_seen_when_it_is_named(world: World) -> None:
    import_rows(world.engine, [(1, ORDER)])
    silent = seen_by(world, RAVI, "where is my order")
    assert (silent.own, silent.named, silent.loaded) == ((), (), True)
    (record,) = seen_by(world, RAVI, "order api 8821 broken").named
    assert (record.id, record.mine) == ("API-8821", False)


@pytest.mark.parametrize("text", ["API-8821", "api8821", "API 8821", "its 8821", "order no: api-8821.", "(API_8821)"])
def test_ids_are_found_however_they_are_typed(text: str) -> None:
    heard = Heard(Message("m", "text", NOW, text), "en", values=read_values(text, NOW))
    assert match_form("API-8821") in mentioned_ids([heard], read_pack(BRAND))


def test_no_record_of_another_brand_is_seen(world: World) -> None:
    import_rows(world.engine, [(1, ORDER)])
    conversation_id = world.hears("API-8821", brand="webpino", account="whatsapp:+910000000001")
    with world.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION).where(CONVERSATION.c.id == conversation_id)).one()
        heard = Heard(Message("m", "text", NOW, "API-8821"), "en")
        records = records_for(session, row, [heard], read_pack(BRAND), NOW)
    assert (records.own, records.named, records.loaded) == ((), (), False)


def test_importing_again_brings_a_record_up_to_date(world: World) -> None:
    import_rows(world.engine, [(1, ORDER)])
    import_rows(world.engine, [(1, {**ORDER, "product": "dsc", "as_of": "2026-03-12T09:00+05:30"})])
    (record,) = seen_by(world, ASHA).own
    assert record.facts["product"] == "dsc"
    assert record.as_of == datetime(2026, 3, 12, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"brand": "nobody"}, "brand: 'nobody' is none of ours"),
        ({"kind": "parcel"}, "kind: 'parcel' is not one of"),
        ({"id": ""}, "id is missing"),
        ({"phone": "abc"}, "'abc' is no phone number"),
        ({"phone": "12"}, "length of a phone number"),
        ({"product": "car"}, "'product': 'car' is not one of"),
        ({"colour": "red"}, "'colour'"),
        ({"delivered_at": "2026-03-11T13:00"}, "ISO 8601"),
        ({"amount_paid": -1}, "zero or more"),
        ({"as_of": "today"}, "ISO 8601"),
        ({"name": "x" * 300}, "200 are the most"),
    ],
)
def test_a_wrong_row_says_what_is_wrong_and_nothing_is_kept(world: World, change: dict, reason: str) -> None:
    imported = import_rows(world.engine, [(1, {**ORDER, "id": "API-1111"}), (7, {**ORDER, **change})])
    (error,) = imported.errors
    assert error.line == 7
    assert reason in error.reason
    assert seen_by(world, ASHA).own == ()


def test_keep_going_keeps_the_right_rows(world: World) -> None:
    imported = import_rows(world.engine, [(1, ORDER), (2, {**ORDER, "kind": "x"}), (3, "not JSON")], keep_going=True)
    assert imported.records == 1
    assert [error.line for error in imported.errors] == [2, 3]


def test_the_same_record_twice_in_a_file_is_an_error(world: World) -> None:
    imported = import_rows(world.engine, [(1, ORDER), (2, {**ORDER, "id": "api 8821"})])
    assert "stands in line 1 already" in imported.errors[0].reason


def test_csv_and_json_lines_are_read_alike(world: World, tmp_path: Path) -> None:
    csv_file = tmp_path / "orders.csv"
    csv_file.write_text(
        "brand,kind,id,phone,used,product,amount_paid,delivered_at\n"
        f"{BRAND},order,API-1,{ASHA},yes,usb_token,1499.50,\n"
        f"{BRAND},order,API-2,{ASHA},,usb_token,,2026-03-11T13:00+05:30\n",
        encoding="utf-8-sig",
    )
    assert import_file(world.engine, csv_file).records == 2
    json_file = tmp_path / "orders.jsonl"
    json_file.write_text(
        f'{{"brand": "{BRAND}", "kind": "order", "id": "API-3", "phone": "{ASHA}", "used": false}}\n\n'
    )
    assert import_file(world.engine, json_file).records == 1
    with world.engine.database.reading() as session:
        facts = {row.record_id: row.facts for row in session.execute(sa.select(ORDER_RECORD))}
    assert facts["API-1"] == {"used": True, "product": "usb_token", "amount_paid": 1499.5, "order_id": "API-1"}
    assert "used" not in facts["API-2"]
    assert facts["API-3"]["used"] is False


def test_readers_name_the_line() -> None:
    assert list(read_json_lines(["{}\n", "\n", "nonsense\n"]))[1] == (3, "not JSON: Expecting value")
    assert list(read_csv(["brand,kind\n", "a,b,c\n"])) == [(2, "more values than columns")]


def test_an_imported_case_is_the_customers_and_is_watched(world: World) -> None:
    imported = import_rows(world.engine, [(1, CASE_ROW)])
    assert (imported.records, imported.cases, imported.errors) == (0, 1, ())
    records = seen_by(world, ASHA, "where is my refund")
    (case,) = records.cases
    assert (case.ref, case.state, case.amount_max, case.mine) == ("API-OLD01", "approved", 1499, True)
    assert seen_by(world, RAVI, "API-OLD01 status").strangers == ("API-OLD01",)
    assert seen_by(world, RAVI, "hello").cases == ()
    again = import_rows(world.engine, [(1, {**CASE_ROW, "state": "completed"})])
    assert again.cases == 1
    with world.engine.database.reading() as session:
        assert session.execute(sa.select(CASE.c.state, CASE.c.is_open)).one() == ("completed", False)
        assert (
            session.execute(sa.select(sa.func.count()).select_from(DUE).where(DUE.c.done_at.is_(None))).scalar_one()
            <= 1
        )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"claim_type": "spaceship"}, "claim_type: 'spaceship' is not one of"),
        ({"state": "paid"}, "state: 'paid' is not one of"),
        ({"filed_at": None}, "filed_at is missing"),
        ({"state_at": "2026-02-01T10:00+05:30"}, "before filed_at"),
        ({"phone": None}, "nobody's"),
    ],
)
def test_a_wrong_case_row_says_so(world: World, change: dict, reason: str) -> None:
    (error,) = import_rows(world.engine, [(1, {**CASE_ROW, **change})]).errors
    assert reason in error.reason


def test_a_case_number_is_not_moved_to_somebody_else(world: World) -> None:
    import_rows(world.engine, [(1, CASE_ROW)])
    (error,) = import_rows(world.engine, [(4, {**CASE_ROW, "phone": RAVI})]).errors
    assert str(error) == "line 4: case API-OLD01 belongs to somebody else"


def test_case_numbers_are_fresh_and_repeat_with_the_turn(world: World) -> None:
    first, again = seen_by(world, ASHA, "one"), seen_by(world, ASHA, "one")
    assert first.case_numbers == again.case_numbers
    assert len(set(first.case_numbers)) == 9
    assert all(number.startswith("API-") and not set(number[4:]) & set("ILOU") for number in first.case_numbers)
    assert seen_by(world, RAVI, "one").case_numbers != first.case_numbers


@pytest.mark.parametrize(
    ("moment", "there", "opens"),
    [
        ("2026-03-12T18:59+05:30", True, None),
        ("2026-03-12T19:00+05:30", False, "2026-03-13T10:00+05:30"),
        ("2026-03-14T11:00+05:30", True, None),
        ("2026-03-15T11:00+05:30", False, "2026-03-16T10:00+05:30"),
        ("2026-08-15T11:00+05:30", False, "2026-08-17T10:00+05:30"),
    ],
)
def test_when_people_are_there(moment: str, there: bool, opens: str | None) -> None:
    found = people_at(read_pack(BRAND), datetime.fromisoformat(moment))
    assert found == (there, datetime.fromisoformat(opens) if opens else None)


def test_a_case_number_has_letters_and_digits(world: World) -> None:
    """It is told from a word, such as API-BASED, and from an order's id, such as API-88210."""
    world.plays("hello")
    names: set[str] = set()
    with world.engine.database.reading() as session:
        row = session.execute(sa.select(CONVERSATION)).one()
        for number in range(200):
            heard = [Heard(Message(f"m{number}", "text", NOW, "hi"), "en")]
            names.update(records_for(session, row, heard, read_pack(BRAND), NOW).case_numbers)
    # Two of 1,800 may be the same by chance; a number that is taken is never given again.
    assert len(names) > 200 * 9 - 5
    assert not [name for name in names if name[4:].isdigit() or name[4:].isalpha() or len(name) != 9]
