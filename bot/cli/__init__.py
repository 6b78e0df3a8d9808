"""The command `refund-desk`. What a command needs is imported when it runs, so that `--help` answers at once."""

from bot.cli.run import main

__all__ = ["main"]
