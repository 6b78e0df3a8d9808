"""How people shorten the little Hindi words in Roman letters, and write one on to another: "nhi", "kb", "krdia"."""

import re
from functools import lru_cache

# The usual spelling of each shortened word.
SAME_WORD = {
    **dict.fromkeys(("nhi", "nai", "nahin", "naahi", "nhin"), "nahi"),
    **dict.fromkeys(("h", "he"), "hai"),
    **dict.fromkeys(("mene", "meine"), "maine"),
    "b": "bhi",
    "bna": "bana",
    "bni": "bani",
    "dia": "diya",
    "dya": "diya",
    "gya": "gaya",
    "gye": "gaye",
    "gyi": "gayi",
    "kb": "kab",
    "kch": "kuch",
    "kia": "kiya",
    "kr": "kar",
    "krna": "karna",
    "kro": "karo",
    "lia": "liya",
    "mein": "me",
    "rha": "raha",
    "rhe": "rahe",
    "rhi": "rahi",
    "tk": "tak",
}
# What people write on to the verb before it: "hogya", "krdia", "bhejdo".
WRITTEN_ON = (
    *("gaya", "gayi", "gaye", "gya", "gyi", "gye", "diya", "dia", "dya", "dijiye", "dena", "do", "liya", "lia", "lo"),
    *("raha", "rahi", "rahe", "rha", "rhi", "rhe"),
)
_VERBS = r"ho|kar|kr|bhej|mil|aa|kat|kt|toot|chal|nikal|ban|bol|bata|bta|likh|daal|dal|rakh|chhod|chod|rehne|hata|khul"
_TWO_IN_ONE = re.compile(rf"\b({_VERBS})({'|'.join(WRITTEN_ON)})\b")
# So short that they are words of English too.
_ENGLISH_TOO = ("h", "he", "b")
_SHORTENED = re.compile(rf"\b({'|'.join(word for word in SAME_WORD if word not in _ENGLISH_TOO)})\b")


@lru_cache(maxsize=256)
def spelled_out(text: str) -> str:
    """`text` in small letters with the shortened words in full, for signs that are looked for in the words."""
    apart = _TWO_IN_ONE.sub(r"\1 \2", text.lower())
    return _SHORTENED.sub(lambda match: SAME_WORD[match[1]], apart)
