"""What the models learn from: the packs' questions and silent matters, and the messages by intent, as rows.

The shell opens the files; here their texts become rows. A row is a text, its language and its label: a clause's id,
`silent:` and a topic, or an intent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pydantic import TypeAdapter

from policies.files import ClausesFile, HeldBack, Questions, Silent
from policies.words import LANGUAGES
from policies.yaml_source import load_yaml, read_model

SILENT = "silent:"
OUT_OF_SCOPE = SILENT + "out_of_scope"

_QUESTIONS = TypeAdapter(dict[str, Questions])
_SILENT = TypeAdapter(tuple[Silent, ...])
_HELD_BACK = TypeAdapter(tuple[HeldBack, ...])
_INTENTS = TypeAdapter(dict[str, Questions])


@dataclass(frozen=True)
class Row:
    """One text to learn from or to measure with. `gold` are all labels that are right, best first."""

    text: str
    language: str
    gold: tuple[str, ...]

    @property
    def label(self) -> str:
        """The label it is learnt as."""
        return self.gold[0] if self.gold else ""


@dataclass(frozen=True)
class PackTraining:
    """What one version of a pack gives to learn from; `sections` has each clause's section."""

    questions: tuple[Row, ...]
    silent: tuple[Row, ...]
    statements: tuple[Row, ...]
    held_back: tuple[Row, ...]
    sections: Mapping[str, str]


def read_training(texts: Mapping[str, str], folder: str) -> PackTraining:
    """The rows of the version in `folder`, from the pack's files (path inside the pack → YAML).

    Raises `PackError` or pydantic's `ValidationError` where a file has another shape.
    """
    clauses = [read_model(path, text, ClausesFile) for path, text in _named(texts, folder, "clauses")]
    stated = {clause.id: clause for file in clauses for clause in file.clauses}
    titles = {name: section.title for file in clauses for name, section in file.sections.items()}
    questions: list[Row] = []
    for path, text in _named(texts, folder, "questions"):
        for clause, asked in _QUESTIONS.validate_python(load_yaml(path, text)).items():
            questions += _rows(asked, clause)
    silent: list[Row] = []
    for path, text in _named(texts, folder, "silent"):
        for matter in _SILENT.validate_python(load_yaml(path, text)):
            silent += _rows(matter, SILENT + matter.topic)
    held_back: list[Row] = []
    for path, text in _named(texts, folder, "held_back"):
        held_back += (Row(row.text, row.lang, row.gold) for row in _HELD_BACK.validate_python(load_yaml(path, text)))
    statements = [
        Row(
            " ".join((titles[clause.section].in_(language), clause.label.in_(language), clause.says.in_(language))),
            language,
            (clause.id,),
        )
        for clause in stated.values()
        for language in LANGUAGES
    ]
    sections = {clause.id: clause.section for clause in stated.values()}
    return PackTraining(tuple(_once(questions)), tuple(_once(silent)), tuple(statements), tuple(held_back), sections)


def read_intents(path: str, text: str) -> tuple[Row, ...]:
    """The rows of intents.yaml."""
    found: list[Row] = []
    for intent, messages in _INTENTS.validate_python(load_yaml(path, text)).items():
        found += _rows(messages, intent)
    return tuple(_once(found))


def read_held_back_intents(path: str, text: str) -> tuple[Row, ...]:
    """The rows of intents_held_back.yaml; the finer intent comes first in `gold`, then the fixed one."""
    data: list[dict[str, Any]] = load_yaml(path, text)
    return tuple(
        Row(row["text"], row["lang"], tuple(dict.fromkeys((row.get("finer") or row["intent"], row["intent"]))))
        for row in data
    )


def _rows(asked: Questions, label: str) -> list[Row]:
    return [Row(text, language, (label,)) for language in LANGUAGES for text in getattr(asked, language)]


def _once(rows: Iterable[Row]) -> Iterable[Row]:
    return {(row.text, row.gold): row for row in rows}.values()


def _named(texts: Mapping[str, str], folder: str, name: str) -> list[tuple[str, str]]:
    return [
        (path, text)
        for path, text in sorted(texts.items())
        if PurePosixPath(path).parent.as_posix() == folder and PurePosixPath(path).name.startswith(name)
    ]
