"""`refund-desk telegram …`: bots set up, and links from order pages."""

from dataclasses import asdict
from typing import Annotated

import typer

from bot.cli.shared import Brand, Json, known_brand, opened_engine, print_json, print_lines

app = typer.Typer(help="Bots on Telegram.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Bots on Telegram."""


@app.command("set-webhook")
def set_webhook(
    brand: Annotated[str, typer.Option(help="The company; all that have a bot unless given.")] = "",
    url: Annotated[str, typer.Option(help="Where updates go, if not to PUBLIC_BASE_URL.")] = "",
    drop_pending: Annotated[bool, typer.Option("--drop-pending", help="Forget the updates that wait.")] = False,
    as_json: Json = False,
) -> int:
    """Tell Telegram where updates go, and bring commands and descriptions up to date."""
    from bot.channels.telegram import setup
    from bot.channels.telegram.channel import TelegramChannel
    from bot.settings import BadSettings
    from bot.web.telegram import webhook_secret

    with opened_engine() as engine:
        channel = engine.channels.get("telegram")
        brands = channel.brands if isinstance(channel, TelegramChannel) else ()
        if brand:
            setup.telegram_of(engine, known_brand(brand))
            brands = (brand,)
        if not brands:
            raise BadSettings("no company has a bot: set REFUND_DESK_<BRAND>_TELEGRAM_TOKEN and …_TELEGRAM_SECRET")
        if url and len(brands) > 1:
            raise typer.BadParameter("--url goes with --brand: each bot has a webhook of its own")
        # All settings are looked at before the first bot is changed.
        plans = [(each, setup.webhook_url(engine, each, url), webhook_secret(engine, each)) for each in brands]
        for each, address, secret in plans:
            state = setup.set_webhook(engine, each, address, secret, drop_pending=drop_pending)
            changed = list(setup.set_words(engine, each))
            if as_json:
                print_json({"brand": each, **asdict(state), "changed": changed})
                continue
            print_lines(f"{each}: @{state.bot} sends its updates to {state.url}; {state.pending} wait")
            if state.last_error:
                print_lines(f"  last failure {state.last_error_at:%Y-%m-%d %H:%M} UTC: {state.last_error}")
            print_lines(*(f"  set {what}" for what in changed))
    return 0


@app.command()
def link(
    brand: Brand,
    record_id: Annotated[str, typer.Option("--id", metavar="ID", help="The order's id, as it was imported.")],
    kind: Annotated[str, typer.Option(help="order, payment, project or subscription.")] = "order",
    as_json: Json = False,
) -> int:
    """A link that opens a chat about one order, for its page; good once and for a short while."""
    from telegram.error import TelegramError

    from bot.channels.telegram import setup
    from bot.channels.telegram.calling import call
    from bot.start_links import KINDS, make_start

    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is no kind of record; there are: {', '.join(KINDS)}")
    with opened_engine() as engine:
        api = setup.telegram_of(engine, known_brand(brand)).api(brand)
        try:
            name = call(api.get_me()).username
        except TelegramError as error:
            raise setup.NotPossible(setup.explained(error)) from None
        address = f"https://t.me/{name}?start={make_start(engine, brand, kind, record_id)}"
        minutes = engine.settings.start_link_minutes
    if as_json:
        print_json({"url": address, "minutes": minutes})
    else:
        print_lines(address)
    return 0
