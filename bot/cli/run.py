"""The entry point: runs the command and turns what went wrong into one line on stderr and an exit code.

0 is ok, 1 the answer is no or a check failed, 2 a wrong use: an option, a file or a setting that does not fit.
"""

import os
import sys
from collections.abc import Sequence

import typer

from bot.cli.commands import app

# The answer is no, though the command was used rightly.
_NO = frozenset({"NobodyFound", "NoSuchRecord", "NotDead", "NotPossible", "PackError", "Unreachable", "WrongRevision"})
_OURS = frozenset({"bot", "dialogs", "policies"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and exits."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Runs the command line; gives the exit code."""
    try:
        result = app(args=list(arguments), prog_name="refund-desk", standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        return _fail("stopped", 130)
    except typer.Exit as error:
        return error.exit_code
    except BrokenPipeError:
        # Whoever read the output has seen enough; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _told(error)
    return result if isinstance(result, int) else 0


def _told(error: Exception) -> int:
    """One line for what the user can put right; anything else is ours and rises."""
    usage = getattr(error, "format_message", None)
    if usage is not None:
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "refund-desk"
        return _fail(f"{usage()} See: {command} --help", 2)
    if type(error).__module__.partition(".")[0] in _OURS:
        return _fail(str(error), 1 if type(error).__name__ in _NO else 2)
    if isinstance(error, UnicodeDecodeError):
        return _fail("the file is not UTF-8", 2)
    if isinstance(error, OSError) and error.filename:
        return _fail(f"{error.filename}: {error.strerror}", 2)
    raise error


def _fail(message: str, code: int) -> int:
    print(" ".join(message.splitlines()[:1]).strip(), file=sys.stderr)
    return code
