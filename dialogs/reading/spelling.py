"""One spelling for words that people spell in many ways: "wapas", "vaapis" and "वापस", "refunded" and "refunds".

Rules, in this order: Devanagari is written in Roman letters; letters held down are shortened; an English ending goes
where enough of the word is left; long vowels are written short and letters that sound alike become one. Figures become
shapes, since 2,360 and 4,999 tell the same: an amount; small counts stay, for 3 days and 7 days differ.
"""

import re
from functools import lru_cache

from dialogs.values import transliterate
from dialogs.values.numbers import find_numbers
from dialogs.values.quantities import read_percents
from dialogs.values.text import Message, prepare

_TOKEN = re.compile(
    r"(?P<percent>\d+(?:\.\d+)? ?%)"
    r"|(?P<money>(?:₹|\brs\.?|\binr) ?\d[\d,]*(?:\.\d+)?(?:/-)?)"
    r"|(?P<date>\b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b|\b\d{1,2}(?:st|nd|rd|th)\b)"
    r"|(?P<time>\b\d{1,2}:\d{2}\b)"
    r"|(?P<scaled>\b\d+(?:\.\d+)? ?(?:k|lakh|lac|lakhs|hazar|hazaar|thousand)\b)"
    r"|(?P<mixed>\b(?=[a-z_#-]*\d)(?=\d*[a-z_])[a-z\d_#-]{4,}\b)"
    r"|(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)"
    r"|(?P<mark>[?!])"
)
_PERCENT_WORD = re.compile(r"%|per ?c|pct|pratishat|fisad|fisd|feesd|प्रतिशत|फीसदी|परसेंट")
_HALF = r"(?:half|aadh[aei]|adh[aei]|fifty|pachas|quarter|chauthai)"
_HALVES = (
    (
        re.compile(
            rf"(?:less than|under|below|not even|barely|upto|almost) (?:a )?{_HALF}|{_HALF} (?:se )?(?:kam|bhi nahi)"
        ),
        "#25TO50",
    ),
    (
        re.compile(
            rf"(?:more than|over|above|beyond|past|crossed|well past) (?:the )?{_HALF}"
            rf"|{_HALF} (?:se )?(?:jyada|zyada|jada|adhik|upar|aage)|mostly done|almost (?:done|complete|finished)"
        ),
        "#OVER50",
    ),
)
"""A part of a whole in words."""
_HELD = re.compile(r"([a-z])\1{2,}")
_ALIKE = (
    ("ph", "f"), ("w", "v"), ("z", "j"), ("q", "k"), ("ck", "k"), ("aa", "a"), ("ee", "i"), ("ii", "i"), ("oo", "u"),
    ("uu", "u"), ("ie", "i"), ("ei", "i"), ("ou", "o"), ("au", "o"), ("ai", "e"), ("yi", "i"),
)  # fmt: skip
_ONE_SPELLING = {
    "nhi": "nahi", "nai": "nahi", "nahin": "nahi", "nhin": "nahi", "nahee": "nahi", "na": "nahi", "nehi": "nahi",
    "h": "hai", "hain": "hai", "he": "hai", "hei": "hai", "m": "me", "mein": "me", "main": "me", "mai": "me",
    "k": "ke", "ki": "ke", "ka": "ke", "kya": "kya", "kia": "kya", "kyaa": "kya", "kyo": "kyu", "kyon": "kyu",
    "kyun": "kyu", "kyunki": "kyuki", "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please",
    "plss": "please", "n": "and", "aur": "and", "or": "or", "y": "why", "wat": "what", "wht": "what", "wats": "what",
    "hw": "how", "wen": "when", "shud": "should", "cud": "could", "wud": "would", "abt": "about", "bcz": "because",
    "coz": "because", "bcoz": "because", "cuz": "because", "frm": "from", "wid": "with", "thru": "through",
    "msg": "message", "acc": "account", "acct": "account", "ac": "account", "amt": "amount", "txn": "transaction",
    "trans": "transaction", "tx": "transaction", "pymt": "payment", "pmt": "payment", "cust": "customer",
    "hrs": "hour", "hr": "hour", "yr": "year", "yrs": "year", "mnth": "month", "mnths": "month", "wk": "week",
    "wks": "week", "mins": "minute", "min": "minute", "biz": "business", "sub": "subscription", "doc": "document",
    "docs": "document", "bro": "bhai", "bhaiya": "bhai", "sirji": "sir", "cancle": "cancel", "cancell": "cancel",
    "cancelation": "cancel", "cancellation": "cancel", "rtn": "return", "gya": "gaya", "gye": "gaye", "gyi": "gayi",
    "krna": "karna", "kr": "kar", "kro": "karo", "krdo": "kardo", "rha": "raha", "rhi": "rahi", "rhe": "rahe",
    "mje": "mujhe", "muje": "mujhe", "mjhe": "mujhe", "kb": "kab", "kbtk": "kabtak", "tk": "tak", "abi": "abhi",
    "hua": "hua", "hui": "hua", "huye": "hua", "hue": "hua", "diye": "diya", "dia": "diya", "liye": "liye",
    "lia": "liya", "pese": "paisa", "paise": "paisa", "pesa": "paisa", "paiso": "paisa", "chaiye": "chahiye",
    "chahie": "chahiye", "cahiye": "chahiye", "chiye": "chahiye", "milegi": "milega", "milenge": "milega",
    "wapis": "wapas", "vapis": "wapas", "waapis": "wapas", "wapsi": "wapas", "vapsi": "wapas",
}  # fmt: skip
"""Spellings, short forms and endings that no rule leads to the same word."""

PERCENT, AMOUNT, DATE, TIME, ID = "#PERCENT", "#AMOUNT", "#DATE", "#TIME", "#ID"
PARTS_OF_WHOLE = frozenset({"#UNDER25", "#25TO50", "#OVER50"})
_MANY = 100
"""From here on a bare number is more likely an amount than a count."""


def keys_of(text: str) -> list[str]:
    """The words of `text`, each in its one spelling; a question or exclamation mark is a word too.

    Behind them stands what part of a whole is spoken of, however it is said: "40%", "forty percent", "aadhe se kam".
    """
    message = prepare(text)
    low = transliterate(message.low).lower()
    found: list[str] = []
    for match in _TOKEN.finditer(low):
        found += _keys(match.lastgroup or "", match.group())
    return found + _parts_of_whole(message, low)


def _parts_of_whole(message: Message, low: str) -> list[str]:
    found = [part for pattern, part in _HALVES if pattern.search(low)]
    if _PERCENT_WORD.search(message.low):
        found += (_band(float(value.value)) for value in read_percents(message, find_numbers(message)))
    return found


def _keys(kind: str, token: str) -> list[str]:
    if kind == "word":
        return [key_of(token)]
    if kind == "percent":
        return [PERCENT]
    if kind in {"money", "scaled"}:
        return [AMOUNT]
    if kind == "date":
        return [DATE]
    if kind == "time":
        return [TIME]
    if kind == "mixed":
        return _mixed(token)
    if kind == "number":
        return [_number(token)]
    return [token]


def _band(percent: float) -> str:
    """Policies draw their lines at a quarter and at the half."""
    return "#UNDER25" if percent < 25 else "#25TO50" if percent <= 50 else "#OVER50"


def _mixed(token: str) -> list[str]:
    """ "48hrs" is a number and a word, "2x" too; "txn_8812" is an id."""
    parts = re.fullmatch(r"(\d{1,4})([a-z]{1,8})", token)
    if parts:
        return [_number(parts[1]), key_of(parts[2])]
    return [ID]


def _number(token: str) -> str:
    whole = token.replace(",", "").split(".")[0]
    if len(whole) > 7:
        return ID
    return AMOUNT if int(whole) >= _MANY else f"#{int(whole)}"


@lru_cache(maxsize=20_000)
def key_of(word: str) -> str:
    """The one spelling of a lower-case word in Roman letters."""
    word = word.replace("'", "")
    word = _HELD.sub(r"\1", word)
    word = _ONE_SPELLING.get(word, word)
    word = _without_ending(word)
    for written, folded in _ALIKE:
        word = word.replace(written, folded)
    if len(word) > 3:
        word = re.sub(r"([a-z])\1", r"\1", word)
        word = word.removesuffix("e") if word.endswith("e") else word
        word = word[:-1] + "i" if word.endswith("y") else word
    return word


def _without_ending(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending, rest in (("ing", 4), ("ed", 4), ("es", 4), ("s", 3), ("ly", 4)):
        if word.endswith(ending) and len(word) - len(ending) >= rest and not word.endswith("ss"):
            stem = word[: -len(ending)]
            return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "aeiouls" else stem
    return word
