"""Devanagari written in Roman letters the way people chat: पैसा → paisa, वापस → vapas, नहीं → nahi.

Each consonant carries a short "a" unless a vowel sign or a virama follows. That "a" is silent at the end of a word and
where the consonant stands between two spoken vowels (मिलता → milta); it is decided from the end of the word backwards.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळ",
        "k kh g gh n ch ch j jh n t th d dh n t th d dh n p f b bh m y r l v sh sh s h l".split(),  # noqa: SIM905 - in Devanagari's order
        strict=True,
    )
)
_DOTTED = {"क": "q", "ख": "kh", "ग": "g", "ज": "z", "ड": "d", "ढ": "dh", "फ": "f", "य": "y"}
_VOWELS = {
    "अ": "a", "आ": "aa", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai", "ओ": "o", "औ": "au",
    "ऑ": "o", "ऍ": "e", "ऎ": "e", "ऒ": "o",
}  # fmt: skip
_SIGNS = {
    "ा": "a", "ि": "i", "ी": "i", "ु": "u", "ू": "u", "ृ": "ri", "े": "e", "ै": "ai", "ो": "o", "ौ": "au", "ॉ": "o",
    "ॅ": "e", "ॆ": "e", "ॊ": "o",
}  # fmt: skip
_VIRAMA, _NUKTA, _ANUSVARA, _CANDRABINDU, _VISARGA = "\u094d", "\u093c", "\u0902", "\u0901", "\u0903"
_COMPOSED = {
    "\u0958": "क़", "\u0959": "ख़", "\u095a": "ग़",
    "\u095b": "ज़", "\u095c": "ड़", "\u095d": "ढ़", "\u095e": "फ़", "\u095f": "य़",
}  # fmt: skip
_WORD = re.compile(r"[\u0900-\u0963\u0970-\u097f]+")
_DIGITS = str.maketrans("०१२३४५६७८९।॥", "0123456789..")
_LABIAL = frozenset("pbm")

_AS_CHATTED = {
    "यह": "ye", "वह": "vo", "में": "me", "हूँ": "hu", "हूं": "hu", "हाँ": "haan", "हां": "haan", "मैंने": "maine", "नहीं": "nahi",
    "क्यों": "kyu", "क्यूँ": "kyu", "आया": "aaya", "आई": "aayi", "आए": "aaye", "गई": "gayi", "गए": "gaye", "हुई": "hui",
    "बहुत": "bahut", "पहले": "pehle", "पहला": "pehla", "कहाँ": "kaha", "कहां": "kaha", "यहाँ": "yaha", "यहां": "yaha",
    "रहा": "raha", "रही": "rahi", "मुझे": "mujhe", "काम": "kaam", "नाम": "naam", "बात": "baat", "साल": "saal",
    "बाद": "baad", "ठीक": "theek",
    "हज़ार": "hazaar", "हजार": "hazaar", "रुपए": "rupaye", "रुपये": "rupaye", "चाहिए": "chahiye",
    "कार्ड": "card", "बैंक": "bank", "ऑर्डर": "order", "कैंसिल": "cancel", "पेमेंट": "payment", "टोकन": "token",
    "वेबसाइट": "website", "यूपीआई": "upi", "वॉलेट": "wallet", "अकाउंट": "account", "रिटर्न": "return", "मैसेज": "message",
}  # fmt: skip
"""Words whose chat spelling no rule gives, and English words that the shop's customers write in both scripts."""


@dataclass(frozen=True)
class _Sound:
    consonant: str
    vowel: str
    inherent: bool
    nasal: bool = False
    bare: bool = False


def transliterate(text: str) -> str:
    """The text with every Devanagari word in Roman letters; everything else stays."""
    return _WORD.sub(lambda match: _word(match.group()), text).translate(_DIGITS)


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    word = "".join(_COMPOSED.get(character, character) for character in word)
    if word in _AS_CHATTED:
        return _AS_CHATTED[word]
    sounds = _silenced(_sounds(word))
    spelled = "".join(_spelled(sounds, index) for index in range(len(sounds)))
    return spelled.replace("chch", "cch")


def _sounds(word: str) -> list[_Sound]:
    sounds: list[_Sound] = []
    for position, character in enumerate(word):
        following = word[position + 1 : position + 2]
        if character in _CONSONANTS:
            dotted = following == _NUKTA and character in _DOTTED
            sounds.append(_Sound(_DOTTED[character] if dotted else _CONSONANTS[character], "a", inherent=True))
        elif character in _VOWELS:
            sounds.append(_Sound("", _glided(sounds, character), inherent=False))
        elif not sounds:
            continue
        elif character in _SIGNS:
            sounds[-1] = replace(sounds[-1], vowel=_SIGNS[character], inherent=False)
        elif character == _VIRAMA:
            sounds[-1] = replace(sounds[-1], vowel="", inherent=False, bare=True)
        elif character in {_ANUSVARA, _CANDRABINDU}:
            sounds[-1] = replace(sounds[-1], nasal=True)
        elif character == _VISARGA:
            sounds.append(_Sound("h", "", inherent=False, bare=True))
    return sounds


def _glided(sounds: list[_Sound], character: str) -> str:
    """Behind a vowel आ is short (हुआ → hua), and behind an i or an a, ए is "ye" (लिए → liye, जाए → jaye)."""
    behind = sounds[-1].vowel if sounds else ""
    if character == "ए" and behind[-1:] in {"i", "a"}:
        return "ye"
    return "a" if character == "आ" and behind else _VOWELS[character]


def _silenced(sounds: list[_Sound]) -> list[_Sound]:
    """The sounds without the silent "a"s: the last one, and each between two spoken vowels."""
    kept = list(sounds)
    last = len(kept) - 1
    if last > 0 and kept[last].inherent and not kept[last].nasal:
        kept[last] = replace(kept[last], vowel="")
    for index in range(last - 1, 0, -1):
        sound = kept[index]
        spoken_before = bool(kept[index - 1].vowel)
        spoken_after = bool(kept[index + 1].vowel) and bool(kept[index + 1].consonant)
        if sound.inherent and not sound.nasal and spoken_before and spoken_after:
            kept[index] = replace(sound, vowel="")
    return kept


def _spelled(sounds: list[_Sound], index: int) -> str:
    sound = sounds[index]
    nasal = ""
    if sound.nasal and index + 1 < len(sounds):
        nasal = "m" if sounds[index + 1].consonant[:1] in _LABIAL else "n"
    elif sound.nasal and sound.inherent:
        nasal = "n"
    return sound.consonant + sound.vowel + nasal
