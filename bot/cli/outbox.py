"""`refund-desk outbox …`: messages that were given up."""

from typing import Annotated

import typer

from bot.cli.shared import Json, known_brand, opened_engine, print_json, print_lines

app = typer.Typer(help="Messages that were given up.", no_args_is_help=True, rich_markup_mode=None)

OneBrand = Annotated[str, typer.Option("--brand", help="Only of this company.")]


@app.command()
def dead(brand: OneBrand = "", as_json: Json = False) -> int:
    """The messages that were given up, the newest first."""
    from dataclasses import asdict

    from bot.dead_letters import dead_letters

    brands = [known_brand(brand)] if brand else []
    with opened_engine(fresh=False) as engine:
        found = dead_letters(engine, brands)
    for letter in found:
        if as_json:
            print_json(asdict(letter))
        else:
            why = " ".join(part for part in (letter.error_class, letter.code) if part) or "no reason given"
            where = f"{letter.brand} {letter.channel} {letter.customer}"
            what = letter.template or letter.kind
            print_lines(f"{letter.id}: {letter.at:%Y-%m-%d %H:%M} UTC {where}: {what} ({why})")
    if not as_json:
        print_lines(f"{len(found)} given up")
    return 0


@app.command()
def replay(
    outbox_id: Annotated[int | None, typer.Argument(metavar="ID", help="The number that `outbox dead` shows.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every message that was given up.")] = False,
    brand: OneBrand = "",
    as_json: Json = False,
) -> int:
    """Send again, each at the end of its chat."""
    from bot.dead_letters import dead_letters
    from bot.dead_letters import replay as send_again

    if (outbox_id is None) is not everything:
        raise typer.BadParameter("give the number of a message, or --all")
    if brand and not everything:
        raise typer.BadParameter("--brand goes with --all")
    brands = [known_brand(brand)] if brand else []
    with opened_engine(fresh=False) as engine:
        wanted = [outbox_id] if outbox_id is not None else [letter.id for letter in dead_letters(engine, brands)]
        send_again(engine, wanted, "command line")
    if as_json:
        print_json({"replayed": sorted(wanted)})
    else:
        print_lines(f"{len(wanted)} to be sent again")
    return 0
