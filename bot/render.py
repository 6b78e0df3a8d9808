"""Turns a template's name and values into the text a customer reads.

One Jinja2 file per language and message, in a sandbox; a value that a template names and does not get is an error.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from policies.money import show_rupees
from policies.words import LANGUAGES, Words

MESSAGES = Path(__file__).resolve().parent.parent / "templates" / "messages"
INDIA = ZoneInfo("Asia/Kolkata")
_LOCALES = {"en": "en", "hinglish": "en", "hi": "hi"}
# Language and time zone of the message being rendered: macros that a message imports do not see its values.
_SPEAKING: ContextVar[tuple[str, ZoneInfo]] = ContextVar("speaking", default=("en", INDIA))


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


def _day(value: date | datetime) -> str:
    language, zone = _SPEAKING.get()
    return show_day(value.astimezone(zone).date() if isinstance(value, datetime) else value, language)


def _moment(value: datetime) -> str:
    language, zone = _SPEAKING.get()
    return show_moment(value, language, zone)


def _words(value: Words | Mapping[str, str] | str) -> str:
    """A text of a pack in the language of the message."""
    language, _ = _SPEAKING.get()
    if isinstance(value, Words):
        return value.in_(language)
    return value if isinstance(value, str) else value.get(language, value["en"])


class Renderer:
    """Renders the messages of one folder, `<language>/<template>.j2`, and the labels beside it."""

    def __init__(self, folder: Path = MESSAGES) -> None:
        self.folder = folder
        self._read_labels: dict[str, dict[str, str]] = {}
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

    def render(self, template: str, language: str, values: Mapping[str, Any], time_zone: ZoneInfo = INDIA) -> str:
        """The message in `language`, English where we do not have it. Raises jinja2's `TemplateError`."""
        chosen = language if language in LANGUAGES else "en"
        return self._rendered(self._environment.get_template(f"{chosen}/{template}.j2"), chosen, values, time_zone)

    def render_source(self, source: str, language: str, values: Mapping[str, Any], time_zone: ZoneInfo = INDIA) -> str:
        """What a template's own words say, with the messages' macros at hand. Raises jinja2's `TemplateError`."""
        return self._rendered(self._environment.from_string(source), language, values, time_zone)

    def _rendered(self, source: Template, language: str, values: Mapping[str, Any], time_zone: ZoneInfo) -> str:
        speaking = _SPEAKING.set((language, time_zone))
        try:
            return _tidy(source.render(values))
        finally:
            _SPEAKING.reset(speaking)

    def label(self, label: str, language: str = "en") -> str:
        """What a button shows: `@key` is looked up in `labels/<language>.yaml`, anything else stands as it is."""
        if not label.startswith("@"):
            return label
        labels = self._labels(language if language in LANGUAGES else "en")
        if label[1:] not in labels:
            raise TemplateNotFound(f"labels/{language}.yaml: {label[1:]}")
        return labels[label[1:]]

    def _labels(self, language: str) -> dict[str, str]:
        if language not in self._read_labels:
            path = self.folder.parent / "labels" / f"{language}.yaml"
            self._read_labels[language] = yaml.safe_load(path.read_text(encoding="utf-8"))
        return self._read_labels[language]


def _tidy(text: str) -> str:
    """Without blanks at line ends, and with at most one empty line in a row."""
    lines: list[str] = []
    for line in (line.rstrip() for line in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines)
