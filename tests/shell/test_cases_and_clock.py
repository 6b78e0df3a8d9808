"""After filing: moves, messages, due dates, and what the clock does about them."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from shell_world import ASHA, BRAND, RAVI, World

from bot import cases
from bot.cases import import_moves, move_case
from bot.desk_service import NotPossible
from bot.effects import SAME_SUBJECT
from bot.records import import_rows
from bot.tables import CASE, CASE_EVENT, DUE, HANDOFF


def case_of(world: World, ref: str = "") -> sa.Row:
    query = sa.select(CASE).where(CASE.c.ref == ref) if ref else sa.select(CASE).order_by(CASE.c.filed_at.desc())
    with world.engine.database.reading() as session:
        return session.execute(query).first()


def events(world: World, ref: str) -> list[tuple[str, str, str]]:
    query = sa.select(CASE_EVENT).where(CASE_EVENT.c.ref == ref).order_by(CASE_EVENT.c.id)
    with world.engine.database.reading() as session:
        return [(row.kind, row.state_from, row.state_to) for row in session.execute(query)]


def move(world: World, ref: str, state: str, **data: object) -> cases.Moved:
    with world.engine.database.unit_of_work() as session:
        return move_case(session, world.engine, ref, state, by="Meera", now=world.clock(), data=data)


def filed(world: World, *, eta: tuple[int, int] | None = (7, 10), paise: int = 149900) -> str:
    """A case whose decision is a refund, whatever the pack's rules are."""
    world.plays("file it")
    ref = case_of(world).ref
    values: dict = {"amount_min_paise": paise, "amount_max_paise": paise, "clauses": ["1#1"]}
    if eta:
        values |= {"eta_least": eta[0], "eta_most": eta[1], "decision": {"eta": {"starts": "approval", "then": []}}}
    with world.engine.database.unit_of_work() as session:
        session.execute(CASE.update().where(CASE.c.ref == ref).values(**values))
    return ref


def test_filing_keeps_both_sides_the_decision_and_the_moment(world: World) -> None:
    world.plays("file it")
    case = case_of(world)
    assert case.ref.startswith("API-")
    assert len(case.ref) == 9
    assert case.told["product"]["value"] == "usb_token"
    assert case.decision["claim_type"]
    assert case.policy_version == "2026-01-01"
    assert case.state == "submitted"
    assert events(world, case.ref) == [("filed", "", "submitted")]


def test_a_move_is_an_event_and_a_message(world: World) -> None:
    ref = filed(world)
    moved = move(world, ref, "under_review")
    world.engine.settle()
    assert moved.told
    assert world.channel.texts[-1] == f"{ref} under_review"
    assert events(world, ref)[-1] == ("moved", "submitted", "under_review")


def test_a_move_that_the_table_does_not_list_changes_nothing(world: World) -> None:
    ref = filed(world)
    with pytest.raises(ValueError, match="possible: under_review"):
        move(world, ref, "completed")
    assert case_of(world, ref).state == "submitted"
    assert len(events(world, ref)) == 1


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("HDFC012603123456", "utr"),
        ("HDFCR52026031212345678", "utr"),
        ("607112345678", "rrn"),
        ("74" + "1" * 21, "arn"),
        ("1234", ""),
    ],
)
def test_references_are_known_by_their_shape(reference: str, kind: str) -> None:
    assert cases.reference_kind(reference) == kind


def test_an_odd_reference_is_kept_with_a_warning(world: World) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    moved = move(world, ref, "sent_to_bank", reference="12-34")
    assert "shape" in moved.warnings[0]
    assert case_of(world, ref).reference == "1234"
    assert move(world, ref, "sent_to_bank", reference="hdfc 0126 0312 3456").warnings == ()


def test_more_than_the_policy_gives_is_a_warning(world: World) -> None:
    ref = filed(world)
    assert "more than the policy gives" in move(world, ref, "approved", amount="2000").warnings[0]


def test_approval_sets_the_due_date_by_the_brands_calendar(world: World) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    # 12 March 2026 is a Thursday; ten working days on is Thursday the 26th, to the end of the day in India.
    assert case_of(world, ref).due_at == datetime(2026, 3, 26, 18, 29, 59, 999999, tzinfo=UTC)
    assert case_of(world, ref).approved_paise == 149900


def test_a_promise_that_slips_is_told_before_it_is_noticed(world: World) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    due = world.engine.next_due()
    # The working day before, when people go home: Wednesday the 25th at 19:00 in India.
    assert due == datetime(2026, 3, 25, 13, 30, tzinfo=UTC)
    world.clock.set(due - timedelta(seconds=1))
    assert world.engine.run_due() == 0
    world.clock.set(due)
    assert world.engine.run_due() == 1
    world.engine.settle()
    # The shortest time of the policy on top: seven working days after the 26th.
    assert world.channel.texts[-1] == f"{ref} is late: not 26 Mar 2026 but 6 Apr 2026."
    case = case_of(world, ref)
    assert "promise_slipped" in case.flags
    assert events(world, ref)[-1][0] == "promise_slips"
    assert world.engine.run_due() == 0


def test_paid_in_time_nothing_slips(world: World) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    move(world, ref, "sent_to_bank", reference="607112345678")
    world.clock.advance(timedelta(days=60))
    world.engine.run_due()
    world.engine.settle()
    assert "late" not in " ".join(world.channel.texts)


def test_the_banks_own_days_count_from_the_sending(world: World) -> None:
    ref = filed(world)
    with world.engine.database.unit_of_work() as session:
        eta = {"eta": {"starts": "approval", "then": [{"days": [5, 7], "clause": "7#1", "what": None}]}}
        session.execute(CASE.update().values(decision=eta))
    move(world, ref, "approved")
    move(world, ref, "sent_to_bank")
    assert case_of(world, ref).due_at == datetime(2026, 3, 23, 18, 29, 59, 999999, tzinfo=UTC)
    world.clock.advance(timedelta(days=12))
    assert world.engine.run_due() == 1
    assert "bank_overdue" in case_of(world, ref).flags


def test_a_due_thing_that_fails_is_tried_again_and_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    monkeypatch.setattr(world.engine.renderer, "render", lambda *_given: 1 / 0)
    world.clock.advance(timedelta(days=20))
    for _ in range(8):
        world.engine.run_due()
        world.clock.advance(timedelta(minutes=10))
    with world.engine.database.reading() as session:
        (row,) = session.execute(sa.select(DUE)).all()
    assert (row.attempts, row.done_at is not None) == (5, True)
    assert "promise_slipped" not in case_of(world, ref).flags


def test_two_schedulers_do_a_thing_once(world: World) -> None:
    ref = filed(world)
    move(world, ref, "approved")
    world.clock.advance(timedelta(days=13, hours=2))
    from bot.clock import _claim_due

    assert _claim_due(world.engine, world.clock()) is not None
    assert world.engine.run_due() == 0


def test_the_desk_is_rung_again_when_nobody_came(world: World) -> None:
    world.plays("person please")
    rung: list[str] = []
    world.engine.bell.listen("desk", rung.append)
    # 18:00 in India on a Thursday; people are there until 19:00.
    world.clock.advance(timedelta(minutes=10))
    assert world.engine.run_due() == 1
    assert rung
    with world.engine.database.reading() as session:
        handoff = session.execute(sa.select(HANDOFF)).one()
    assert handoff.rung_at == world.clock()
    assert handoff.taken_at is None


def test_the_customers_own_move_needs_no_push(world: World) -> None:
    world.plays("file it", "withdraw it")
    assert case_of(world).state == "withdrawn"
    assert not case_of(world).is_open
    assert world.channel.texts[-1] == "You said: withdraw it"
    assert events(world, case_of(world).ref)[-1] == ("withdrawn", "submitted", "withdrawn")


def test_a_withdrawal_that_came_too_late_is_kept_and_moves_nothing(world: World) -> None:
    ref = filed(world)
    for state in ("approved", "sent_to_bank", "completed"):
        move(world, ref, state)
    world.plays("withdraw it")
    assert case_of(world, ref).state == "completed"
    assert events(world, ref)[-1] == ("withdrawn", "completed", "completed")


def test_the_same_order_from_another_number_is_flagged(world: World) -> None:
    import_rows(world.engine, [(1, {"brand": BRAND, "kind": "order", "id": "API-8821", "phone": ASHA})])
    world.plays("file it")
    first = case_of(world)
    assert (first.subject_id, first.flags) == ("API-8821", [])
    import_rows(world.engine, [(1, {"brand": BRAND, "kind": "order", "id": "API-8821", "phone": RAVI})])
    world.plays("file it", who=RAVI)
    assert SAME_SUBJECT in case_of(world).flags


# Finance's file


def finance(world: World, *lines: str, dry_run: bool = False) -> list[cases.ImportedMove]:
    return import_moves(
        world.engine, ["ref,state,amount,reference,at,note\n", *(f"{line}\n" for line in lines)], dry_run=dry_run
    )


def test_finance_moves_cases_by_file(world: World) -> None:
    ref = filed(world)
    (result,) = finance(world, f"{ref},approved,1499,,2026-03-12T17:00+05:30,")
    assert (result.done, result.says) == (True, "submitted → approved")
    assert case_of(world, ref).state_at == datetime(2026, 3, 12, 11, 30, tzinfo=UTC)
    world.engine.settle()
    assert world.channel.texts[-1] == f"{ref} approved"


def test_a_dry_run_says_everything_and_changes_nothing(world: World) -> None:
    ref = filed(world)
    results = finance(world, f"{ref},approved,1499,,,", f"{ref},sent_to_bank,,XX,,", dry_run=True)
    assert [result.done for result in results] == [True, True]
    assert results[1].warnings
    assert case_of(world, ref).state == "submitted"
    assert len(events(world, ref)) == 1


def test_one_wrong_row_and_nothing_is_done(world: World) -> None:
    ref = filed(world)
    results = finance(
        world, f"{ref},approved,,,,", "API-00000,approved,,,,", f"{ref},shipped,,,,", f"{ref},sent_to_bank,x,,,"
    )
    assert [result.done for result in results] == [True, False, False, False]
    assert "there is no case API-00000" in results[1].says
    assert case_of(world, ref).state == "submitted"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{ref},approved,1499.999,,,", "two decimals"),
        ("{ref},approved,,,2031-01-01T00:00+05:30,", "future"),
        ("{ref},approved,,,yesterday,", "ISO 8601"),
        ("{ref},paid,,,,", "no state"),
        ("{ref},approved,,,,a,b", "more values"),
    ],
)
def test_a_wrong_cell_is_named(world: World, row: str, reason: str) -> None:
    (result,) = finance(world, row.format(ref=filed(world)))
    assert not result.done
    assert reason in result.says


def test_a_file_without_its_columns_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no column 'ref'"):
        import_moves(world.engine, ["case,state\n"])
    with pytest.raises(ValueError, match="'paid' is no column"):
        import_moves(world.engine, ["ref,state,paid\n"])


def test_a_stale_page_moves_nothing(world: World) -> None:
    agent = world.agent()
    ref = filed(world)
    version = case_of(world, ref).version
    world.engine.desk.move_case(ref, "under_review", agent, version=version)
    with pytest.raises(NotPossible, match="meanwhile"):
        world.engine.desk.move_case(ref, "approved", agent, version=version)


def decided(world: World, ref: str, outcome: str) -> None:
    with world.engine.database.unit_of_work() as session:
        session.execute(CASE.update().where(CASE.c.ref == ref).values(outcome=outcome, clauses=["2#2.1"]))


@pytest.mark.parametrize(
    ("outcome", "wrong", "right"),
    [
        ("replacement", "approved", "replacement_approved"),
        ("full_refund", "replacement_approved", "approved"),
        ("partial_refund", "replacement_approved", "partly_approved"),
    ],
)
def test_money_and_goods_are_not_mixed_up_and_it_is_said_what_is_allowed(
    world: World, outcome: str, wrong: str, right: str
) -> None:
    ref = filed(world)
    decided(world, ref, outcome)
    with pytest.raises(ValueError, match=f"gives .* cannot become {wrong}; possible: .*{right}"):
        move(world, ref, wrong)
    assert case_of(world, ref).state == "submitted"
    assert move(world, ref, right).state == right


def test_where_a_person_decides_either_is_allowed(world: World) -> None:
    ref = filed(world)
    decided(world, ref, "needs_review")
    assert move(world, ref, "replacement_approved").state == "replacement_approved"


def test_an_item_that_has_to_come_back_has_the_policys_day(world: World) -> None:
    ref = filed(world)
    decided(world, ref, "replacement")
    move(world, ref, "replacement_approved")
    world.clock.set(world.clock() + timedelta(days=2))
    move(world, ref, "item_awaited")
    awaited = case_of(world, ref)
    approved_on = (awaited.state_at - timedelta(days=2)).date()
    assert awaited.due_at.astimezone(UTC).date() == approved_on + timedelta(days=7)
    move(world, ref, "received")
    assert case_of(world, ref).due_at is None


# 21:00 and 08:00 in India.
EVENING, MORNING = datetime(2026, 3, 12, 15, 30, tzinfo=UTC), datetime(2026, 3, 13, 2, 30, tzinfo=UTC)


def test_a_push_in_quiet_hours_waits_for_their_end(world: World) -> None:
    ref = filed(world)
    world.clock.set(EVENING - timedelta(seconds=1))
    move(world, ref, "under_review")
    world.engine.settle()
    assert world.channel.texts[-1] == f"{ref} under_review"
    world.clock.set(EVENING)
    move(world, ref, "waiting_for_customer")
    world.engine.settle()
    assert world.channel.texts[-1] == f"{ref} under_review"
    world.clock.set(MORNING - timedelta(seconds=1))
    world.engine.settle()
    assert world.channel.texts[-1] == f"{ref} under_review"
    world.clock.set(MORNING)
    world.engine.settle()
    assert world.channel.texts[-1] == f"{ref} waiting_for_customer"


def test_who_writes_in_quiet_hours_hears_at_once_what_waited(world: World) -> None:
    ref = filed(world)
    world.clock.set(EVENING + timedelta(hours=1))
    move(world, ref, "under_review")
    world.engine.settle()
    before = len(world.channel.texts)
    world.plays("hello")
    assert world.channel.texts[before] == f"{ref} under_review"
    assert len(world.channel.texts) > before + 1
