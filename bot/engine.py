"""Holds everything: one object with settings, database, packs, readers, channels and the three loops.

`serve` starts the loops on threads; the terminal chat and the tests call `settle` instead, which does the same work in
the calling thread until nothing is ready.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from bot.attachments import AttachmentStore
from bot.bell import OUTBOX, TURNS, Bell
from bot.channels.configured import configured_channels
from bot.channels.protocol import Channel, Closable, Inbound
from bot.channels.simulator import Simulator
from bot.channels.whatsapp.reconcile import reconcile_due
from bot.clock import Clock, Ticker, next_due, run_due, utc_now
from bot.crypto import Cipher
from bot.database import Database, is_passing
from bot.desk_service import DeskService
from bot.inbox import Received, receive
from bot.logs import log
from bot.metrics import Metrics
from bot.outbox import DeliveryLoop
from bot.packs import brand_names, read_pack
from bot.processes import CLOCK_LOOP, DELIVERY_LOOP, LOOPS, TURNS_LOOP, Pulse
from bot.render import MESSAGES, Renderer
from bot.settings import BadSettings, Settings
from bot.turns import TurnLoop
from bot.whatsapp_templates import TemplateTexts
from bot.wire import Wire
from dialogs.heard import Heard, Message
from dialogs.records import Records
from dialogs.talk import Talk
from dialogs.turn import Turn
from policies.pack import Pack

_SLOW_POLL = 1.0
_TICK_SECONDS = 5.0
_CARE_SECONDS = 60.0
# What a send may still take when the process is told to stop.
_LAST_SENDS_SECONDS = 5.0
# Its work is due by its own setting; this is how often it looks.
_RECONCILER_SECONDS = 60.0
_SETTLE_ROUNDS = 200
# Twilio waits 15 s for a webhook's answer and does not repeat it.
_RECEIVE_SECONDS = 8.0
_LOOK_AGAIN = 0.25


class Reader(Protocol):
    """Reads one message of a brand's customer."""

    def read(
        self,
        message: Message,
        now: datetime,
        *,
        previous_language: str,
        asked: str | None,
        direction: Any,
    ) -> Heard:
        """The message with language, intents, clauses and values."""
        ...


Step = Callable[[Talk, Sequence[Heard], Pack, Records, datetime], Turn]


def _product_step() -> Step:
    from dialogs.step import step

    return step


def _product_reader(brand: str, data_dir: Path) -> Reader:
    from bot.models import reader_for

    reader: Reader = reader_for(brand, data_dir)
    return reader


class Engine:
    """One installation, running or at rest. `now` is the only clock that anything in it reads."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        channels: Mapping[str, Channel] | None = None,
        step: Step | None = None,
        reader_for: Callable[[str, Path], Reader] = _product_reader,
        packs: Callable[[str], Pack] = read_pack,
        templates: Path = MESSAGES,
        durable: bool = True,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = Database(settings.url, durable=durable, connections=settings.database_connections)
        self.bell = Bell()
        self.metrics = Metrics(self)
        self.pulse = Pulse(self)
        self.cipher = Cipher(settings.keys, "inbox")
        self.renderer = Renderer(templates)
        self.template_texts = TemplateTexts(self.renderer)
        self.attachments = AttachmentStore(self)
        self._packs = packs
        self._reader_for = reader_for
        self._step = step
        self.cold: frozenset[str] = frozenset()
        self._readers: dict[str, Reader] = {}
        self._readers_lock = threading.Lock()
        self.simulator = Simulator(self)
        self.channels: dict[str, Channel] = dict(configured_channels(self) if channels is None else channels)
        self.channels.setdefault(self.simulator.name, self.simulator)
        self.turns = TurnLoop(self)
        self.delivery = DeliveryLoop(self)
        self.desk = DeskService(self)
        # The loops that whoever runs this engine is going to start; none where its work is done by hand.
        self.expected_loops: tuple[str, ...] = ()
        self._stopping = threading.Event()
        self._warming = threading.Lock()
        self._starting = threading.Lock()
        self._wire: Wire | None = None
        self._threads: list[threading.Thread] = []
        self._wakers: list[Callable[[], None]] = []
        self._tickers: list[Ticker] = []

    # What it knows

    def now(self) -> datetime:
        """The moment by this installation's clock."""
        return self.clock()

    @property
    def brands(self) -> tuple[str, ...]:
        """The brands that are served, in alphabetical order. Raises `BadSettings` for one without a pack."""
        known = brand_names()
        wanted = tuple(sorted(name.strip() for name in self.settings.brands.split(",") if name.strip()))
        for name in wanted:
            if name not in known:
                raise BadSettings(f"REFUND_DESK_BRANDS: there is no pack {name!r}; there are: {', '.join(known)}")
        return wanted or tuple(known)

    def pack(self, brand: str) -> Pack:
        """The pack of `brand`."""
        return self._packs(brand)

    def reader(self, brand: str) -> Reader:
        """The reader of `brand`, built at its first use."""
        with self._readers_lock:
            if brand not in self._readers:
                self._readers[brand] = self._reader_for(brand, self.settings.data_dir)
            return self._readers[brand]

    @property
    def step(self) -> Step:
        """The function that makes a turn of what was heard."""
        if self._step is None:
            self._step = _product_step()
        return self._step

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    # What it does

    def open(self) -> None:
        """Brings the database up to date. Raises `WrongRevision`."""
        self.database.migrate()

    def receive(self, inbound: Inbound) -> Received:
        """Stores a message; the turn loop takes it from there.

        Not every provider repeats a webhook that failed, so a passing error of the database is waited out for a while.
        """
        return self.database.again(lambda: receive(self, inbound), _RECEIVE_SECONDS)

    def run_ready(self, now: datetime | None = None) -> int:
        """Takes the turns that are ready; gives how many."""
        return self.turns.run_ready(now)

    def deliver(self, now: datetime | None = None) -> int:
        """Sends what is ready; gives how many messages were tried."""
        return self.delivery.deliver_ready(now)

    def run_due(self, now: datetime | None = None) -> int:
        """Does what is due; gives how many things."""
        return run_due(self, now or self.now())

    def next_due(self, conversation_id: str | None = None) -> datetime | None:
        """When something is due next, of one conversation or of all that keep this installation's time."""
        return next_due(self, conversation_id)

    def settle(self) -> None:
        """Takes turns and delivers until nothing is ready now."""
        for _ in range(_SETTLE_ROUNDS):
            if not self.run_ready() + self.deliver():
                return
        log.error("never_settles")

    # Running by itself

    def warm(self, can_load: Callable[[str], bool] = lambda _brand: True) -> None:
        """Loads packs and readers brand by brand: those that were asked first come first, of those that can be loaded.

        Ends when all are loaded or the engine stops. What fails is logged, and tried anew when a message comes.
        """
        with self._warming:
            left = set(self.brands)
            while left and not self._stopping.is_set():
                brand = next(filter(can_load, self._by_need(left)), None)
                if brand is None:
                    self._stopping.wait(_LOOK_AGAIN)
                    continue
                try:
                    self.pack(brand)
                    self.reader(brand)
                    self.step  # noqa: B018 - imported at its first use
                except Exception as error:
                    log.error("not_warm", brand=brand, error=error)
                left.discard(brand)
                self.cold = self.cold - {brand}
                self.bell.ring(TURNS)

    def _by_need(self, brands: Set[str]) -> list[str]:
        """`brands` with those first whose customers have waited longest."""
        asked = self.turns.waiting_brands()
        return [*(brand for brand in asked if brand in brands), *sorted(brands - set(asked))]

    def start(self, role: str = "serve", loops: Sequence[str] = LOOPS, *, serve_when_warm: bool = False) -> None:
        """Starts `loops` on threads, unless it was told to stop while it was warming up.

        With `serve_when_warm` the messages of a brand wait in the inbox until `warm` has loaded it. Every process, also
        one without loops, hears the bell of the others and says that it is alive.
        """
        with self._starting:
            if self._stopping.is_set():
                return
            if serve_when_warm:
                self.cold = frozenset(self.brands)
            if self.database.shared:
                self._wire = Wire(self.bell, self.database)
                self._wire.start()
            if TURNS_LOOP in loops:
                self.turns.fetch_files_apart()
            for number in range(self.settings.workers):
                if TURNS_LOOP in loops:
                    self._spawn(TURNS_LOOP, number, TURNS, self._turn_round)
                if DELIVERY_LOOP in loops:
                    self._spawn(DELIVERY_LOOP, number, OUTBOX, self._delivery_round)
            if CLOCK_LOOP in loops:
                self.pulse.expect(CLOCK_LOOP)
                self._tick_every(_TICK_SECONDS, "loop_failed", self._tick)
                self._tick_every(_CARE_SECONDS, "files_not_looked_after", self.attachments.look_after)
                self._tick_every(_RECONCILER_SECONDS, "not_reconciled", lambda: reconcile_due(self))
            self.pulse.start(role)
        log.info("started", role=role, loops=list(loops), brands=list(self.brands), workers=self.settings.workers)

    def stop(self) -> None:
        """Stops the loops after the turn or the message each is at, gives back what did not end in time, and closes
        the database.
        """
        with self._starting:
            self._stopping.set()
        until = time.monotonic() + self.settings.turn_seconds + _LAST_SENDS_SECONDS
        for wake in self._wakers:
            wake()
        for ticker in self._tickers:
            ticker.stop()
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        fetched = self.turns.stop_fetching(max(1.0, until - time.monotonic()))
        self._give_back(all_ended=fetched and not any(thread.is_alive() for thread in self._threads))
        # What is being loaded asks the database who waits.
        if self._warming.acquire(timeout=max(0.0, until - time.monotonic())):
            self._warming.release()
        if self._wire:
            self._wire.stop()
        self.pulse.stop()
        self.close()

    def close(self) -> None:
        """Closes the channels and the database of an engine whose loops do not run."""
        for channel in self.channels.values():
            if isinstance(channel, Closable):
                channel.close()
        self.database.close()

    def _give_back(self, *, all_ended: bool) -> None:
        """Another process takes at once what this one could not finish."""
        if all_ended:
            return
        try:
            log.warning("stopped_in_the_middle", turns=self.turns.release_all())
        except SQLAlchemyError as error:
            # Its claims run out by themselves.
            log.error("claims_not_given_back", error=error)

    def _spawn(self, loop: str, number: int, topic: str, once: Callable[[], float]) -> None:
        rung = threading.Event()
        name = f"{loop}-{number}"
        self.bell.listen(topic, lambda _topic: rung.set())
        self._wakers.append(rung.set)

        def run() -> None:
            while not self._stopping.is_set():
                self.pulse.beat(loop, number)
                try:
                    wait = once()
                except Exception as error:
                    log.error("loop_failed", loop=name, error=error, passing=is_passing(error))
                    wait = _SLOW_POLL
                rung.wait(wait)
                rung.clear()

        self.pulse.expect(loop, number)
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _tick(self) -> None:
        self.pulse.beat(CLOCK_LOOP)
        self.run_due()

    def _tick_every(self, seconds: float, complaint: str, work: Callable[[], object]) -> None:
        """Does `work` from now on every so often; what it raises is logged as `complaint`."""

        def tick() -> None:
            try:
                work()
            except Exception as error:
                log.error(complaint, error=error, passing=is_passing(error))

        ticker = Ticker(tick, seconds)
        self._tickers.append(ticker)
        ticker.start()

    def _turn_round(self) -> float:
        if not self._stopping.is_set() and self.turns.take_next():
            return 0.0
        return self._until(self.turns.next_ready())

    def _delivery_round(self) -> float:
        if not self._stopping.is_set() and self.delivery.deliver_next():
            return 0.0
        return self._until(self.delivery.next_try())

    def _until(self, moment: datetime | None) -> float:
        """Seconds to sleep until `moment`, at most the slow poll; never none, since a claimed row is ready too."""
        if moment is None:
            return _SLOW_POLL
        return max(0.02, min(_SLOW_POLL, (moment - self.now()) / timedelta(seconds=1)))
