"""`refund-desk whatsapp …`: what is kept at the provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.shared import Json, known_brand, opened_engine, print_json, print_lines

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.template_registry import Registered

app = typer.Typer(help="What is kept at the provider of WhatsApp.", no_args_is_help=True, rich_markup_mode=None)
templates = typer.Typer(
    help="Templates for messages outside the 24-hour window.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(templates, name="templates")

OneBrand = Annotated[str, typer.Option("--brand", help="Only this company; all with a WhatsApp number unless given.")]


@app.callback()
def group() -> None:
    """What is kept at the provider of WhatsApp."""


@templates.command("list")
def list_(
    brand: OneBrand = "",
    check: Annotated[bool, typer.Option("--check", help="Only check the texts by WhatsApp's rules.")] = False,
    as_json: Json = False,
) -> int:
    """The templates, and how far their approval is; with --check, what WhatsApp would refuse."""
    if check:
        return _check(as_json)
    from bot.template_registry import registered

    return _each(brand, as_json, registered)


@templates.command()
def sync(brand: OneBrand = "", as_json: Json = False) -> int:
    """Ask the provider how far the approvals are."""
    from bot.template_registry import content_api
    from bot.template_registry import sync as note_all

    return _each(brand, as_json, lambda engine, name: note_all(engine, name, content_api(engine, name)))


@templates.command()
def create(brand: OneBrand = "", as_json: Json = False) -> int:
    """Make the templates that are missing or were changed, and submit them for approval."""
    from bot.template_registry import content_api
    from bot.template_registry import create as create_all
    from bot.whatsapp_templates import check_proactive

    def made(engine: Engine, name: str) -> list[Registered]:
        check_proactive(engine.template_texts)
        return create_all(engine, name, content_api(engine, name))

    return _each(brand, as_json, made)


def _check(as_json: bool) -> int:
    from bot.render import Renderer
    from bot.whatsapp_templates import TemplateTexts, problems

    texts = TemplateTexts(Renderer())
    found = [
        {"language": each.split("/")[0], "name": each.split("/")[1], "problem": "missing"} for each in texts.missing()
    ]
    for text in texts.all():
        found += [{"language": text.language, "name": text.name, "problem": problem} for problem in problems(text)]
    for item in found:
        if as_json:
            print_json(item)
        else:
            print_lines(f"WRONG {item['language']}/{item['name']}: {item['problem']}")
    if not as_json:
        print_lines(f"{len(texts.all())} templates, {len(found)} problems")
    return 1 if found else 0


def _each(brand: str, as_json: bool, work: Callable[[Engine, str], list[Registered]]) -> int:
    """Shows the templates of each brand after `work`; the answer is no where WhatsApp refused one."""
    from dataclasses import asdict

    from bot.channels.protocol import ChannelError
    from bot.settings import BadSettings
    from bot.template_registry import brands_with_whatsapp

    refused = False
    with opened_engine() as engine:
        for name in [known_brand(brand)] if brand else brands_with_whatsapp(engine):
            try:
                found = work(engine, name)
            except ChannelError as error:
                raise BadSettings(
                    f"the provider refused it for {name} ({error.code}): try again when that is put right"
                ) from error
            for each in found:
                refused = refused or each.status in {"rejected", "disabled"}
                _show(as_json, {**asdict(each), "may_go": each.may_go})
    return 1 if refused else 0


def _show(as_json: bool, each: dict[str, Any]) -> None:
    if as_json:
        print_json(each)
        return
    synced = f", asked {each['synced_at']:%Y-%m-%d %H:%M} UTC" if each["synced_at"] else ""
    problem = f" ({each['problem']})" if each["problem"] else ""
    sid = each["content_sid"] or "no ContentSid"
    print_lines(f"{each['brand']} {each['language']}/{each['name']}: {each['status']}, {sid}{synced}{problem}")
