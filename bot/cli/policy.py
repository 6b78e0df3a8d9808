"""`refund-desk policy …`: the companies' packs."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import ExistingFile, Json, known_brand, print_json, print_lines

app = typer.Typer(help="Look at packs, check, draft and compare them.", no_args_is_help=True, rich_markup_mode=None)

BrandName = Annotated[str, typer.Argument(help="The company, such as webpino.")]
VersionDate = Annotated[str, typer.Option(metavar="DATE", help="The date from which the version is in force.")]


@app.command("list")
def list_(as_json: Json = False) -> int:
    """All packs."""
    from bot.policy_commands import list_packs

    for pack in list_packs():
        if as_json:
            print_json(pack)
        else:
            print_lines("  ".join(f"{key}: {_short(value)}" for key, value in pack.items()))
    return 0


@app.command()
def show(brand: BrandName, as_json: Json = False) -> int:
    """Every clause of a pack's newest version."""
    from bot import policy_commands

    for clause in policy_commands.show(known_brand(brand)):
        if as_json:
            print_json(clause)
        else:
            print_lines(f"{clause['id']}  {clause['title']}", f"    {clause['says']}")
    return 0


@app.command()
def check(
    brands: Annotated[list[str] | None, typer.Argument(help="The companies; all unless given.")] = None,
    as_json: Json = False,
) -> int:
    """Check packs; exit code 1 where there is an error."""
    from bot import policy_commands

    failed = False
    for brand, finding in policy_commands.check([known_brand(brand) for brand in brands or []]):
        failed = failed or finding.level == "error"
        if as_json:
            print_json(
                {
                    "brand": brand,
                    "level": finding.level,
                    "kind": finding.kind,
                    "subject": finding.subject,
                    "reason": finding.reason,
                }
            )
        else:
            print_lines(f"{brand}: {finding}")
    return 1 if failed else 0


@app.command("import")
def import_(
    file: ExistingFile,
    brand: Annotated[str, typer.Option(help="A name for the pack's folder, such as my-shop.")],
    name: Annotated[str, typer.Option(help="The company as customers know it; made from --brand unless given.")] = "",
    date: Annotated[str, typer.Option(metavar="DATE", help="In force from; the document's date unless given.")] = "",
    to: Annotated[Path | None, typer.Option(metavar="DIR", file_okay=False, help="Where packs are kept.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a draft that exists.")] = False,
    as_json: Json = False,
) -> int:
    """Draft a pack from a policy document (text, Markdown, HTML or PDF), to be reviewed and completed by hand."""
    from datetime import datetime

    from bot.packs import PACKS
    from bot.policy_import import import_document, read_day

    today = datetime.now().astimezone().date()
    done = import_document(file, brand, today, name=name, day=read_day(date), to=to or PACKS, force=force)
    if as_json:
        print_json(done.as_json())
    else:
        print_lines(*done.lines())
    return 0


@app.command()
def diff(brand: BrandName, older: VersionDate = "", newer: VersionDate = "", as_json: Json = False) -> int:
    """What changed between two versions of a policy, the last two unless given; exit code 1 where something did."""
    from bot import policy_commands

    changed = False
    for change in policy_commands.diff(known_brand(brand), older, newer):
        changed = True
        if as_json:
            print_json(change)
        else:
            print_lines(f"{change['change']:<8}{change['kind']} {change['id']}")
            print_lines(
                *(f"    {sign} {change[side]}" for sign, side in (("-", "before"), ("+", "after")) if change[side])
            )
    return 1 if changed else 0


def _short(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
