"""Short messages whose meaning is settled before any model is asked: STOP, START, "agent", a greeting, a lone sign.

Only a whole message counts: "stop" ends messages, "stop my order" does not.
"""

import re

from dialogs.values.text import fold_spelling, prepare

_WHOLE: dict[str, str] = {
    "opt_out": """
        stop, stop all, stopall, unsubscribe, unsub, optout, opt out, stop messages, stop msgs, stop message,
        stop promotions, stop sending messages, do not message me, dont message me, msg band karo, message band karo,
        message mat bhejo, msg mat bhejo, mat bhejo msg, band karo, band kar do, message roko, msg roko, message rok do,
        स्टॉप, स्टाप, बंद करो, बंद करें, बंद कर दो, बंद कीजिए, रोकें, रोको, रोक दो, मैसेज बंद करो, मैसेज बंद करें,
        मैसेज बंद कर दो, मैसेज रोको, मैसेज रोकें, मैसेज रोक दो, मैसेज मत भेजो
    """,
    "opt_in": """
        start, unstop, subscribe, resubscribe, opt in, optin, start messages, start msgs, message chalu karo,
        msg chalu karo, chalu karo, chalu kar do, स्टार्ट, चालू करो, चालू करें, चालू कर दो, मैसेज चालू करो,
        मैसेज चालू करें, मैसेज चालू कर दो
    """,
    "talk_to_human": """
        agent, human, person, real person, live agent, live chat, representative, executive, operator, customer care,
        talk to agent, talk to human, talk to a human, connect to agent, speak to agent, support agent, manager, insaan,
        aadmi, kisi se baat karao, kisi se baat karwao, agent se baat, agent chahiye, एजेंट, इंसान, किसी से बात कराओ,
        किसी से बात करवाओ, मैनेजर
    """,
    "greet": """
        hi, hii, hiii, hello, helo, hlo, hlw, hey, heya, hi there, hello there, hello sir, hi sir, hello team, hi team,
        good morning, good afternoon, good evening, gm, namaste, namaskar, namashkar, ram ram, radhe radhe, jai hind,
        salaam, salam, assalamualaikum, sat sri akal, vanakkam, kem cho, hello ji, hi ji, hello bhai, hi bhai,
        anyone there, is anyone there, koi hai, नमस्ते, नमस्कार, हेलो, हैलो, हाय, राम राम, प्रणाम
    """,
    "thanks": """
        thanks, thank you, thankyou, thx, thnx, thnks, tnx, ty, tysm, thanks a lot, thank you so much, many thanks,
        thanks sir, thank you sir, thanks bhai, shukriya, dhanyavad, dhanyawad, dhanyavaad, bahut shukriya,
        bahut dhanyavad, धन्यवाद, शुक्रिया, थैंक यू, थैंक्स, थैंक्यू
    """,
    "bye": "bye, bye bye, goodbye, good bye, tata, alvida, good night, gn, see you, बाय, अलविदा, शुभ रात्रि",
    "help": "help, menu, options, main menu, मदद, मेनू",
}
_SIGNS: dict[str, str] = {
    "🙏": "thanks",
    "❤": "thanks",
    "😊": "thanks",
    "🙂": "thanks",
    "👋": "greet",
    "😡": "complaint",
}
_LONGEST = 40
_HELD = re.compile(r"([a-z])\1{2,}")

_MEANING = {
    fold_spelling(phrase.strip()): intent
    for intent, phrases in _WHOLE.items()
    for phrase in phrases.split(",")
    if phrase.strip()
}


def exact_intent(text: str) -> str:
    """The intent of a message that is nothing but one of the known words or signs; else empty."""
    message = prepare(text)
    if len(message.text) > _LONGEST:
        return ""
    words = [word.text for word in message.words]
    spoken = " ".join(word for word in words if word[0].isalpha())
    if spoken:
        if any(word[0].isdigit() for word in words):
            return ""
        return _MEANING.get(spoken) or _MEANING.get(_HELD.sub(r"\1", spoken), "")
    return next((_SIGNS[character] for character in message.text if character in _SIGNS), "")
