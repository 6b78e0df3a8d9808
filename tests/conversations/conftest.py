"""`play` for the conversations, on models that are kept between runs."""

from collections.abc import Callable
from functools import partial

import pytest
from play import Said
from play import play as play_with


@pytest.fixture(scope="session")
def play(request: pytest.FixtureRequest) -> Callable[..., list[Said]]:
    """`play(brand, lines, now=…, customer=…, channel=…, records=[…])`: what came of each line."""
    return partial(play_with, models=request.config.cache.mkdir("refund-desk"))
