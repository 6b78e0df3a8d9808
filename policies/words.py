"""Texts that exist in every language of the product."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "hi", "hinglish"]
LANGUAGES: tuple[Language, ...] = ("en", "hi", "hinglish")


class Words(BaseModel):
    """One text in English, Hindi (Devanagari) and Hinglish (Hindi in Roman letters)."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, str_min_length=1)

    en: str
    hi: str
    hinglish: str

    def in_(self, language: str) -> str:
        """The text in `language`, in English where the language is not one of ours."""
        return getattr(self, language) if language in LANGUAGES else self.en
