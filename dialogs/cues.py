"""Signs in the words themselves that need no model: questions, the customer's own orders, pasted bank messages."""

import re

_QUESTION = re.compile(
    r"\?|\b(what|when|who|whom|where|which|why|how|hw|wht|whats|can i|can u|can you|could|will i|will u"
    r"|will you|will it"
    r"|do i|do you|do u|does|is it|is there|are there|am i|should i|shall i|may i|would"
    r"|kya|kia|kab|kabtak|kaun|kon|kisko|kise|kahan|kaha|kidhar|kyu|kyun|kyon|kaise|kese|kitna|kitne"
    r"|kitni|ktna|kaunsa|konsa"
    r"|milega|milegi|milenge|hoga kya|sakta|sakte|sakti|doge|karoge|logge|loge)\b"
    r"|क्या|कब|कौन|किसको|कहाँ|कहां|क्यों|कैसे|कितना|कितने|कितनी|मिलेगा|मिलेगी|सकता|सकते|सकती|होगा",
    re.IGNORECASE,
)
_STATES_A_DEMAND = re.compile(r"\b(want|need|chahiye|chaiye|karna hai|karo|kar do|cancel|please)\b|चाहिए|करो", re.I)
_MY_ORDERS = re.compile(
    r"\b(my orders?|mere orders?|meri (order|booking)s?|list (of )?orders)\b|मेरे ऑर्डर", re.IGNORECASE
)
_WHAT_IF = re.compile(r"\b(what if|if i|if it|suppose|agar|agr|maan lo|in case)\b|अगर|मान लो", re.IGNORECASE)
_LATER = re.compile(
    r"\b(later|tomorrow|tmrw|kal|baad me|baad mein|bhej ?dunga|bhej ?dungi|bhejunga|dunga|dungi|will send"
    r"|wait|ruko|thodi der)\b"
    r"|बाद में|कल|भेज दूंगा|भेज दूँगा|दूंगा|दूंगी|रुको",
    re.IGNORECASE,
)
_NO_NEED = re.compile(
    r"\b(no need|not needed|dont need|don't need|never ?mind|leave it|zarurat nahi|zaroorat nahi|rehne do"
    r"|nahi chahiye)\b"
    r"|ज़रूरत नहीं|जरूरत नहीं|रहने दो",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(leave (it|that|this|the|second|first)|drop (it|that|this)|forget (it|that)|rehne do|rehne dijiye"
    r"|chhodo|chodo|jaane do)\b"
    r"|रहने दो|रहने दीजिए|छोड़ो|जाने दो",
    re.IGNORECASE,
)
_APPEAL = re.compile(r"\b(appeal|internal review|senior management|reconsider)\b|अपील", re.IGNORECASE)
_BANK_MESSAGE = re.compile(r"\b(credited|debited|a/c|acct|avl bal|upi ref|imps ref|neft)\b", re.IGNORECASE)


def looks_like_question(text: str) -> bool:
    """Whether the words ask something, in any of the three languages."""
    return _QUESTION.search(text) is not None


def states_a_demand(text: str) -> bool:
    """Whether the words want something done."""
    return _STATES_A_DEMAND.search(text) is not None


def asks_for_own_orders(text: str) -> bool:
    """Whether the customer asks for the orders on record under this number."""
    return _MY_ORDERS.search(text) is not None


def supposes(text: str) -> bool:
    """Whether the words suppose something ("agar 40 hua to")."""
    return _WHAT_IF.search(text) is not None


def names_an_appeal(text: str) -> bool:
    """Whether the customer speaks of an appeal or a review."""
    return _APPEAL.search(text) is not None


def is_bank_message(text: str) -> bool:
    """Whether a bank's or a provider's notice was pasted."""
    return len(_BANK_MESSAGE.findall(text)) >= 2


def promises_later(text: str) -> bool:
    """Whether the customer will send or say it later."""
    return _LATER.search(text) is not None


def needs_no_more(text: str) -> bool:
    """Whether the customer says that it is not needed any more."""
    return _NO_NEED.search(text) is not None


def leaves_it(text: str) -> bool:
    """Whether the customer drops the open request."""
    return _LEAVES.search(text) is not None
