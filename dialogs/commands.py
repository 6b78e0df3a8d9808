"""Commands such as /status: they do what a tapped button would, at any point of the talk and in any language.

A command with words behind it ("/refund my token is broken") is read as a sentence instead; the sentence says more.
"""

import re
from dataclasses import replace

from dialogs.heard import Heard

# What each command does, as an action of `dialogs.taps`. Channels that can show commands show them in this order.
COMMANDS: dict[str, str] = {
    "start": "hello",
    "refund": "start",
    "status": "status",
    "policy": "policy",
    "human": "human",
    "language": "languages",
    "privacy": "privacy",
    "stop": "stop",
}
_ALSO = {"help": "hello", "menu": "hello", "agent": "human"}
_COMMAND = re.compile(r"/([a-z_]{1,32})(?:@\w{1,64})?", re.IGNORECASE)
_LANGUAGES = {"en": "en", "english": "en", "hi": "hi", "hindi": "hi", "hinglish": "hinglish"}


def as_tap(heard: Heard) -> Heard | None:
    """The command that a message is, as a tap on a button; None for any other message.

    What a link into the chat stands for comes as the payload of its /start.
    """
    name, _, rest = heard.text.strip().partition(" ")
    found = _COMMAND.fullmatch(name)
    if heard.message.kind != "text" or found is None:
        return None
    command, rest = found[1].lower(), rest.strip().lower()
    payload = COMMANDS.get(command) or _ALSO.get(command, "")
    if command == "start":
        payload = heard.message.payload or payload
    elif command == "language" and rest in _LANGUAGES:
        payload = f"language:{_LANGUAGES[rest]}"
    elif rest:
        return None
    return replace(heard, message=replace(heard.message, payload=payload)) if payload else None
