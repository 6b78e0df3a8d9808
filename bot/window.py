"""WhatsApp's 24-hour window: free messages go only within a day of the customer's last; a pure function of times."""

from datetime import datetime, timedelta

WINDOW = timedelta(hours=24)


def is_open(now: datetime, *, last_inbound_at: datetime | None, closed_at: datetime | None, margin: timedelta) -> bool:
    """Whether a free message may go at `now`.

    The window runs from the arrival of the customer's last message and ends `margin` early, because the provider's
    clock decides and not ours. `closed_at` is when the provider said that it is closed: it stays so until the
    customer's next message.
    """
    if last_inbound_at is None:
        return False
    if closed_at is not None and closed_at >= last_inbound_at:
        return False
    return now < last_inbound_at + WINDOW - margin
