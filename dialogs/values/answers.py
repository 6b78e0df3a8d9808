"""Yes and no, where a message reads as an answer: the whole of a short message, or the word it begins with.

A "not" in the middle of a sentence is part of what is told, so it is left alone.
"""

import re
from collections.abc import Iterator

from dialogs.values.text import Message, Word, fold_spelling, word_set
from dialogs.values.value import Value

_YES = """
yes, yess, yesss, yea, yeah, yeh yes, yep, yup, yupp, yah, yaa, yas, sure, confirm, confirmed,
confirm it, confirm karo, i confirm, correct, right, exactly, absolutely, definitely, of course,
go ahead, yes go ahead, do it, please do, proceed, agree, agreed, i agree, done, fine, affirmative,
that is right, thats right, its correct, looks good, all good, alright, all right, sounds good, haan,
han, haa, haanji, haan ji, han ji, hanji, hn, hnji, ha ji, haji, ji haan, ji han, ji ha, jee haan,
bilkul, bilkul sahi, sahi, sahi hai, sahi h, shi h, shi hai, theek hai, thik hai, thik h, theek h,
tik hai, thk h, thk hai, theek, thik, teek hai, kar do, kardo, kar dijiye, kar dijie, kijiye, zaroor,
jarur, jaroor, pakka, manzoor, manjur, chalega, chalo, chalo theek hai, haan kar do, haan kardo, hau,
hanjii, achha theek hai, accha theek hai, acha thik hai, हां, हाँ, हा, जी हां, जी हाँ, हांजी, हाँजी,
हां जी, हाँ जी, बिल्कुल, बिलकुल, सही, सही है, ठीक है, ठीक, कर दो, कर दीजिए, जरूर, ज़रूर, पक्का, मंजूर
"""
_NO = """
no, nope, nah, naah, noo, nooo, not really, not yet, never, no no, dont, don't, do not, dont do it,
don't do it, cancel that, incorrect, wrong, not correct, no thanks, no thank you, nop, negative, i dont,
i don't, i do not, not at all, no need, disagree, not agree, nahi, nahin, nhi, nai, nahii, nahee, nehi,
nhin, naa, ji nahi, ji nahin, nahi ji, nahi nahi, bilkul nahi, bilkul nhi, kabhi nahi, abhi nahi,
mat karo, mat kro, mat karna, mat kijiye, rehne do, rehne dijiye, galat, galat hai, galat h, sahi nahi,
sahi nahi hai, theek nahi, jhooth, nahi chahiye, nhi chahiye, nahi karna, nahi karo, nahi hai, nhi h,
nahi h, नहीं, नही, ना, जी नहीं, नहीं जी, बिल्कुल नहीं, बिलकुल नहीं, मत करो, मत कीजिए, रहने दो, गलत,
ग़लत, गलत है, नहीं चाहिए, नहीं करना, नहीं है
"""
_SHORT_YES = """
y, ya, k, kk, ok, okk, okay, okey, oky, oki, okie, ha, hm, hmm, hmmm, hmm ok, ji, jee, jii, h, जी,
ओके, हम्म, ओक, okay ji, ok ji
"""
_SHORT_NO = "n, na, nopes"
_SIGNS = {
    "👍": True,
    "✅": True,
    "✔": True,
    "☑": True,
    "👌": True,
    "🆗": True,
    "👎": False,
    "❌": False,
    "✖": False,
    "❎": False,
    "🚫": False,
}
_SKIN_TONES = frozenset("🏻🏼🏽🏾🏿")

_ALONE = word_set(
    """
    right fine done wrong never sure correct galat sahi theek thik teek chalo सही ठीक गलत हा ना h hm n k
    """
)
"""Words that answer only when they are the whole message, apart from such words as "sir" or "bhai"."""

_COURTESY = word_set(
    """
    sir mam maam madam bhai bhaiya bro ji jee please pls plz thanks thank you thx yaar dear boss team sirji
    ok okay it that hai h hi na
    """
)
_NO_MEANS_NONE = word_set(
    """
    i it its it's we they he she you u that thats this the my was is not dont don't didnt i'm im leave make
    wait just only actually but and still never sorry sir bhai bro thanks thank please pls plz need one way
    cancel change wrong ji mam madam yaar no box packing seal because as there these those am are in on from
    at to of
    """
)
"""What may stand behind an English "no" that answers; before other words it means none ("no refund?")."""

_LONGEST_ANSWER = 12
"""Words; a longer message that begins with a particle is still an answer, but one to be read back."""


def _phrases(words: str) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(fold_spelling(phrase.strip().replace("'", " ")).split()) for phrase in words.split(",") if phrase.strip()
    )


_MEANING: dict[tuple[str, ...], bool] = {
    **dict.fromkeys(_phrases(_YES) | _phrases(_SHORT_YES), True),
    **dict.fromkeys(_phrases(_NO) | _phrases(_SHORT_NO), False),
}
_LONGEST_PHRASE = max(len(phrase) for phrase in _MEANING)
_POLITE_YES = _phrases("ji, jee, ok, okay, hmm, hm, जी, ओके, ok ji, okay ji")
_CLAUSE = re.compile(r"[.!;,…]+ *")


def read_yes_no(message: Message) -> Iterator[Value]:
    """One answer at the most. It is a guess where particles disagree or where the message says much more."""
    words = [word for word in message.words if word.text not in _SKIN_TONES and word.text != "'"]
    found = _leading(words)
    if not found:
        return
    used = sum(size for size, _ in found)
    rest = [word.text for word in words[used:] if word.text[0].isalnum()]
    phrase = tuple(word.text for word in words[:used])
    if _is_question(message, words, used) or not _answers(phrase, words, used, rest):
        return
    meaning, agreed = _meaning(words, found)
    later = _later_answer(words, used)
    certain = agreed and (later is None or later is meaning) and len(rest) <= _LONGEST_ANSWER
    others = () if certain else (not meaning,)
    yield Value("yes_no", meaning, "", words[0].start, words[used - 1].end, certain=certain, other=others)


def _leading(words: list[Word]) -> list[tuple[int, bool]]:
    """The answering phrases the message begins with: how many words each takes, and whether it says yes."""
    found: list[tuple[int, bool]] = []
    position = 0
    while position < len(words):
        size, meaning = _phrase_at(words, position)
        if not size:
            if found and words[position].text in {",", ".", "!", "-"} and _phrase_at(words, position + 1)[0]:
                found.append((1, found[-1][1]))
                position += 1
                continue
            break
        found.append((size, meaning))
        position += size
    return found


def _phrase_at(words: list[Word], position: int) -> tuple[int, bool]:
    if position < len(words) and words[position].text in _SIGNS:
        return 1, _SIGNS[words[position].text]
    for size in range(min(_LONGEST_PHRASE, len(words) - position), 0, -1):
        phrase = tuple(word.text for word in words[position : position + size])
        if phrase in _MEANING:
            return size, _MEANING[phrase]
    return 0, False


def _answers(phrase: tuple[str, ...], words: list[Word], used: int, rest: list[str]) -> bool:
    """Whether the leading phrase is an answer, given what follows it."""
    if not rest:
        return True
    following = words[used].text
    if len(phrase) == 1 and phrase[0] in _ALONE:
        return all(word in _COURTESY for word in rest)
    if phrase[-1] == "no" and following[0].isalnum():
        return following in _NO_MEANS_NONE or following.isdigit()
    return True


def _is_question(message: Message, words: list[Word], used: int) -> bool:
    """ "Ok?" and "sahi hai?" ask; they answer nothing."""
    signs = [word.text for word in words[used:]]
    return bool(signs) and all(not sign[0].isalnum() for sign in signs) and "?" in message.low


def _meaning(words: list[Word], found: list[tuple[int, bool]]) -> tuple[bool, bool]:
    """A polite "ji" or "ok" before a no does not count as a yes."""
    meanings, position = [], 0
    for size, meaning in found:
        phrase = tuple(word.text for word in words[position : position + size])
        if phrase not in _POLITE_YES and phrase[0][0] not in ",.!-":
            meanings.append(meaning)
        position += size
    if not meanings:
        return True, True
    return (False, len(set(meanings)) == 1) if False in meanings else (True, True)


def _later_answer(words: list[Word], used: int) -> bool | None:
    """An answering word at the head of a later clause: "ok 500... no make it 450"."""
    for position in range(used + 1, len(words)):
        if _CLAUSE.fullmatch(words[position - 1].text):
            size, meaning = _phrase_at(words, position)
            if size and words[position].text not in _ALONE:
                return meaning
    return None
