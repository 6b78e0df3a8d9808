"""The commands of `refund-desk` that stand alone; groups of commands have modules of their own."""

import gc
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import agents, cases, outbox, policy, records, telegram, twilio
from bot.cli.shared import Brand, Json, known_brand, opened_engine, print_json, print_lines, quiet_logs, settings

app = typer.Typer(
    name="refund-desk",
    help="A refund desk for WhatsApp and Telegram that answers from the numbered clauses of a company's policy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(policy.app, name="policy")
app.add_typer(records.app, name="records")
app.add_typer(cases.app, name="cases")
app.add_typer(agents.app, name="agent")
app.add_typer(outbox.app, name="outbox")
app.add_typer(twilio.app, name="whatsapp")
app.add_typer(telegram.app, name="telegram")

Moment = Annotated[str | None, typer.Option("--now", metavar="T", help="The moment, such as 2026-03-12T18:00+05:30.")]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")]
BatchFile = Annotated[Path | None, typer.Option("--batch", exists=True, dir_okay=False, help="A file of JSON lines.")]
Customer = Annotated[str, typer.Option(help="A phone number as +91…, a Telegram id or an e-mail address.")]


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    poll: Annotated[bool, typer.Option("--poll", help="Ask Telegram for messages in place of its webhook.")] = False,
    delete_webhook: Annotated[
        bool, typer.Option("--delete-webhook", help="With --poll: take away a webhook that is set.")
    ] = False,
) -> int:
    """Everything in one process: simulator, desk, webhooks, and the loops, on a SQLite file or PostgreSQL."""
    if delete_webhook and not poll:
        raise typer.BadParameter("--delete-webhook goes with --poll")
    # What a start loads stays: looking for garbage in it takes a sixth of the start. `serve` turns the search on again.
    gc.disable()
    from bot.serving import serve as run

    return run(settings(), host, port, poll=poll, delete_webhook=delete_webhook)


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8000) -> int:
    """The web process of several: pages and webhooks (PostgreSQL)."""
    from bot.serving import web as run

    return run(settings(), host, port)


@app.command()
def worker() -> int:
    """A worker of several: turns and delivery (PostgreSQL)."""
    from bot.serving import worker as run

    return run(settings())


@app.command()
def scheduler() -> int:
    """The clock of several: what is due (PostgreSQL)."""
    from bot.serving import scheduler as run

    return run(settings())


@app.command()
def migrate(
    to: Annotated[
        str, typer.Option(metavar="REVISION", help="Another revision, up or down; base is no tables.")
    ] = "head",
    as_json: Json = False,
) -> int:
    """Bring the database up to this release."""
    from bot.database import Database

    database = Database(settings().url)
    try:
        before, after = database.migrate(to)
    finally:
        database.close()
    if as_json:
        print_json({"before": before, "after": after})
    else:
        same = before == after
        print_lines(
            f"at revision {after or 'none'} already"
            if same
            else f"from revision {before or 'none'} to {after or 'none'}"
        )
    return 0


@app.command()
def chat(
    brand: Brand,
    channel: Annotated[str, typer.Option(help="whatsapp, telegram or simulator.")] = "simulator",
    customer: Annotated[str, typer.Option(metavar="ID", help="Phone number on WhatsApp, user id on Telegram.")] = "",
    now: Moment = None,
    records_file: Annotated[
        Path | None, typer.Option("--records", exists=True, dir_okay=False, help="Order records to load first.")
    ] = None,
    script: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A script: one customer message per line.")
    ] = None,
    database: Annotated[str, typer.Option(help="A file or address to keep the chat in; else it is thrown away.")] = "",
    as_json: Json = False,
) -> int:
    """Talk to the bot in the terminal, or play a script."""
    from bot.chat import CHANNELS, ChatOptions, run_chat
    from bot.policy_commands import read_now

    if channel not in CHANNELS:
        raise typer.BadParameter(f"{channel!r} is no channel; there are: {', '.join(CHANNELS)}")
    given = settings()
    quiet_logs(given)
    options = ChatOptions(
        brand=known_brand(brand),
        channel=channel,
        customer=customer,
        now=read_now(now),
        records=records_file,
        script=script,
        as_json=as_json,
        database=database,
    )
    return run_chat(options, given)


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="The question.")] = None,
    brand: Annotated[str, typer.Option(help="The company, such as webpino.")] = "",
    batch: BatchFile = None,
    now: Moment = None,
    as_json: Json = False,
) -> int:
    """Answer one question from the policy, or a file of them (`--batch`: id, brand, text)."""
    from bot import ask as asking
    from bot.policy_commands import read_now

    given = settings()
    quiet_logs(given)
    if batch is not None:
        for answer in asking.ask_batch(batch, given.data_dir, read_now(now)):
            print_json(answer)
        return 0
    if not text or not brand:
        raise typer.BadParameter("give --brand B and a question, or --batch FILE")
    answer = asking.ask(known_brand(brand), text, given.data_dir, read_now(now))
    if as_json:
        print_json({"id": None, **answer})
    else:
        print_lines(answer["text"])
    return 0 if answer["answered"] else 1


@app.command()
def assess(
    brand: Annotated[str, typer.Option(help="The company, such as webpino.")] = "",
    facts: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A JSON file with the facts of one claim.")
    ] = None,
    batch: BatchFile = None,
    now: Moment = None,
    as_json: Json = False,
) -> int:
    """What the policy says about given facts (`--batch`: JSON lines with id, brand, facts, now)."""
    from bot import policy_commands

    moment = policy_commands.read_now(now)
    if batch is not None:
        failed = False
        for decision in policy_commands.assess_batch(batch, moment):
            failed = failed or "error" in decision
            print_json(decision)
        return 1 if failed else 0
    if facts is None or not brand:
        raise typer.BadParameter("give --brand B and --facts FILE, or --batch FILE")
    decision = policy_commands.assess_file(known_brand(brand), facts, moment)
    if as_json:
        print_json(decision)
    else:
        print_lines(*_decision_lines(decision))
    return 0


def _decision_lines(decision: dict[str, Any]) -> list[str]:
    amount = decision["amount"]
    lines = [f"outcome:  {decision['outcome'] or 'not decided'}"]
    if amount:
        figures = dict.fromkeys((str(amount["min"]), str(amount["max"])))
        lines.append(f"amount:   {' to '.join(figures)} rupees")
    lines += [
        f"{name + ':':<10}{', '.join(decision[name])}"
        for name in ("clauses", "conflicts", "missing", "presumed")
        if decision[name]
    ]
    if decision["eta_business_days"]:
        least, most = decision["eta_business_days"]
        lines.append(f"eta:      {least} to {most} working days")
    marks = {True: "yes", False: "no", None: "unknown"}
    lines += [f"  {marks[item['held']]:<8}{item['condition']}  ({item['clause']})" for item in decision["because"]]
    return lines


@app.command()
def accuracy(
    brands: Annotated[list[str] | None, typer.Argument(help="The companies; all unless given.")] = None,
    sample: Annotated[
        Path | None, typer.Option("--file", exists=True, dir_okay=False, help="Questions of your own, JSON lines.")
    ] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Show what other thresholds would give.")] = False,
    compare: Annotated[bool, typer.Option("--compare", help="Compare the classifiers.")] = False,
) -> int:
    """Measure how well messages are read, on questions that the models have not seen."""
    from bot import accuracy as measuring

    chosen = [known_brand(brand) for brand in brands or []]
    return measuring.run(chosen, sample, curve, compare)


@app.command()
def export(
    brand: Brand,
    customer: Customer,
    files: Annotated[
        Path | None, typer.Option("--files", file_okay=False, help="Write the customer's files into this folder too.")
    ] = None,
) -> int:
    """Everything held of one customer, as JSON lines; with --files what they sent too, by the key in the lines."""
    from bot.privacy import export_files, export_person

    with opened_engine(fresh=False) as engine:
        for row in export_person(engine, known_brand(brand), customer):
            print_json(row)
        if files is not None:
            export_files(engine, known_brand(brand), customer, files)
    return 0


@app.command()
def erase(
    brand: Brand,
    customer: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> int:
    """Erase a customer's words, files and records; the figures of their cases stay."""
    from dataclasses import asdict

    from bot.privacy import erase_person

    with opened_engine(fresh=False) as engine:
        if not yes:
            typer.confirm(f"Erase what {known_brand(brand)} holds of {customer}, for good?", abort=True, err=True)
        erased = asdict(erase_person(engine, known_brand(brand), customer, "command line"))
    if as_json:
        print_json(erased)
    else:
        print_lines(", ".join(f"{count} {what}" for what, count in erased.items()))
    return 0


@app.command()
def doctor(as_json: Json = False) -> int:
    """Check the configuration and say what to do about what is wrong."""
    from dataclasses import asdict

    from bot.doctor import examine

    given = settings()
    quiet_logs(given)
    found = []
    for checked in examine(given):
        found.append(checked)
        if as_json:
            print_json(asdict(checked))
        else:
            remedy = f" ({checked.remedy})" if checked.remedy else ""
            print_lines(f"{'ok   ' if checked.ok else 'WRONG'} {checked.what}: {checked.says}{remedy}")
    return 0 if all(checked.ok for checked in found) else 1
