"""Rupees as `Decimal`, shown the Indian way, split and rounded to the paisa."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

PAISA = Decimal("0.01")
ZERO = Decimal(0)


def to_paisa(amount: Decimal) -> Decimal:
    """`amount` in rupees, rounded half up to the paisa."""
    return amount.quantize(PAISA, rounding=ROUND_HALF_UP)


def show_rupees(amount: Decimal) -> str:
    """`₹1,25,000.50`, without paise where there are none: lakh grouping, the sign in front."""
    amount = to_paisa(amount)
    whole, _, paise = f"{abs(amount):.2f}".partition(".")
    head, last3 = whole[:-3], whole[-3:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-2:])
        head = head[:-2]
    text = ",".join([*groups, last3])
    return f"{'-' if amount < 0 else ''}₹{text}{'' if paise == '00' else '.' + paise}"


def split_in_ratio(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """`amount` (rupees) in shares proportional to `weights`, which add up to `amount` to the paisa.

    The paise left over by rounding down go to the largest remainders, first name first on a tie.
    Raises `ValueError` where the weights are negative or add up to nothing.
    """
    total = sum(weights.values(), ZERO)
    if total <= 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("the shares of a split must be positive")
    amount = to_paisa(amount)
    exact = {name: amount * weight / total for name, weight in weights.items()}
    parts = {name: share.quantize(PAISA, rounding=ROUND_DOWN) for name, share in exact.items()}
    left = int((amount - sum(parts.values(), ZERO)) / PAISA)
    for name in sorted(exact, key=lambda n: parts[n] - exact[n])[:left]:
        parts[name] += PAISA
    return parts
