"""The bell: tells loops and open pages that something was committed.

It carries a topic and nothing else; whoever hears it looks into the database. A missed ring costs one slow poll. On
PostgreSQL `bot.wire` carries each ring to the other processes, and theirs to this one.
"""

import threading
from collections.abc import Callable

# Topics besides `conversation:<id>`.
TURNS, OUTBOX, DESK = "turns", "outbox", "desk"


def conversation_topic(conversation_id: str) -> str:
    """The topic that rings when something in a conversation changed."""
    return f"conversation:{conversation_id}"


class Bell:
    """Rings topics to those who listen. Listeners are called on the ringing thread and must be quick."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[int, tuple[str, Callable[[str], None]]] = {}
        self._next = 0
        # Where rings go besides; must be quick and never raise.
        self.forward: Callable[[tuple[str, ...]], None] | None = None

    def listen(self, topic: str, hear: Callable[[str], None]) -> Callable[[], None]:
        """Calls `hear(topic)` at each ring of `topic` (or of any, for "*"); gives a function that ends it."""
        with self._lock:
            number = self._next
            self._next += 1
            self._listeners[number] = (topic, hear)

        def stop() -> None:
            with self._lock:
                self._listeners.pop(number, None)

        return stop

    def ring(self, *topics: str) -> None:
        """Rings `topics`, here and in the other processes. Call it after the commit."""
        self.ring_here(*topics)
        if self.forward is not None:
            self.forward(topics)

    def ring_here(self, *topics: str) -> None:
        """Rings `topics` to those who listen in this process."""
        with self._lock:
            listeners = list(self._listeners.values())
        for topic in topics:
            for wanted, hear in listeners:
                if wanted in {"*", topic}:
                    hear(topic)
