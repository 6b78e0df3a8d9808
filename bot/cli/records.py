"""`refund-desk records …`: order records of the company's own systems."""

from typing import Annotated

import typer

from bot.cli.shared import ExistingFile, Json, opened_engine, print_json, print_lines

app = typer.Typer(help="Order records in.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Order records in."""


@app.command("import")
def import_(
    file: ExistingFile,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Import the right rows in spite of wrong ones.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Import a CSV file or JSON lines: brand, kind, id, whose it is, then facts by their names."""
    import sys

    from bot.records import import_file

    with opened_engine() as engine:
        imported = import_file(engine, file, keep_going=keep_going)
    for bad in imported.errors:
        print(f"{file}:{bad.line}: {bad.reason}", file=sys.stderr)
    if as_json:
        print_json({"records": imported.records, "cases": imported.cases, "errors": len(imported.errors)})
    elif imported.errors and not keep_going:
        print_lines("nothing was imported; correct the file or add --keep-going")
    else:
        print_lines(f"{imported.records} records and {imported.cases} cases imported")
    return 1 if imported.errors else 0
