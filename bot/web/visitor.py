"""Who plays the customer at /try: a made-up person per browser, kept in a signed cookie.

The number is long enough that nobody meets another's chat, and signed so that nobody can name one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from bot.web.security import Tokens, is_https

COOKIE = "try"
_KEPT_SECONDS = 14 * 86_400
_DIGITS = 12
_PURPOSE = "visitor"
_FIRST = ("Aarav", "Asha", "Deepa", "Farhan", "Gurpreet", "Imran", "Ishita", "Joseph", "Kavita", "Lakshmi", "Manoj")
_FIRST_2 = ("Meera", "Neha", "Nikhil", "Pooja", "Rahul", "Ritu", "Sameer", "Shreya", "Sunita", "Tenzin", "Vikram")
_LAST = ("Bose", "Chauhan", "Das", "D'Souza", "Gill", "Iyer", "Jain", "Khan", "Kulkarni", "Mehta", "Nair", "Patel")
_LAST_2 = ("Pillai", "Rao", "Reddy", "Saxena", "Shaikh", "Sharma", "Singh", "Sundaram", "Thomas", "Verma", "Yadav")


@dataclass(frozen=True)
class Visitor:
    """A made-up customer. `number` is their address on the simulated channel."""

    number: str

    @property
    def name(self) -> str:
        """A made-up name, always the same for the number."""
        first, last = _FIRST + _FIRST_2, _LAST + _LAST_2
        digest = hashlib.sha256(self.number.encode()).digest()
        return f"{first[digest[0] % len(first)]} {last[digest[1] % len(last)]}"

    @property
    def shown(self) -> str:
        """The number as the page shows it."""
        return f"customer {self.number[-4:]}"


def new_visitor() -> Visitor:
    """Somebody who was never here."""
    return Visitor("900" + "".join(secrets.choice("0123456789") for _ in range(_DIGITS)))


def visitor_of(request: Request, tokens: Tokens) -> Visitor | None:
    """The visitor that the browser's cookie names; None where it names none of ours."""
    number, _, signature = request.cookies.get(COOKIE, "").partition(".")
    return Visitor(number) if number and tokens.is_signed(_PURPOSE, number, signature) else None


def cookie_value(visitor: Visitor, tokens: Tokens) -> str:
    """What the cookie of `visitor` holds."""
    return f"{visitor.number}.{tokens.sign(_PURPOSE, visitor.number)}"


def remember(response: Response, request: Request, value: str) -> None:
    """Keeps the cookie in the browser."""
    response.set_cookie(
        COOKIE, value, max_age=_KEPT_SECONDS, httponly=True, samesite="lax", secure=is_https(request), path="/try"
    )
