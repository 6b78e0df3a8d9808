"""A check of the configuration: what would keep this installation from working, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.settings import CREDENTIALS, BadSettings, credential_name

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.settings import Settings

_LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class Checked:
    """One thing that was looked at; `remedy` says what to do where it is not `ok`."""

    what: str
    ok: bool
    says: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Checked]:
    """Looks at folders, keys, database, packs and channels."""
    yield _data_dir(settings)
    yield _secret_key(settings)
    try:
        engine = _engine(settings)
    except BadSettings as error:
        yield Checked("settings", False, str(error), "correct it in the environment or in .env")
        return
    except (RuntimeError, OSError) as error:
        yield Checked("database", False, str(error), "set REFUND_DESK_DATABASE_URL to sqlite:///FILE or postgresql://…")
        return
    try:
        database = _database(engine)
        yield database
        yield from _files(engine)
        yield from _brands(engine)
        if database.ok:
            yield from _processes(engine)
            yield from _templates(engine)
            yield from _senders(engine)
    finally:
        engine.close()


def _engine(settings: Settings) -> Engine:
    from bot.engine import Engine

    return Engine(settings)


def _data_dir(settings: Settings) -> Checked:
    probe = settings.data_dir / ".writable"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        remedy = "set REFUND_DESK_DATA_DIR to a folder that this user may write"
        return Checked("data folder", False, f"{settings.data_dir}: {error.strerror}", remedy)
    return Checked("data folder", True, str(settings.data_dir))


def _secret_key(settings: Settings) -> Checked:
    if settings.secret_key.get_secret_value():
        return Checked("secret key", True, f"{len(settings.keys)} given")
    if settings.public_base_url:
        return Checked(
            "secret key", False, "none given for a public service", "set REFUND_DESK_SECRET_KEY to 32 random characters"
        )
    return Checked("secret key", True, "made by this installation and kept in the data folder")


def _database(engine: Engine) -> Checked:
    try:
        engine.database.check_revision()
    except RuntimeError as error:
        return Checked("database", False, str(error), "run: refund-desk migrate")
    return Checked("database", True, f"{engine.database.name}, revision {engine.database.revision()}")


def _files(engine: Engine) -> Iterator[Checked]:
    from bot.attachments import PlaceDown, ScannerDown

    files = engine.attachments
    try:
        files.check()
    except PlaceDown as error:
        yield Checked(
            "files", False, str(error), "correct REFUND_DESK_FILES_DIR, or REFUND_DESK_S3_BUCKET and its keys"
        )
    else:
        yield Checked("files", True, files.place.describe())
    if files.scanner is None:
        return
    try:
        files.scanner.ping()
    except ScannerDown as error:
        yield Checked("virus scanner", False, str(error), "start clamd, or correct REFUND_DESK_CLAMD_ADDRESS")
    else:
        yield Checked("virus scanner", True, engine.settings.clamd_address)


def _processes(engine: Engine) -> Iterator[Checked]:
    """Who was seen within the last minute. Where some run, a loop that nobody runs is wrong."""
    from bot.processes import LOOPS, alive

    with engine.database.reading() as session:
        rows = alive(session, engine.now())
    if not rows:
        yield Checked("processes", True, "none is running")
        return
    missing = [loop for loop in LOOPS if not any(loop in row.loops for row in rows)]
    says = ", ".join(f"{row.role} on {row.host} (seen {row.seen_at:%H:%M:%S} UTC)" for row in rows)
    remedy = "start a scheduler" if missing == ["clock"] else "start a worker and a scheduler, or look into their logs"
    if missing:
        yield Checked("processes", False, f"{says}; nobody runs: {', '.join(missing)}", remedy)
    else:
        yield Checked("processes", True, says)


def _brands(engine: Engine) -> Iterator[Checked]:
    from policies.yaml_source import PackError

    try:
        brands = engine.brands
    except BadSettings as error:
        yield Checked("brands", False, str(error), "correct REFUND_DESK_BRANDS")
        return
    for brand in brands:
        try:
            pack = engine.pack(brand)
        except PackError as error:
            yield Checked(f"pack {brand}", False, str(error.problems[0]), f"run: refund-desk policy check {brand}")
            continue
        yield Checked(
            f"pack {brand}", True, f"{len(pack.newest.clauses)} clauses, in force {pack.newest.in_force_from}"
        )
        yield from _channels(engine, brand)


def _channels(engine: Engine, brand: str) -> Iterator[Checked]:
    """The credentials of each channel are given all or not at all, and a webhook needs the public address."""
    settings = engine.settings
    given = {name: bool(settings.credential(brand, name)) for name in CREDENTIALS}
    telegram = ("TELEGRAM_TOKEN", "TELEGRAM_SECRET")
    whatsapp = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "WHATSAPP_FROM")
    for channel, names in (("telegram", telegram), ("whatsapp", whatsapp)):
        missing = [name for name in names if not given[name]]
        if len(missing) == len(names):
            continue
        if missing:
            wanted = ", ".join(credential_name(brand, name) for name in missing)
            yield Checked(f"{channel} of {brand}", False, "half set up", f"set {wanted} too")
        elif settings.public_base_url is None:
            remedy = "set REFUND_DESK_PUBLIC_BASE_URL to the address by which the provider reaches this service"
            yield Checked(f"{channel} of {brand}", False, "no public address", remedy)
        else:
            base = str(settings.public_base_url).rstrip("/")
            url = f"{base}/webhooks/{channel}/{brand}"
            yield Checked(f"{channel} of {brand}", True, url)
            if channel == "whatsapp":
                yield _twilio_account(engine, brand)
            if channel == "telegram":
                yield _telegram_webhook(engine, brand, url)


def _twilio_account(engine: Engine, brand: str) -> Checked:
    """Whether Twilio accepts the credentials, where it can be reached."""
    from bot.channels.protocol import ChannelError
    from bot.channels.whatsapp.channel import WhatsApp

    what, channel = f"twilio account of {brand}", engine.channels["whatsapp"]
    if not isinstance(channel, WhatsApp):
        return Checked(what, False, "the channel is not set up", "start the service to see why")
    account = channel.accounts[brand]
    try:
        channel.api(brand).check()
    except ChannelError as error:
        if error.error_class == "fix_first":
            wanted = credential_name(brand, "TWILIO_AUTH_TOKEN")
            return Checked(what, False, f"Twilio refuses the credentials ({error.code})", f"correct {wanted}")
        return Checked(what, False, f"Twilio was not reached ({error.code})", "look at the network of this machine")
    return Checked(what, True, f"sends as {account.sender}; Twilio must sign {account.webhook}")


def _templates(engine: Engine) -> Iterator[Checked]:
    """What may be pushed outside the 24-hour window; a template that is not approved yet is no fault."""
    from bot.template_registry import brands_with_whatsapp, registered, summary
    from bot.whatsapp_templates import BadTemplate, check_proactive

    brands = brands_with_whatsapp(engine)
    if not brands:
        return
    try:
        check_proactive(engine.template_texts)
    except BadTemplate as error:
        yield Checked(
            "whatsapp templates", False, str(error), "write it; see: refund-desk whatsapp templates list --check"
        )
        return
    for brand in brands:
        found = registered(engine, brand)
        remedy = "" if all(each.may_go for each in found) else "run: refund-desk whatsapp templates create, later sync"
        refused = [
            each for each in found if each.status in {"rejected", "disabled", "paused"} or each.category == "MARKETING"
        ]
        says = summary(found) + "".join(
            f"; {each.language}/{each.name}: {each.problem or each.status}" for each in refused
        )
        yield Checked(f"whatsapp templates of {brand}", not refused, says, remedy)


def _senders(engine: Engine) -> Iterator[Checked]:
    """The senders that do not send."""
    from bot.senders import paused

    with engine.database.reading() as session:
        found = paused(session)
    for each in found:
        says = f"sends nothing before {each.until:%Y-%m-%d %H:%M} UTC: the provider said {each.reason}"
        remedy = "correct the credentials or the sender at the provider; it goes on by itself"
        yield Checked(f"{each.channel} {each.account}", False, says, remedy)


def _telegram_webhook(engine: Engine, brand: str, url: str) -> Checked:
    """What Telegram says of the bot's webhook."""
    from telegram.error import TelegramError

    from bot.channels.telegram.setup import explained, webhook_state

    what, set_it = f"telegram webhook of {brand}", f"run: refund-desk telegram set-webhook --brand {brand}"
    try:
        state = webhook_state(engine, brand)
    except TelegramError as error:
        return Checked(what, False, explained(error))
    if state.url != url:
        return Checked(what, False, f"@{state.bot} sends to {state.url or 'nobody'}", set_it)
    says = f"@{state.bot}, {state.pending} waiting"
    if state.last_error_at and engine.now() - state.last_error_at < _LATELY:
        return Checked(what, False, f"{says}, last failure: {state.last_error}", "look into the log of the web process")
    return Checked(what, True, says)
