"""Turns a template's name and values into the text a customer reads.

One Jinja2 file per language and message, in a sandbox; a value that a template names and does not get is an error.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policies.money import show_rupees
from policies.words import LANGUAGES, Words

MESSAGES = Path(__file__).resolve().parent.parent / "templates" / "messages"
INDIA = ZoneInfo("Asia/Kolkata")
_LOCALES = {"en": "en", "hinglish": "en", "hi": "hi"}
_ZONE, _LANGUAGE = "_zone", "language"


def show_day(day: date, language: str = "en") -> str:
    """`11 Mar 2026`."""
    from babel.dates import format_date

    return format_date(day, "d MMM y", locale=_LOCALES.get(language, "en"))


def show_moment(moment: datetime, language: str = "en", zone: ZoneInfo = INDIA) -> str:
    """`11 Mar 18:42 IST`, by the clock of `zone`."""
    from babel.dates import format_datetime

    local = moment.astimezone(zone)
    shown = format_datetime(local, "d MMM HH:mm", tzinfo=zone, locale=_LOCALES.get(language, "en"))
    return f"{shown} {local.tzname()}"


def _rupees(amount: Decimal | int | str) -> str:
    if isinstance(amount, float):
        raise TypeError("money is never a float")
    return show_rupees(Decimal(amount))


@pass_context
def _day(context: Context, value: date | datetime) -> str:
    day = value.astimezone(context[_ZONE]).date() if isinstance(value, datetime) else value
    return show_day(day, context[_LANGUAGE])


@pass_context
def _moment(context: Context, value: datetime) -> str:
    return show_moment(value, context[_LANGUAGE], context[_ZONE])


@pass_context
def _words(context: Context, value: Words | Mapping[str, str] | str) -> str:
    """A text of a pack in the language of the message."""
    language = context[_LANGUAGE]
    if isinstance(value, Words):
        return value.in_(language)
    return value if isinstance(value, str) else value.get(language, value["en"])


class Renderer:
    """Renders the messages of one folder: `<language>/<template>.j2`."""

    def __init__(self, folder: Path = MESSAGES) -> None:
        self.folder = folder
        # Chat text is no markup: a customer's "A & B" must come back as it was typed.
        self._environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
            cache_size=400,
            auto_reload=False,
        )
        self._environment.filters.update(rupees=_rupees, day=_day, moment=_moment, words=_words)

    def render(
        self, template: str, values: Mapping[str, Any], language: str = "en", time_zone: ZoneInfo = INDIA
    ) -> str:
        """The message in `language`, English where we do not have it. Raises jinja2's `TemplateError`."""
        chosen = language if language in LANGUAGES else "en"
        source = self._environment.get_template(f"{chosen}/{template}.j2")
        return _tidy(source.render({**values, _LANGUAGE: chosen, _ZONE: time_zone}))


def _tidy(text: str) -> str:
    """Without blanks at line ends, and with at most one empty line in a row."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines)


@lru_cache(maxsize=1)
def default_renderer() -> Renderer:
    """The renderer of the product's own messages."""
    return Renderer()
