"""A judge for the packs' own scenarios: facts in, decision out."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from bot.packs import read_pack
from policies.decide import Decision, decide


@pytest.fixture(scope="session")
def judge() -> Callable[..., Decision]:
    """`judge(brand, now, **facts)`: the pack's decision on raw facts (as JSON gives them) at `now` (ISO 8601)."""

    def judge(brand: str, now: str, **facts: object) -> Decision:
        pack = read_pack(brand)
        return decide(pack.newest.read_claim(facts), pack, datetime.fromisoformat(now))

    return judge


@pytest.fixture(scope="session")
def check() -> Callable[..., None]:
    """`check(decision, title, outcome, amount, clause, eta)`: the decision is the one that a scenario's row expects.

    `amount` is rupees or (least, most), and ignored where nothing is given back; `clause` is among the first four that
    decide; `eta` is (least, most) working days or None.
    """

    def check(
        decision: Decision, title: str, outcome: str, amount: Any, clause: str, eta: tuple[int, int] | None
    ) -> None:
        assert decision.outcome == outcome, (title, decision.missing)
        assert clause in decision.clauses[:4]
        stake = 0 if outcome == "not_eligible" else amount
        expected = stake if isinstance(stake, tuple) or stake is None else (stake, stake)
        found = (float(decision.amount.low), float(decision.amount.high)) if decision.amount else None
        assert found == expected
        assert ((decision.eta.main.least, decision.eta.main.most) if decision.eta else None) == eta

    return check
