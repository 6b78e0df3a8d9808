"""A judge for the packs' own scenarios: facts in, decision out."""

from collections.abc import Callable
from datetime import datetime

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
