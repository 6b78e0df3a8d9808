"""Going on in another chat: a code that was sent to the first chat proves that both are one person's.

Whether there is a case of the number that was named is never told: what is said is the same, with or without one.
"""

import re

from dialogs.heard import Heard
from dialogs.scene import PERSON, Scene
from dialogs.turn import Button, LinkChats, LinkCodeTried, SendLinkCode

_CODE = re.compile(r"(?<!\d)(\d{3})[ -]?(\d{3})(?!\d)")
_OTHER_CHAT = re.compile(
    r"\b(wrote|written|filed|messaged|chatted|chatting|talked|spoke|applied|request|complaint|likha|bheja|baat|kiya|ki)\b"
    r".{0,40}\b(whats ?app|telegram|other number|another number|old number|dusre number|purane number)\b"
    r"|\b(whats ?app|telegram|dusre number|purane number)\s+(pe|par|me|mein|se)\b"
    r".{0,40}\b(likha|bheja|baat|kiya|ki|kari|request)\b"
    r"|(व्हाट्सऐप|व्हाट्सएप|वॉट्सऐप|टेलीग्राम|दूसरे नंबर|पुराने नंबर).{0,40}(लिखा|भेजा|बात|किया|की थी)",
    re.IGNORECASE,
)
_EARLIER = re.compile(
    r"\b(before|earlier|already|previously|yesterday|last|ago|pehle|pahle|kal|tha|thi)\b|पहले|कल|था|थी", re.IGNORECASE
)


def code_in(text: str) -> str:
    """The six digits of a typed code, empty where there are none."""
    found = _CODE.search(text)
    return "".join(found.groups()) if found else ""


def meet_other_chat(scene: Scene, heard: Heard) -> bool:
    """Meet a case number of another chat, a word about such a chat, and all that follows until the chats are joined."""
    if scene.records.strangers:
        offer(scene, scene.records.strangers[0])
        return True
    question = scene.talk.question
    kind = question.kind if question is not None else ""
    if question is not None and kind == "link_code" and (code := code_in(heard.text)):
        _typed(scene, question.name, code)
        return True
    if question is not None and kind in ("link_offer", "link_confirm"):
        agrees = _yes_or_no(heard)
        if agrees is not None:
            carry_on = send_code if kind == "link_offer" else join
            carry_on(scene, question.name) if agrees else leave(scene)
            return True
    if _OTHER_CHAT.search(heard.text) and _EARLIER.search(heard.text) and not scene.records.cases:
        scene.say("link_which", {}, [PERSON])
        return True
    return False


def _yes_or_no(heard: Heard) -> bool | None:
    value = heard.first("yes_no")
    return bool(value.value) if value is not None else None


def offer(scene: Scene, ref: str) -> None:
    """Say that nothing is told of `ref` here, and offer a code; an open question of a request stays open."""
    scene.say("not_your_case", {"ref": ref}, [Button("@send_code", f"link:{ref}"), PERSON])
    if scene.talk.question is None or scene.talk.question.kind.startswith("link_"):
        scene.ask("link_offer", ref)


def send_code(scene: Scene, ref: str) -> None:
    """Have a code sent to the chat of `ref`, and ask for it."""
    scene.effects.append(SendLinkCode(ref))
    scene.say("link_code_sent", {"ref": ref}, [Button("@send_again", f"link:{ref}"), PERSON])
    scene.ask("link_code", ref)


def _typed(scene: Scene, ref: str, code: str) -> None:
    right = scene.records.link_codes.get(code, False)
    scene.effects.append(LinkCodeTried(right))
    if right:
        scene.say("link_confirm", {"ref": ref}, [Button("@join_chats", "join"), Button("@leave", "unlinked")])
        scene.ask("link_confirm", ref)
    else:
        scene.say("link_code_wrong", {}, [Button("@send_again", f"link:{ref}"), PERSON])
        scene.ask("link_code", ref)


def join(scene: Scene, ref: str) -> None:
    """Join the chats, and go on with what was open."""
    scene.effects.append(LinkChats(ref))
    scene.close_question()
    scene.change(last_case=ref)
    scene.say("linked", {"ref": ref}, [Button("@status", "status")])
    scene.changed = scene.advance = scene.draft is not None


def leave(scene: Scene) -> None:
    """Nothing is joined."""
    scene.close_question()
    scene.say("not_linked", {})
    scene.changed = scene.advance = scene.draft is not None
