"""Renders the pages: Jinja2 with escaping always on, a missing value an error, and files addressed by their content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.web import showing, wording
from bot.web.files import SHOWN
from bot.web.showing import BrandView, Shower, brand_view

if TYPE_CHECKING:
    from bot.engine import Engine

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pages"
STATIC = Path(__file__).resolve().parent / "static"


def is_stored(file: Mapping[str, Any]) -> bool:
    """Whether there is a file to open behind a proof or an attachment.

    A script may name one without having it, and the virus scanner may hold one.
    """
    return not file.get("held") and re.fullmatch(r"[0-9a-f]{64}", str(file.get("key") or "")) is not None


def is_picture(attachment: Mapping[str, Any]) -> bool:
    """Whether a browser can show the file as a picture."""
    return is_stored(attachment) and attachment.get("mime") in SHOWN


class Pages:
    """The pages of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.shower = Shower(engine)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals.update(
            static=_static,
            words_for=wording.words_for,
            move_words=wording.move_words,
            channel_name=wording.channel_name,
            tone=wording.tone,
            show_paise=showing.show_paise,
            show_range=showing.show_range,
            show_rupees=showing.show_number_of_rupees,
            show_moment=showing.show_moment,
            show_day=showing.show_day,
            show_time=showing.show_time,
            is_picture=is_picture,
            is_stored=is_stored,
            split_trace=self.shower.split_trace,
            disagreements=showing.disagreements,
            claim_name=self.shower.claim_name,
            fact_name=self.shower.fact_name,
            fact_value=self.shower.fact_value,
            clause_says=self.shower.clause_says,
            clause_section=self.shower.clause_section,
        )

    @cached_property
    def brands(self) -> dict[str, BrandView]:
        """The companies that are served, in alphabetical order."""
        names = self._engine.brands
        return {name: brand_view(self._engine.pack(name), place) for place, name in enumerate(names)}

    def page(self, template: str, http_status: int = 200, **values: Any) -> HTMLResponse:
        """A page."""
        now = self._engine.now()
        return HTMLResponse(
            self.piece(template, ago=lambda moment, **how: showing.ago(moment, now, **how), **values), http_status
        )

    def piece(self, template: str, **values: Any) -> str:
        """A part of a page."""
        return self._environment.get_template(template).render(brands=self.brands, **values)

    def said(self, status: int, title: str, words: str, *, desk: bool) -> HTMLResponse:
        """A page that says one thing, such as that there is nothing here."""
        home, home_words = ("/desk", "To the desk") if desk else ("/try", "To the chat")
        return self.page("said.html", status, status=status, title=title, words=words, home=home, home_words=home_words)


_HASHES: dict[str, str] = {}


def _static(name: str) -> str:
    """The address of a static file, which changes with its content, so that browsers may keep it for ever."""
    if name not in _HASHES:
        _HASHES[name] = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={_HASHES[name]}"
