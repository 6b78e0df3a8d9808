"""Each message and each button that the code names exists, and a message gets exactly the values it is written for."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.render import MESSAGES
from dialogs.case_states import STATES
from policies.words import LANGUAGES

HOME = MESSAGES.parent.parent
LABELS = MESSAGES.parent / "labels"
_READ: dict[str, Any] = yaml.safe_load((MESSAGES.parent / "catalogue.yaml").read_text(encoding="utf-8"))
CATALOGUE: dict[str, dict[str, Any]] = _READ["messages"]
CODE = sorted([*HOME.glob("dialogs/**/*.py"), *HOME.glob("bot/**/*.py")])
LONGEST_LABEL = 20
# Where a message is named: which argument is its name, which its values, and what the function adds to them.
NAMES_A_MESSAGE = {
    "say": (0, 1, ()),
    "Say": (0, 1, ()),
    "_say": (3, 4, ("brand",)),
    "push": (3, 4, "case_values"),
    "render": (0, 2, ()),
}


@dataclass(frozen=True)
class Named:
    """A place that names a message. `keys` is None where its values are not written out there."""

    message: str
    keys: frozenset[str] | None
    where: str


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}


@cache
def constants() -> dict[str, str]:
    """Strings that modules give a name to."""
    found = {}
    for tree in trees().values():
        for node in tree.body:
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                pairs = (
                    zip(target.elts, node.value.elts, strict=True)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
                for left, right in pairs:
                    if isinstance(left, ast.Name) and isinstance(right, ast.Constant) and isinstance(right.value, str):
                        found[left.id] = right.value
    return found


@cache
def returned(function: str, folder: str) -> frozenset[str] | None:
    """The keys of the largest dict that a function of that name gives back; None where none does."""
    found: list[frozenset[str]] = []
    for path, tree in trees().items():
        if path.relative_to(HOME).parts[0] != folder:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == function:
                returns = (item.value for item in ast.walk(node) if isinstance(item, ast.Return))
                keys = (keys_of(value, node, folder) for value in returns if isinstance(value, ast.Dict))
                found += [item for item in keys if item is not None]
    return max(found, key=len, default=None)


def keys_of(node: ast.expr | None, function: ast.FunctionDef, folder: str) -> frozenset[str] | None:
    """The keys of a dict as it is written, named before in the same function, or given back by a function."""
    match node:
        case ast.Dict(keys=keys, values=values):
            found: set[str] = set()
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant):
                    found.add(str(key.value))
                    continue
                unpacked = keys_of(value, function, folder)
                if unpacked is None:
                    return None
                found |= unpacked
            return frozenset(found)
        case ast.Name(id=name):
            for item in ast.walk(function):
                targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
                if isinstance(item, ast.Assign | ast.AnnAssign) and any(
                    isinstance(target, ast.Name) and target.id == name for target in targets
                ):
                    return keys_of(item.value, function, folder)
            return None
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return returned(name, folder)
        case None:
            return frozenset()
    return None


def messages_of(node: ast.expr) -> list[str]:
    """The messages that an argument names: one, or one for each state of a case."""
    match node:
        case ast.Constant(value=str(name)):
            return [name]
        case ast.Name(id=name) if name in constants():
            return [constants()[name]]
        case ast.JoinedStr(values=[ast.Constant(value="case_"), ast.FormattedValue()]):
            return [f"case_{state}" for state in STATES]
    return []


@cache
def named() -> tuple[Named, ...]:
    return tuple(_named())


def _named() -> Iterator[Named]:
    for path, tree in trees().items():
        folder = path.relative_to(HOME).parts[0]
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                called = getattr(call.func, "attr", getattr(call.func, "id", ""))
                at, values_at, added = NAMES_A_MESSAGE.get(called, (99, 99, ()))
                if len(call.args) <= at:
                    continue
                messages = messages_of(call.args[at])
                if not messages:
                    continue
                values = call.args[values_at] if len(call.args) > values_at else None
                keys = keys_of(values, function, folder)
                more = returned(added, folder) if isinstance(added, str) else frozenset(added)
                known = None if keys is None or more is None else keys | more
                yield from (Named(message, known, f"{path.relative_to(HOME)}:{call.lineno}") for message in messages)


def labels(language: str) -> dict[str, str]:
    read: dict[str, str] = yaml.safe_load((LABELS / f"{language}.yaml").read_text(encoding="utf-8"))
    return read


def labels_in_code() -> set[str]:
    """The keys of the buttons, and of what else the renderer is asked for by name, without their @."""
    buttons = (
        node.args[0]
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args
        if getattr(node.func, "id", "") == "Button" or getattr(node.func, "attr", "") == "label"
    )
    shown = (first.value for first in buttons if isinstance(first, ast.Constant) and isinstance(first.value, str))
    return {label[1:] for label in shown if label.startswith("@")}


def test_every_message_that_the_code_names_is_written() -> None:
    missing = {f"{item.where}: {item.message}" for item in named() if item.message not in CATALOGUE}
    assert not missing


def test_every_message_that_is_written_is_said_somewhere() -> None:
    assert set(CATALOGUE) == {item.message for item in named()}


def test_the_code_gives_each_message_the_values_it_is_written_for() -> None:
    wrong = []
    for item in named():
        if item.keys is None or item.message not in CATALOGUE:
            continue
        wanted = frozenset(CATALOGUE[item.message]["values"][0])
        if item.keys != wanted:
            wrong.append(f"{item.where}: {item.message} lacks {wanted - item.keys}, has besides {item.keys - wanted}")
    assert not wrong


def test_nearly_all_values_are_written_out_where_the_message_is_named() -> None:
    unread = [item for item in named() if item.keys is None]
    assert len(unread) <= len(named()) // 10, unread


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_of_the_code_has_a_label_that_fits(language: str) -> None:
    written = labels(language)
    assert set(written) == labels_in_code()
    assert not {key: label for key, label in written.items() if not 1 <= len(label) <= LONGEST_LABEL}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_buttons_look_the_same(language: str) -> None:
    written = [label.casefold() for label in labels(language).values()]
    assert len(written) == len(set(written))
