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
    r"|chhodo|chodo|jaane do"
    r"|(dont|don't|do not) (want|need) (to cancel|the refund|a refund|refund|it)( any ?more| now)?"
    r"|(dont|don't|do not) cancel|(cancel|refund|return) (nahi|nahin|nhi|mat) (karna|karo|chahiye|karwana))\b"
    r"|रहने दो|रहने दीजिए|छोड़ो|जाने दो|(कैंसिल|रद्द|रिफंड) (नहीं|मत) (करना|करो|चाहिए)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(continue|go on|carry on|resume|proceed|next|aage( badho| badhte hain| chalo)?|chalo|jaari rakho|आगे( बढ़ो| बढ़ें)?|चलो)\W*$",
    re.IGNORECASE,
)
_THREATENS = re.compile(
    r"\b(consumer (court|forum|case|complaint)|court (jaunga|jaungi|jayenge|case)|(go|going) to (court|police)"
    r"|legal (action|notice)|lawyer|advocate|vakil|police (complaint|station|case|me|mein)|fir (karunga|karungi|file|darj)"
    r"|sue you|cyber ?crime|cyber ?cell|media me|kanooni)\b"
    r"|कोर्ट|पुलिस|वकील|कानूनी|क़ानूनी|उपभोक्ता फोरम",
    re.IGNORECASE,
)
_INSULTS = re.compile(
    r"\b(thiefs?|thieves|cheats?|cheaters?|frauds?|scammers?|idiots?|bloody|bastards?|morons?|fuck\w*|chor|choro|chors|dhokebaaz"
    r"|saale|saala|kamine|kamina|harami|haramkhor|kutte|kutta|chutiy\w*|madarchod|bhosd\w*|gadhe|ullu)\b"
    r"|चोर|कमीने|हरामी|कुत्ते|साले|बेवकूफ|धोखेबाज",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(bloody|bastards?|idiots?|fuck\w*|thiefs?|thieves|kamine|kamina|harami|haramkhor|kutte|kutta|chutiy\w*|madarchod|bhosd\w*|saale)\b"
    r"|कमीने|हरामी|कुत्ते|साले",
    re.IGNORECASE,
)
# Large shops and services whose orders people ask about in the wrong chat.
_ELSEWHERE = re.compile(
    r"\b(flipkart|amazon|myntra|meesho|ajio|nykaa|swiggy|zomato|blinkit|zepto|snapdeal|irctc|makemytrip|ola|uber)\b"
    r".{0,40}\b(order|parcel|delivery|return|refund|item|product|ticket|booking|paisa|paise|money)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"\b(my|our|mine|i|we|u|you|mera|meri|mere|hamara|hamari|hamare|humara|mujhe|maine|tumne|aapne|refund|paisa|paise|money back|wapas)\b"
    r"|मेरा|मेरी|मेरे|हमारा|हमारी|मुझे|मैंने|आपने|रिफंड|पैसा|पैसे|वापस",
    re.IGNORECASE,
)
_WHEN = re.compile(r"\b(when|kab|kabtak|how long|how many days|kitne din|kitna time|by what date)\b|कब|कितने दिन", re.I)
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


def goes_on(text: str) -> bool:
    """Whether the customer only wants to get on with it."""
    return _GOES_ON.match(text) is not None


def threatens(text: str) -> bool:
    """Whether the customer speaks of court, police or a lawyer."""
    return _THREATENS.search(text) is not None


def insults(text: str) -> bool:
    """Whether the words abuse the people here: a strong word, or two of the weaker ones."""
    return _STRONG.search(text) is not None or len(_INSULTS.findall(text)) >= 2


def is_about_another_company(text: str) -> bool:
    """Whether the words are about an order with a large shop or service that is not the one written to."""
    return _ELSEWHERE.search(text) is not None


def tells_of_own_trouble(text: str) -> bool:
    """Whether the words speak of the writer's own matter or money."""
    return _MINE.search(text) is not None


def asks_when(text: str) -> bool:
    """Whether the words ask about a time."""
    return _WHEN.search(text) is not None
