"""`refund-desk agent …`: the people at the desk."""

import sys
from typing import Annotated

import typer

from bot.cli.shared import Json, known_brand, opened_engine, print_json, print_lines

app = typer.Typer(help="People at the desk.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The name by which the agent signs in.")]


@app.command()
def add(
    name: Name,
    brands: Annotated[list[str] | None, typer.Option("--brand", help="A company they see; all unless given.")] = None,
) -> int:
    """Add an agent; the password is asked for, or read from standard input."""
    chosen = tuple(known_brand(brand) for brand in brands or ())
    with opened_engine() as engine:
        agent = engine.desk.add_agent(name, _password(), chosen)
    print_lines(f"{agent.name} may sign in at /desk")
    return 0


@app.command("list")
def list_(as_json: Json = False) -> int:
    """All agents."""
    with opened_engine() as engine:
        agents = engine.desk.agents()
    for agent in agents:
        if as_json:
            print_json({"name": agent.name, "brands": list(agent.brands), "disabled": agent.disabled})
        else:
            brands = ", ".join(agent.brands) or "all companies"
            print_lines(f"{agent.name}: {brands}{' (disabled)' if agent.disabled else ''}")
    return 0


@app.command()
def disable(name: Name) -> int:
    """End an agent's sessions and let them sign in no more; their chats go back to the bot."""
    with opened_engine() as engine:
        engine.desk.disable_agent(name)
    print_lines(f"{name} may no longer sign in")
    return 0


@app.command()
def password(name: Name) -> int:
    """Set a new password; the agent's sessions end."""
    with opened_engine() as engine:
        engine.desk.set_password(name, _password())
    print_lines(f"{name} has a new password")
    return 0


def _password() -> str:
    if sys.stdin.isatty():
        given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return given
    return sys.stdin.readline().rstrip("\n")
