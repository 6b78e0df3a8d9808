"""The language a message is answered in: English, Hindi in Devanagari, or Hinglish (Hindi in Roman letters)."""

import re

from dialogs.values.hinglish_words import HINGLISH_WORDS, TELLS_NOTHING
from dialogs.values.text import normalise, prepare

_DEVANAGARI_SHARE = 0.3
"""Of the letters: below it, Hindi words are dropped into a Roman sentence."""
_HINGLISH_SHARE = 0.2
"""Of the Roman words: below it, a single "bhai" does not make an English sentence Hinglish."""
_READ_AT_MOST = 600
_DIGIT = re.compile(r"\d")
"""Whatever holds a figure is an id, an amount or a date, and of no language."""


def detect_language(text: str, previous: str | None = None) -> str:
    """ "en", "hi" or "hinglish". What tells nothing ("ok", "8821") keeps `previous`, else is English."""
    said = " ".join(chunk for chunk in normalise(text)[:_READ_AT_MOST].split() if not _DIGIT.search(chunk))
    words = [word.text for word in prepare(said).words if word.text[0].isalpha()]
    letters = sum(len(word) for word in words)
    devanagari = sum(len(word) for word in words if _is_devanagari(word))
    if letters and devanagari / letters >= _DEVANAGARI_SHARE:
        return "hi"
    roman = [word for word in words if not _is_devanagari(word)]
    hits = sum(word in HINGLISH_WORDS for word in roman)
    if hits and (hits >= 3 or hits / len(roman) >= _HINGLISH_SHARE):
        return "hinglish"
    telling = [word for word in roman if word not in TELLS_NOTHING and len(word) > 1]
    if previous and (not telling or (previous == "hinglish" and len(roman) <= 2 and len(telling) <= 1)):
        return previous
    return "en"


def _is_devanagari(word: str) -> bool:
    return "\u0900" <= word[0] <= "\u097f"
