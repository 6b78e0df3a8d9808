"""Signs in the words themselves that need no model: questions, the customer's own orders, pasted bank messages."""

import re

from dialogs.values import spelled_out

_QUESTION = re.compile(
    r"\?|\b(what|when|who|whom|where|why|how|hw|wht|whats|can i|can u|can you|could|will i|will u"
    r"|will you|will it"
    r"|do i|do you|do u|does|is it|is there|are there|am i|should i|shall i|may i|would(?! like)"
    r"|kya|kia|kab|kabtak|kaun|kon|kisko|kise|kahan|kaha|kidhar|kyu|kyun|kyon|kaise|kese|kitna|kitne"
    r"|kitni|ktna|kaunsa|konsa"
    r"|milega|milegi|milenge|hoga kya|sakta|sakte|sakti|doge|karoge|logge|loge)\b"
    r"|\b(tell me|let me know|(want|wanna|like) to know|explain|batao|btao|bata ?do|btado|bataiye|bataye|batayein"
    r"|jaanna)\b"
    r"|बताओ|बताइए|बता दो|बताएं|जानना|क्या|कब|कौन|किसको|कहाँ|कहां|क्यों|कैसे|कितना|कितने|कितनी|मिलेगा|मिलेगी|सकता|सकते|सकती|होगा",
    re.IGNORECASE,
)
# "which" asks at the beginning; later in a sentence it mostly describes.
_ASKS_WHICH = re.compile(r"^\W*(and |so |ok |but )?(in |by |from |to )?which\b", re.IGNORECASE)
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
    r"|chhodo|chodo|jaane do|forget (everything|about it)"
    r"|cancel (my |the |this )?(request|claim|complaint|everything|all of (it|this)|chat)"
    r"|(dont|don't|do not) (want|need) (to cancel|the refund|a refund|refund|it)( any ?more| now)?"
    r"|(dont|don't|do not) cancel|(cancel|refund|return) (nahi|nahin|nhi|mat) (karna|karo|chahiye|karwana))\b"
    r"|रहने दो|रहने दीजिए|छोड़ो|जाने दो|(कैंसिल|रद्द|रिफंड) (नहीं|मत) (करना|करो|चाहिए)",
    re.IGNORECASE,
)
_LEAVES_OUT = re.compile(
    r"\b(remove|leave|take out|drop|forget|hata\w*|rehne|chhod\w*|chod\w*|(nahi|nahin|nhi) chahiye"
    r"|(dont|don't|do not) (want|need)|not needed)\b|हटा|रहने|छोड़|नहीं चाहिए",
    re.IGNORECASE,
)
_ONLY = re.compile(r"^\W*(ok |no |nahi )?(only|just|sirf|bas|केवल|सिर्फ|सिर्फ़)\b", re.IGNORECASE)
_INSISTS = re.compile(
    r"\b(anyway|any way|still want|check (it|this|again)|check karo|check karwao|review|re-?check|unfair|not fair"
    r"|dont agree|don't agree|do not agree|not agree|phir bhi|fir bhi|nahi man(na|ta|ti|te)|galat hai|jhooth"
    r"|dobara dekho"
    r"|koi dekhe|insaan dekhe|person dekhe)\b"
    r"|फिर भी|नहीं मान|गलत है|झूठ|दोबारा देख|जाँच कर|जांच कर",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"^\W*(continue|go on|carry on|resume|proceed|next|aage( badho| badhte hain| chalo)?|chalo|jaari rakho"
    r"|आगे( बढ़ो| बढ़ें)?|चलो)\W*$",
    re.IGNORECASE,
)
_THREATENS = re.compile(
    r"\b(consumer (court|forum|case|complaint)|court (jaunga|jaungi|jayenge|case)|(go|going) to (court|police)"
    r"|legal (action|notice)|lawyer|advocate|vakil|police (complaint|station|case|me|mein)|fir (karunga"
    r"|karungi|file|darj)"
    r"|sue you|cyber ?crime|cyber ?cell|media me|kanooni)\b"
    r"|कोर्ट|पुलिस|वकील|कानूनी|क़ानूनी|उपभोक्ता फोरम",
    re.IGNORECASE,
)
_INSULTS = re.compile(
    r"\b(thiefs?|thieves|cheats?|cheaters?|frauds?|scammers?|idiots?|bloody|bastards?|morons?|fuck\w*|chor"
    r"|choro|chors|dhokebaaz"
    r"|saale|saala|kamine|kamina|harami|haramkhor|kutte|kutta|chutiy\w*|madarchod|bhosd\w*|gadhe|ullu)\b"
    r"|चोर|कमीने|हरामी|कुत्ते|साले|बेवकूफ|धोखेबाज",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(bloody|bastards?|idiots?|fuck\w*|thiefs?|thieves|kamine|kamina|harami|haramkhor|kutte|kutta"
    r"|chutiy\w*|madarchod|bhosd\w*|saale)\b"
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
    r"\b(my|our|mine|i|we|u|you|mera|meri|mere|hamara|hamari|hamare|humara|mujhe|maine|tumne|aapne|refund"
    r"|paisa|paise|money back|wapas)\b"
    r"|मेरा|मेरी|मेरे|हमारा|हमारी|मुझे|मैंने|आपने|रिफंड|पैसा|पैसे|वापस",
    re.IGNORECASE,
)
_REVIEW = re.compile(
    r"\b(review|re ?check|look (into|at) (it|this)|check (it )?again|second look|dobara dekh\w*"
    r"|phir se dekh\w*)\b|रिव्यू|दोबारा देख|फिर से देख",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b(humans?|persons?|agents?|people|someone|somebody|any ?one|executives?|managers?|seniors?"
    r"|supervisors?|staff|representatives?"
    r"|customer care|support|real|insaan|insan|aadmi|admi|banda|bande|kisi se|speak|talk|talking|connect"
    r"|call me|call back|callback"
    r"|phone karo|baat|transfer|escalate)\b|इंसान|व्यक्ति|आदमी|मैनेजर|किसी से|बात|कॉल",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(
    r"\b(so )?no refund\b[^?]{0,12}\?|\bwill i get (it|the (money|refund)|my money|anything)\b"
    r"|\b(paisa|paise|refund) milega\b"
    r"|\b(how much|hw much|max(imum)?(?! (time|days?|din|samay|hours?|ghante))|kitna|kitne|ktna)\b"
    r".{0,25}\b(get|back|refund|return|receive|come|max"
    r"|milega|milenge|wapas|vapas|aayega"
    r"|aaega|banega|katega|kat|deduct\w*|cut)\b|\b(what|wats?)\b.{0,6}\bmax|कितना (मिलेगा|वापस|पैसा|आएगा"
    r"|कटेगा)|कितने (मिलेंगे|वापस)",
    re.IGNORECASE,
)
_MOST = re.compile(
    r"\b(max(imum)?|at most|highest|zyada se zyada|jyada se jyada)\b(?! (time|days?|din|samay|hours?|ghante))"
    r"|ज़्यादा से ज़्यादा|अधिकतम",
    re.IGNORECASE,
)
_TIME_LEFT = re.compile(
    r"\b(how (long|much time) (do|have|can|is)|time (is )?left|last (date|time|day)|dead ?line|till when"
    r"|by when|kab tak kar|kitna time"
    r"|kitne din h)\b|कितना समय|कब तक कर|आखिरी तारीख",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\b(another|one more|new (request|claim|refund)|second (request|order|claim|refund)|different order"
    r"|other order|dusr[aie]|doosr[aie]"
    r"|ek aur|aur ek|nay[aie] request)\b|दूसरा|दूसरी|एक और",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b((problem|issue|matter)( is| got)? (solved|resolved|sorted|fixed)|(got|is) (solved|resolved|sorted)"
    r"|solve ho gay[aie]"
    r"|theek ho gay[aie]|thik ho gay[aie]|working now|works now|chal gay[aie]|chalne lag[aie]"
    r"|hal ho gay[aie])\b|ठीक हो गय|हल हो गय|चलने लग",
    re.IGNORECASE,
)
_YES_FIRST = re.compile(r"^\W*(yes|yeah|yep|haan|han|haa|ji haan|हाँ|हां|जी)\b", re.IGNORECASE)
_REQUEST = re.compile(r"\b(requests?|refund|case|claim|complaint|ticket)\b|रिफंड|अनुरोध|केस|शिकायत", re.IGNORECASE)
_APPEAL = re.compile(r"\b(appeal|internal review|senior management|reconsider)\b|अपील", re.IGNORECASE)
_FILES_IT = re.compile(
    r"\b(file|submit) (the|my) (request|claim|cancellation|case|complaint|refund|application|form|return)\b"
    r"|\b(file|submit|register|raise|lodge|confirm|darj|daal)\b( it| this| that| the| my| request| claim| also"
    r"| anyway"
    r"| now| please| pls| all| kar| kr| karo| kro| kardo| krdo| do| kijiye| dijiye)*\W*$"
    r"|(फ़ाइल|फाइल|दर्ज|जमा|सबमिट) (कर|करो|कीजिए|करें)",
    re.IGNORECASE,
)
_ASKS_WHEN = re.compile(
    r"\b(when|how long|how many days|kab|kabtak|kitne din|kitna time|kitna samay|by what date)\b"
    r"|कब|कितने दिन|कितना समय|कितना टाइम",
    re.IGNORECASE,
)
_ACCEPTS = re.compile(
    r"^\W*(ok+|okay|okey|k|thi+k|thee+k|tik|fine|achh?a|alright|all right|understood|got it|samajh gaya|samajh gayi"
    r"|ठीक|अच्छा|समझ गया|समझ गई)( hai| h| he| है| then| no problem)?\W*$",
    re.IGNORECASE,
)
_NO_PROOF = re.compile(
    r"\b(no|don'?t have|dont have|without|haven'?t)\b.{0,14}\b(proofs?|photos?|pics?|screen ?shots?|receipts?)\b"
    r"|\b(proof|photo|pic|screen ?shot|receipt|raseed)\b.{0,10}\b(nahi|nhi|nahin|nai|not there)\b"
    r"|(सबूत|फोटो|फ़ोटो|स्क्रीनशॉट|रसीद).{0,6}नहीं",
    re.IGNORECASE,
)
_MONEY = re.compile(r"\b(paisa|paise|paisay|refund|money|mony|amount|cash)\b|पैसा|पैसे|रिफंड|रकम", re.IGNORECASE)
_ADDS = re.compile(r"\b(also|too|and|another|one more|aur|bhi|ek aur|same)\b|भी|और", re.IGNORECASE)
_WHY_SO_LITTLE = re.compile(
    r"\b(why|kyu|kyun|kyon|kyo)\b.{0,25}\b(only|sirf|bas|less|kam|itna|itne|not (full|all)|(full|poora|pura) nahi"
    r"|half|aadha|\d+ ?(percent|%))|आधा.{0,6}क्यों"
    r"|\b(sirf|itna kam|bas itna|itna hi|itne hi)\b.{0,25}\b(kyu|kyun|kyon|kyo)\b|(सिर्फ़|सिर्फ|इतना|इतने"
    r"|कम) .{0,20}क्यों|क्यों .{0,20}(सिर्फ|कम|इतना)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(somvar|mangalvar|budhvar|guruvar|shukravar|shanivar"
    r"|ravivar|itwar)\b"
    r"|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार|इतवार",
    re.IGNORECASE,
)
_MISTAKE = re.compile(
    r"\b(galti se|galat (bola|likha|bataya|diya)|by mistake|my mistake|typed wrong|wrote wrong|told wrong"
    r"|actually|i meant)\b"
    r"|गलती से|ग़लती से|गलत (बोला|लिखा|बताया)",
    re.IGNORECASE,
)
_WHY_REFUSED = re.compile(
    r"\b(why|kyu|kyun|kyon|kyo|reason|wajah)\b.{0,30}\b(reject\w*|declin\w*|refus\w*|denied|cancelled|mana"
    r"|inkaar|nahi (hua|hui|mila))"
    r"|\b(reject\w*|declin\w*|refus\w*|denied|mana)\b.{0,20}\b(why|kyu|kyun|kyon|kyo|reason)\b|क्यों (मना"
    r"|रिजेक्ट)|(मना|रिजेक्ट).{0,15}क्यों",
    re.IGNORECASE,
)
_KEYS = re.compile(r"[bcdfghjklmnpqrstvwxz]{4}|(\w)\1{3}")
_BANK_MESSAGE = re.compile(r"\b(credited|debited|a/c|acct|avl bal|upi ref|imps ref|neft)\b", re.IGNORECASE)


# What else than the money may take its time.
_OTHER_TIME = re.compile(
    r"\b(cancel|return|report|send|bhej\w*|call|deliver\w*|replace\w*|review|decide|reply)\b|भेज|कैंसिल", re.IGNORECASE
)


def _has(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the signs of `pattern` stand in the words as typed, or with the shortened ones in full."""
    return pattern.search(text) is not None or pattern.search(spelled_out(text)) is not None


def is_gibberish(text: str) -> bool:
    """Whether most of the words are keys struck at random: four consonants in a row, or one letter over and over."""
    words = re.findall(r"[a-z]+", text.lower())
    return bool(words) and 2 * sum(_KEYS.search(word) is not None for word in words) > len(words)


def looks_like_question(text: str) -> bool:
    """Whether the words ask something, in any of the three languages."""
    return _has(_QUESTION, text) or _ASKS_WHICH.match(text) is not None


def states_a_demand(text: str) -> bool:
    """Whether the words want something done."""
    return _has(_STATES_A_DEMAND, text)


def asks_for_own_orders(text: str) -> bool:
    """Whether the customer asks for the orders on record under this number."""
    return _has(_MY_ORDERS, text)


def supposes(text: str) -> bool:
    """Whether the words suppose something ("agar 40 hua to")."""
    return _has(_WHAT_IF, text)


def names_a_request(text: str) -> bool:
    """Whether the words speak of a request that was made."""
    return _has(_REQUEST, text)


def names_an_appeal(text: str) -> bool:
    """Whether the customer speaks of an appeal or a review."""
    return _has(_APPEAL, text)


def is_bank_message(text: str) -> bool:
    """Whether a bank's or a provider's notice was pasted."""
    return len(_BANK_MESSAGE.findall(text)) >= 2


def promises_later(text: str) -> bool:
    """Whether the customer will send or say it later."""
    return _has(_LATER, text)


def needs_no_more(text: str) -> bool:
    """Whether the customer says that it is not needed any more."""
    return _has(_NO_NEED, text)


def files_it(text: str) -> bool:
    """Whether the customer wants the request to be filed as it stands ("haan file kar do")."""
    return _has(_FILES_IT, text)


def asks_when(text: str) -> bool:
    """Whether the words ask when something comes or how long it takes."""
    return _has(_ASKS_WHEN, text)


def accepts(text: str) -> bool:
    """Whether the words take an answer as it is, and nothing more."""
    return _has(_ACCEPTS, text)


def has_no_proof(text: str) -> bool:
    """Whether the customer says that there is no photo, receipt or other proof."""
    return _has(_NO_PROOF, text)


def leaves_it(text: str) -> bool:
    """Whether the customer drops the open request."""
    return _has(_LEAVES, text)


def leaves_out(text: str) -> bool:
    """Whether the words drop one thing that they name beside them."""
    return _has(_LEAVES_OUT, text)


def wants_only(text: str) -> bool:
    """Whether the words want one thing and no more."""
    return _ONLY.match(text) is not None


def goes_on(text: str) -> bool:
    """Whether the customer only wants to get on with it."""
    return _GOES_ON.match(text) is not None


def threatens(text: str) -> bool:
    """Whether the customer speaks of court, police or a lawyer."""
    return _has(_THREATENS, text)


def insults(text: str) -> bool:
    """Whether the words abuse the people here: a strong word, or two of the weaker ones."""
    return _has(_STRONG, text) or len(_INSULTS.findall(text)) >= 2


def is_about_another_company(text: str) -> bool:
    """Whether the words are about an order with a large shop or service that is not the one written to."""
    return _has(_ELSEWHERE, text)


def tells_of_own_trouble(text: str) -> bool:
    """Whether the words speak of the writer's own matter or money."""
    return _has(_MINE, text)


def asks_for_review(text: str) -> bool:
    """Whether somebody shall look at it again."""
    return _has(_REVIEW, text)


def names_a_person(text: str) -> bool:
    """Whether the words speak of a person to talk to."""
    return _has(_PERSON, text)


def asks_how_much(text: str) -> bool:
    """Whether the words ask what amount comes back."""
    return _has(_HOW_MUCH, text)


def asks_for_the_most(text: str) -> bool:
    """Whether the words ask for the highest amount."""
    return _has(_MOST, text)


def asks_time_left(text: str) -> bool:
    """Whether the words ask until when something can be done."""
    return _has(_TIME_LEFT, text)


def says_yes_first(text: str) -> bool:
    """Whether the words begin with a yes."""
    return _YES_FIRST.match(text) is not None


def insists(text: str) -> bool:
    """Whether the customer does not take a no."""
    return _has(_INSISTS, text)


def names_another(text: str) -> bool:
    """Whether the customer speaks of one more request."""
    return _has(_ANOTHER, text)


def is_solved(text: str) -> bool:
    """Whether the trouble is over."""
    return _has(_SOLVED, text)


def speaks_of_money(text: str) -> bool:
    """Whether the words name the money itself."""
    return _has(_MONEY, text)


def adds_to(text: str) -> bool:
    """Whether something is wanted on top."""
    return _has(_ADDS, text)


def asks_why_so_little(text: str) -> bool:
    """Whether the words ask why no more comes back."""
    return _has(_WHY_SO_LITTLE, text)


def names_a_weekday(text: str) -> bool:
    """Whether the words name a day of the week."""
    return _has(_WEEKDAY, text)


def owns_a_mistake(text: str) -> bool:
    """Whether the customer says that something was told wrong."""
    return _has(_MISTAKE, text)


def asks_why_refused(text: str) -> bool:
    """Whether the words ask why a request was refused."""
    return _has(_WHY_REFUSED, text)


def names_another_time(text: str) -> bool:
    """Whether the words speak of the time of something else than the money: a call, a return, a reply."""
    return _has(_OTHER_TIME, text)


def means_money(text: str) -> bool:
    """Whether the words mean the money and nothing else that may take its time."""
    return speaks_of_money(text) and not names_another_time(text)
