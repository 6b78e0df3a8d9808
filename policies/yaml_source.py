"""YAML text of a pack as data, with the line of every part for error messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a pack, and where. `line` counts from 1; 0 where it concerns the whole file."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


class PackError(ValueError):
    """A pack does not load; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _NoDuplicates(yaml.CSafeLoader):
    """The C loader, but a key that stands twice is an error, and only true and false are flags (not yes, off)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_NoDuplicates.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_NoDuplicates.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


def load_yaml(file: str, text: str) -> Any:
    """The data of `text`; raises `PackError` with file and line."""
    try:
        return yaml.load(text, Loader=_NoDuplicates)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        raise PackError([Problem(file, line, str(error.problem or "not YAML"))]) from None
    except yaml.YAMLError as error:
        raise PackError([Problem(file, 0, str(error))]) from None


@lru_cache(maxsize=8)
def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def line_of(text: str, path: tuple[Any, ...]) -> int:
    """The line (from 1) of the part of `text` that `path` leads to, or of its nearest parent."""
    node = _compose(text)
    line = 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if str(key.value) == str(step)]
            if not found:
                continue
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            continue
    return line


def read_model(file: str, text: str, model: type[Model]) -> Model:
    """`text` as `model`; raises `PackError` with a line for each thing that does not fit."""
    data = load_yaml(file, text)
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise PackError(list(_problems(file, text, error))) from None


def _problems(file: str, text: str, error: ValidationError) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        where = ".".join(str(step) for step in item["loc"])
        yield Problem(file, line_of(text, item["loc"]), f"{where}: {item['msg']}")
