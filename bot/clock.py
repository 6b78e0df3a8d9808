"""The clock loop: what is due at a moment is an ordinary function; the scheduler only wakes it.

`ManualClock` is the clock of the terminal chat, of scripts and of tests: it stands until it is moved.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The real moment."""
    return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is set or moved."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def __call__(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        """Moves to `moment`."""
        self._moment = moment

    def advance(self, by: timedelta) -> None:
        """Moves on by `by`."""
        self._moment += by


class OffsetClock:
    """The real clock, moved by what was waited: for a chat that starts in the present and can still skip ahead."""

    def __init__(self, real: Clock = utc_now) -> None:
        self._real = real
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return self._real() + self._offset

    def set(self, moment: datetime) -> None:
        """Moves to `moment`, from which it goes on."""
        self._offset = moment - self._real()

    def advance(self, by: timedelta) -> None:
        """Moves on by `by`."""
        self._offset += by


class Ticker:
    """Calls `tick` every `seconds` on its own thread. It keeps nothing: a missed tick is made up by the next."""

    def __init__(self, tick: Callable[[], object], seconds: float) -> None:
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(
            tick, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def start(self) -> None:
        """Begins to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stops and waits for a tick that is under way."""
        self._scheduler.shutdown(wait=True)
