"""Has customers' pictures and PDFs opened by the sandbox: a process of its own, with an end to its time and memory."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Literal

from bot.logs import log

_SANDBOX = Path(__file__).with_name("sandbox.py")
_PICTURE_SECONDS = 20.0
_PDF_SECONDS = 5.0
_PDF_TEXT = 20_000
# What an interpreter may need to start; our secrets are in the environment too, and stay here.
_ENVIRONMENT = ("LD_LIBRARY_PATH", "TMPDIR")
# As many at a time as keep a small machine answering; the others wait their turn.
_AT_A_TIME = threading.BoundedSemaphore(2)


class Unreadable(ValueError):
    """A file that cannot be opened: broken, or made to take more than it is worth."""


def redraw(source: Path, target: Path) -> str:
    """Draws a picture anew into `target`, without anything but its pixels; gives its type. Raises `Unreadable`."""
    done = _run("picture", source, target, _PICTURE_SECONDS)
    if done is None:
        raise Unreadable("the picture cannot be opened")
    return done


def pdf_text(source: Path) -> str:
    """The text of a PDF's first pages; empty where it is a scan, and only what was read in time where it is slow."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "text"
        _run("pdf", source, target, _PDF_SECONDS)
        read = target.read_text(encoding="utf-8", errors="replace") if target.exists() else ""
    return read.strip()[:_PDF_TEXT]


def _run(task: Literal["picture", "pdf"], source: Path, target: Path, seconds: float) -> str | None:
    """What the sandbox said; None where it could not do it in its time and memory."""
    # Our own file and paths of our own making: nothing of this is typed by a customer.
    command = [sys.executable, "-I", str(_SANDBOX), task, str(source), str(target)]
    with _AT_A_TIME:
        try:
            ended = subprocess.run(  # noqa: S603 - our own module
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            log.warning("file_took_too_long", task=task, seconds=seconds)
            return None
    said = ended.stdout.decode("ascii", errors="replace").strip()
    if ended.returncode == 0:
        return said
    log.info("file_not_read", task=task, code=ended.returncode, problem=said)
    return None
