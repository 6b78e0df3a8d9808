"""A brand's account at Twilio, as the settings name it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.settings import BadSettings, Settings, credential_name

_NEEDED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "WHATSAPP_FROM")
_KEY = ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET")
_SERVICE = "TWILIO_MESSAGING_SERVICE_SID"
_PREFIX = "whatsapp:"


@dataclass(frozen=True)
class Account:
    """What sends and signs for one brand.

    `sender` is our number as `whatsapp:+…`. `tokens` sign the webhook calls, the one in force first. `user` and
    `password` sign in to the API. `public_base` is our own address without a slash at its end.
    """

    brand: str
    sid: str
    sender: str
    public_base: str
    user: str
    tokens: tuple[str, ...] = field(repr=False)
    password: str = field(repr=False)
    service_sid: str = ""

    @property
    def webhook(self) -> str:
        """Where Twilio brings this brand's messages."""
        return f"{self.public_base}/webhooks/whatsapp/{self.brand}"

    def status_callback(self, outbox_id: int) -> str:
        """Where Twilio reports how far the message `outbox_id` got."""
        return f"{self.webhook}/status?outbox={outbox_id}"


def read_accounts(settings: Settings, brands: Sequence[str]) -> dict[str, Account]:
    """The accounts of the brands whose credentials are set. Raises `BadSettings` for half a set or an odd value."""
    accounts: dict[str, Account] = {}
    for brand in brands:
        account = _read_account(settings, brand)
        if account is None:
            continue
        other = next((each.brand for each in accounts.values() if each.sender == account.sender), None)
        if other is not None:
            raise BadSettings(f"{credential_name(brand, 'WHATSAPP_FROM')}: is the number of {other} already")
        accounts[brand] = account
    return accounts


def _read_account(settings: Settings, brand: str) -> Account | None:
    given = {name: settings.credential(brand, name).strip() for name in (*_NEEDED, *_KEY, _SERVICE)}
    if not any(given[name] for name in _NEEDED):
        return None
    missing = [name for name in _NEEDED if not given[name]]
    if bool(given[_KEY[0]]) != bool(given[_KEY[1]]):
        missing += [name for name in _KEY if not given[name]]
    if missing:
        wanted = ", ".join(credential_name(brand, name) for name in missing)
        raise BadSettings(f"{wanted}: missing, while others of WhatsApp are set")
    if settings.public_base_url is None:
        raise BadSettings(
            f"REFUND_DESK_PUBLIC_BASE_URL: missing, while WhatsApp of {brand} is set; Twilio signs its calls with it"
        )
    sid, sender = given["TWILIO_ACCOUNT_SID"], _PREFIX + given["WHATSAPP_FROM"].removeprefix(_PREFIX)
    if not re.fullmatch(r"AC[0-9a-zA-Z]{32}", sid):
        raise BadSettings(f"{credential_name(brand, 'TWILIO_ACCOUNT_SID')}: must be AC and 32 letters and digits")
    if not re.fullmatch(r"whatsapp:\+\d{7,15}", sender):
        raise BadSettings(f"{credential_name(brand, 'WHATSAPP_FROM')}: must be a number such as whatsapp:+911234567890")
    tokens = tuple(token.strip() for token in given["TWILIO_AUTH_TOKEN"].split(",") if token.strip())
    return Account(
        brand=brand,
        sid=sid,
        sender=sender,
        public_base=_without_user(str(settings.public_base_url)),
        user=given[_KEY[0]] or sid,
        tokens=tokens,
        password=given[_KEY[1]] or tokens[0],
        service_sid=given[_SERVICE],
    )


def _without_user(address: str) -> str:
    """The address as it is signed: without a user and password, and without a slash at its end."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl().rstrip("/")


def address_of(recipient: tuple[str, str]) -> str:
    """A customer's address as Twilio writes it."""
    return _PREFIX + recipient[1]


def sender_of(address: str) -> tuple[str, str]:
    """(kind, value) of a customer's address: a phone number, else an id that WhatsApp gives to the person.

    Empty value where `address` is none of WhatsApp.
    """
    bare = address.strip()
    value = bare.removeprefix(_PREFIX).strip()
    if not bare.startswith(_PREFIX):
        return "bsuid", ""
    if re.fullmatch(r"\+?\d{7,15}", value):
        return "phone", "+" + value.removeprefix("+")
    return ("bsuid", value) if re.fullmatch(r"[A-Za-z]{2}\.[A-Za-z0-9._-]{1,140}", value) else ("bsuid", "")
