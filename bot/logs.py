"""Logs: one JSON object per line on stderr, with ids and never with message texts, names, phones or tokens."""

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Keys under which somebody could by mistake log what belongs to a customer or to a channel.
_PRIVATE = frozenset(
    {"text", "body", "phone", "email", "name", "words", "password", "token", "secret", "value", "values"}
)


def _drop_private(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key in _PRIVATE & event.keys():
        event[key] = "…"
    return event


def _where_it_failed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The error's type and place in our code. Its message may quote the customer, so it is left out."""
    error = event.pop("error", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = []
        trace = error.__traceback__
        while trace:
            frames.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["at"] = frames[-4:]
    elif error is not None:
        event["error"] = error
    return event


def set_up_logs(level: str = "INFO") -> None:
    """Sends our logs and those of the libraries to stderr as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where_it_failed,
            _drop_private,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLine())
    # Below a warning libraries write request addresses, in which the tokens of the channels stand.
    logging.basicConfig(
        level=max(logging.WARNING, logging.getLevelNamesMapping()[level]), handlers=[handler], force=True
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


class _LibraryLine(logging.Formatter):
    """A library's message as JSON, without the values in it: they may be a customer's."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line = {"level": record.levelname.lower(), "event": record.name, "says": str(record.msg).splitlines()[:1]}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


# Until they are set up: nothing of them ever goes to stdout, where a command prints its answer.
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
log = structlog.get_logger()
