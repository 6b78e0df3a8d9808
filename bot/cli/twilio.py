"""`refund-desk whatsapp reconcile | menus`: what is otherwise done by itself, at once and by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.shared import Json, known_brand, opened_engine, print_json, print_lines
from bot.cli.whatsapp import app as app

if TYPE_CHECKING:
    from bot.channels.whatsapp.channel import WhatsApp
    from bot.engine import Engine

OneBrand = Annotated[str | None, typer.Option("--brand", help="One company; all with WhatsApp unless given.")]
Hours = Annotated[int | None, typer.Option("--hours", min=1, max=24 * 30, help="Look back this many hours.")]


@app.command()
def reconcile(brand: OneBrand = None, hours: Hours = None, as_json: Json = False) -> int:
    """Fetch the messages that no webhook brought, and the ends of ours that no callback told."""
    from bot.channels.protocol import ChannelError
    from bot.channels.whatsapp.reconcile import reconcile as compare

    failed = False
    with opened_engine() as engine:
        for name in _brands(engine, brand):
            since = engine.now() - timedelta(hours=hours) if hours else None
            try:
                done = compare(engine, name, since)
            except ChannelError as error:
                failed = True
                _say(name, as_json, problem=f"{error.error_class}: {error.code}")
                continue
            _say(name, as_json, found=done.found, told=done.told)
    return int(failed)


@app.command()
def menus(brand: OneBrand = None, as_json: Json = False) -> int:
    """Make the contents for buttons at Twilio ahead of their first use."""
    from bot.channels.protocol import ChannelError
    from policies.words import LANGUAGES

    failed = False
    with opened_engine() as engine:
        for name in _brands(engine, brand):
            channel = whatsapp_of(engine)
            try:
                made = channel.menus.create_all(channel.api(name), LANGUAGES)
            except ChannelError as error:
                failed = True
                _say(name, as_json, problem=f"{error.error_class}: {error.code}")
                continue
            _say(name, as_json, menus=made)
    return int(failed)


def whatsapp_of(engine: Engine) -> WhatsApp:
    """The channel. Raises `BadSettings` where no brand has credentials."""
    from bot.channels.whatsapp.channel import WhatsApp
    from bot.settings import BadSettings

    channel = engine.channels.get("whatsapp")
    if not isinstance(channel, WhatsApp):
        raise BadSettings(
            "no brand has WhatsApp credentials: set REFUND_DESK_<BRAND>_TWILIO_ACCOUNT_SID and the others"
        )
    return channel


def _brands(engine: Engine, brand: str | None) -> list[str]:
    accounts = whatsapp_of(engine).accounts
    if brand is None:
        return list(accounts)
    if known_brand(brand) not in accounts:
        raise typer.BadParameter(f"{brand} has no WhatsApp credentials; these have: {', '.join(accounts)}")
    return [brand]


def _say(brand: str, as_json: bool, **done: object) -> None:
    if as_json:
        print_json({"brand": brand, **done})
    else:
        print_lines(f"{brand}: " + ", ".join(f"{name} {value}" for name, value in done.items()))
