"""Rupees: shown the Indian way, rounded and split to the paisa."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.money import PAISA, show_rupees, split_in_ratio, to_paisa


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "₹0"),
        ("0.5", "₹0.50"),
        ("999", "₹999"),
        ("1000", "₹1,000"),
        ("99999.99", "₹99,999.99"),
        ("100000", "₹1,00,000"),
        ("125000.50", "₹1,25,000.50"),
        ("12345678.9", "₹1,23,45,678.90"),
        ("1000000000", "₹1,00,00,00,000"),
        ("-125000.50", "-₹1,25,000.50"),
        ("0.004", "₹0"),
        ("99999.995", "₹1,00,000"),
    ],
)
def test_rupees_are_grouped_by_lakh_and_crore(amount: str, shown: str) -> None:
    assert show_rupees(Decimal(amount)) == shown


@pytest.mark.parametrize(
    ("amount", "rounded"), [("1.004", "1.00"), ("1.005", "1.01"), ("1.0149", "1.01"), ("-1.005", "-1.01"), ("2", "2")]
)
def test_half_a_paisa_goes_up(amount: str, rounded: str) -> None:
    assert to_paisa(Decimal(amount)) == Decimal(rounded)


WEIGHTS = st.dictionaries(
    st.sampled_from(["vendor", "platform", "courier", "tax"]),
    st.decimals(0, 1000, places=4, allow_nan=False, allow_infinity=False),
    min_size=1,
).filter(lambda weights: sum(weights.values()) > 0)


@given(st.decimals(0, 100_000_000, places=2, allow_nan=False, allow_infinity=False), WEIGHTS)
def test_the_shares_of_a_split_add_up_to_the_paisa(amount: Decimal, weights: dict[str, Decimal]) -> None:
    parts = split_in_ratio(amount, weights)
    assert sum(parts.values()) == amount
    assert set(parts) == set(weights)
    total = sum(weights.values())
    for name, share in parts.items():
        assert share >= 0
        assert share == to_paisa(share)
        assert abs(share - amount * weights[name] / total) < PAISA


def test_the_paisa_left_over_goes_to_the_largest_remainder() -> None:
    thirds = {"one": Decimal(1), "two": Decimal(1), "three": Decimal(1)}
    assert split_in_ratio(Decimal(100), thirds) == {
        "one": Decimal("33.34"),
        "two": Decimal("33.33"),
        "three": Decimal("33.33"),
    }
    shares = {"vendor": Decimal(94), "platform": Decimal(6)}
    assert split_in_ratio(Decimal("0.01"), shares) == {"vendor": Decimal("0.01"), "platform": Decimal(0)}


def test_a_share_of_nothing_gets_nothing() -> None:
    assert split_in_ratio(Decimal(10), {"all": Decimal(1), "none": Decimal(0)}) == {"all": Decimal(10), "none": 0}


@pytest.mark.parametrize(
    "weights", [{}, {"one": Decimal(0)}, {"one": Decimal(2), "two": Decimal(-1)}, {"one": Decimal(-1)}]
)
def test_shares_that_are_nothing_or_negative_are_refused(weights: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="the shares of a split must be positive"):
        split_in_ratio(Decimal(10), weights)
