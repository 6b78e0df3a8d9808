"""Approved templates: the messages that WhatsApp lets us send unasked, outside the 24-hour window.

Each is a text of one paragraph, `templates/whatsapp/<language>/<name>.yaml`, beside the message of the same name. Its
variables are filled by the macros of `messages/<language>/_template_values.j2` (`the_sum` for `{{sum}}`) from the very
values of that message, when it is queued. WhatsApp's rules are checked here, without asking anybody.

Hinglish is submitted under the code of English, in the letters of which it is written: WhatsApp has no code for it. Our
own name of the template keeps the two apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml
from jinja2 import TemplateError
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session

from bot.channels.limits import length
from bot.channels.protocol import ApprovedTemplate
from bot.logs import log
from bot.render import Renderer
from bot.tables import MESSAGE_TEMPLATE
from dialogs.case_states import MOVES
from policies.words import LANGUAGES

# "You have a message": goes once where something is parked.
MESSAGE_WAITING = "message_waiting"
# What may be pushed unasked: each move of a case, a date that slips, and that something waits.
PROACTIVE = (
    *sorted({f"case_{state}" for states in MOVES.values() for state in states}),
    "promise_slips",
    MESSAGE_WAITING,
)
CATEGORY = "UTILITY"
APPROVED = "approved"
CODES = {"en": "en", "hinglish": "en", "hi": "hi"}
LONGEST = 1024
RECOMMENDED = 550
_LONGEST_VALUE = 300
_WORDS_PER_VARIABLE = 3

_VARIABLE = re.compile(r"\{\{([a-z_]+)\}\}")
_LETTER = re.compile(r"[^\W\d_]")
# Words that make WhatsApp take an update for an advertisement.
_ADVERTISING = re.compile(
    r"\b(?:offer|discount|sale|promo\w*|coupon|buy|shop now|upgrade|renew\w*|subscribe|limited time|hurry)\b"
    r"|ऑफ़?र|छूट|सेल|कूपन|ख़?रीदें|रिन्यू",
    re.IGNORECASE,
)


class BadTemplate(ValueError):
    """A template's file cannot be used; the message names the file and what is wrong."""


@dataclass(frozen=True)
class TemplateText:
    """A template as we wrote it: `says` names its variables, `examples` shows each."""

    name: str
    language: str
    says: str
    examples: Mapping[str, str]

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The variables in the order of their numbers."""
        return tuple(dict.fromkeys(_VARIABLE.findall(self.says)))

    @property
    def body(self) -> str:
        """The text with numbered variables, as the provider wants it."""
        return _VARIABLE.sub(lambda found: f"{{{{{self.variables.index(found[1]) + 1}}}}}", self.says)

    @property
    def samples(self) -> dict[str, str]:
        """An example of each variable by its number."""
        return {str(number): self.examples.get(name, "") for number, name in enumerate(self.variables, 1)}

    @property
    def fingerprint(self) -> str:
        """Changes with everything that an approval is for."""
        parts = (CATEGORY, CODES[self.language], self.body, *self.variables, *self.samples.values())
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def filled(self, values: Mapping[str, str]) -> str:
        """The text with `values` by the variables' names."""
        return _VARIABLE.sub(lambda found: values[found[1]], self.says)

    def content_name(self, brand: str) -> str:
        """Our name of it at the provider: small letters, digits and underscores."""
        plain = re.sub(r"[^a-z0-9]+", "_", brand.lower())
        return f"refund_desk_{plain}_{self.name}_{self.language}_{self.fingerprint[:8]}"

    def types(self) -> dict[str, Any]:
        """The content's layouts as the Content API takes them."""
        return {"twilio/text": {"body": self.body}}


def problems(text: TemplateText) -> Iterator[str]:
    """What WhatsApp would refuse in a template, one sentence each."""
    says = text.says
    fixed = _VARIABLE.split(says)[::2]
    if not text.variables:
        yield "it has no variable"
    if length(text.filled(dict(zip(text.variables, text.samples.values(), strict=True)))) > LONGEST:
        yield f"with its examples it is longer than {LONGEST} characters"
    elif length(says) > RECOMMENDED:
        yield f"it is longer than {RECOMMENDED} characters, which WhatsApp recommends as the most"
    if text.variables and not _LETTER.search(fixed[0]):
        yield "it begins with a variable"
    if text.variables and not _LETTER.search(fixed[-1]):
        yield "it ends with a variable"
    if any(not _LETTER.search(between) for between in fixed[1:-1]):
        yield "two variables have no word between them"
    if len(" ".join(fixed).split()) < _WORDS_PER_VARIABLE * len(text.variables):
        yield "it has too few words for so many variables"
    if re.search(r"[{}]", "".join(fixed)):
        yield "a variable is not written {{name}}"
    if re.search(r"\n|\t| {4}", says):
        yield "it has a line break, a tab or four blanks in a row"
    if found := _ADVERTISING.search(says):
        yield f"{found[0]!r} makes it an advertisement"
    if set(text.examples) != set(text.variables):
        yield "its examples are not those of its variables"
    for name, example in text.examples.items():
        if not example.strip() or clean(example) != example:
            yield f"the example of {name} is empty or has line breaks or many blanks"


def clean(value: str) -> str:
    """A value as WhatsApp takes it in a template: on one line, without many blanks in a row."""
    return " ".join(value.split())


class TemplateTexts:
    """The templates of one installation, read when they are first asked for."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._read: dict[tuple[str, str], TemplateText | None] = {}

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._renderer.folder.parent / "whatsapp"

    def get(self, name: str, language: str) -> TemplateText | None:
        """The template `name` in `language`; None where there is no file. Raises `BadTemplate`."""
        key = (name, language)
        if key not in self._read:
            path = self.folder / language / f"{name}.yaml"
            self._read[key] = _read(path, name, language) if path.is_file() else None
        return self._read[key]

    def all(self) -> list[TemplateText]:
        """Every template that may be needed and is there."""
        found = (self.get(name, language) for name in PROACTIVE for language in LANGUAGES)
        return [text for text in found if text is not None]

    def missing(self) -> list[str]:
        """`<language>/<name>` of each message that may be pushed unasked and has no template."""
        return [
            f"{language}/{name}" for name in PROACTIVE for language in LANGUAGES if self.get(name, language) is None
        ]

    def fill(self, name: str, language: str, values: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str] | None:
        """The variables of a template, filled from the values of its message.

        None where there is no such template, or where it cannot say this: then the message itself has to wait.
        """
        text = self.get(name, language)
        if text is None:
            return None
        source = f'{{% import "{language}/_template_values.j2" as value with context %}}'
        try:
            filled = {
                each: clean(
                    self._renderer.render_source(f"{source}{{{{ value.the_{each}() }}}}", language, values, zone)
                )
                for each in text.variables
            }
        except TemplateError as error:
            log.error("template_not_filled", template=name, language=language, error=error)
            return None
        fits = length(text.filled(filled)) <= LONGEST and all(
            0 < len(each) <= _LONGEST_VALUE for each in filled.values()
        )
        return filled if fits else None


def _read(path: Path, name: str, language: str) -> TemplateText:
    where = f"templates/whatsapp/{language}/{name}.yaml"
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadTemplate(f"{where} is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(given, dict) or set(given) != {"says", "examples"} or not isinstance(given["examples"], dict):
        raise BadTemplate(f"{where} must have `says`, a text, and `examples`, a value for each variable")
    examples = {str(key): str(value) for key, value in given["examples"].items()}
    return TemplateText(name, language, str(given["says"]).strip(), examples)


def check_proactive(texts: TemplateTexts) -> None:
    """Raises `BadTemplate` where a message that may be pushed unasked has no template, or one that cannot pass."""
    missing = texts.missing()
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise BadTemplate(
            f"templates/whatsapp/{missing[0]}.yaml is missing{more}: WhatsApp sends unasked only templates"
        )
    for text in texts.all():
        for problem in problems(text):
            raise BadTemplate(f"templates/whatsapp/{text.language}/{text.name}.yaml: {problem}")


# What the provider has approved


def is_approved(session: Session, brand: str, name: str, language: str) -> bool:
    """Whether the template may be sent."""
    return _approved_row(session, brand, name, language) is not None


def approved_template(session: Session, row: Row[Any]) -> ApprovedTemplate | None:
    """The template by which an outbox row with its conversation's columns may go; None where there is none."""
    values = row.template_values
    if not row.template or values is None:
        return None
    known = _approved_row(session, row.brand, row.template, row.language or row.spoken)
    if known is None or not set(known.variables) <= set(values):
        return None
    numbered = {str(number): values[name] for number, name in enumerate(known.variables, 1)}
    return ApprovedTemplate(known.content_sid, numbered)


def _approved_row(session: Session, brand: str, name: str, language: str) -> Row[Any] | None:
    return session.execute(
        sa.select(MESSAGE_TEMPLATE).where(
            MESSAGE_TEMPLATE.c.brand == brand,
            MESSAGE_TEMPLATE.c.name == name,
            MESSAGE_TEMPLATE.c.language == language,
            MESSAGE_TEMPLATE.c.status == APPROVED,
            MESSAGE_TEMPLATE.c.content_sid != "",
            # A template that WhatsApp has moved among the advertisements costs and counts otherwise: it stops.
            MESSAGE_TEMPLATE.c.category.in_(("", CATEGORY)),
        )
    ).one_or_none()
