"""`refund-desk cases …`: what finance reports of cases."""

from typing import Annotated

import typer

from bot.cli.shared import ExistingFile, Json, opened_engine, print_json, print_lines

app = typer.Typer(help="Movements of cases in.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def group() -> None:
    """Movements of cases in."""


@app.command("import")
def import_(
    file: ExistingFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Move cases by a CSV file: ref, state, amount, reference, at, note. All rows or none."""
    from bot.cases import import_moves

    with opened_engine() as engine, file.open(encoding="utf-8-sig", newline="") as lines:
        results = import_moves(engine, lines, dry_run=dry_run)
    right = all(result.done for result in results)
    kept = right and not dry_run
    for result in results:
        if as_json:
            print_json(
                {
                    "line": result.line,
                    "ref": result.ref,
                    "ok": result.done,
                    "kept": kept,
                    "says": result.says,
                    "warnings": list(result.warnings),
                }
            )
        else:
            print_lines(f"{'ok   ' if result.done else 'WRONG'} line {result.line}: {result.ref}: {result.says}")
            print_lines(*(f"      line {result.line}: {warning}" for warning in result.warnings))
    if not as_json:
        print_lines(f"{len(results)} rows {'moved' if kept else 'read; nothing was changed'}")
    return 0 if right else 1
