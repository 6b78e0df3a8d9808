"""Reads the questions of a pack: what customers type, what the policy is silent on, and the held-back test set."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from policies.files import HeldBack, Questions, Silent
from policies.yaml_source import PackError, Problem, line_of, load_yaml

Shape = TypeVar("Shape")
_QUESTIONS = TypeAdapter(dict[str, Questions])
_SILENT = TypeAdapter(tuple[Silent, ...])
_HELD_BACK = TypeAdapter(tuple[HeldBack, ...])


def read_questions(texts: Mapping[str, str], version: str) -> dict[str, Questions]:
    """The questions of a version by clause id. Raises `PackError` with file and line."""
    found: dict[str, Questions] = {}
    for path, part in _parts(texts, version, "questions", _QUESTIONS):
        for clause, questions in part.items():
            if clause in found:
                raise PackError([Problem(path, line_of(texts[path], (clause,)), f"{clause!r} has questions elsewhere")])
            found[clause] = questions
    return found


def read_silent(texts: Mapping[str, str], version: str) -> list[Silent]:
    """The matters on which the policy is silent."""
    return [item for _, part in _parts(texts, version, "silent", _SILENT) for item in part]


def read_held_back(texts: Mapping[str, str], version: str) -> list[HeldBack]:
    """The pack's own test set."""
    return [item for _, part in _parts(texts, version, "held_back", _HELD_BACK) for item in part]


def _parts(texts: Mapping[str, str], version: str, name: str, shape: TypeAdapter[Shape]) -> list[tuple[str, Shape]]:
    found = []
    for path in sorted(texts):
        pure = PurePosixPath(path)
        if pure.parts[0] != version or not pure.name.startswith(name):
            continue
        try:
            data = load_yaml(path, texts[path])
            empty: object = {} if name == "questions" else []
            found.append((path, shape.validate_python(empty if data is None else data)))
        except ValidationError as error:
            problems = [
                Problem(path, line_of(texts[path], item["loc"]), f"{'.'.join(map(str, item['loc']))}: {item['msg']}")
                for item in error.errors(include_url=False)
            ]
            raise PackError(problems) from None
    return found
