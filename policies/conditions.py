"""Conditions over facts, in three-valued logic.

A condition is one comparison ("used == false", "hours_to_report <= 48") or `all` / `any` / `none` of conditions. Single
comparisons are `rule-engine` expressions, checked at load. A comparison that names an unknown fact is itself
unknown (None) and never reaches the expression library, whose own answers for a missing value are wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal

import rule_engine
from rule_engine import DataType, ast

from policies.facts import FactType, FactValue

_ENGINE_TYPES = {
    "time": DataType.DATETIME,
    "date": DataType.DATETIME,
    "inr": DataType.FLOAT,
    "percent": DataType.FLOAT,
    "count": DataType.FLOAT,
    "number": DataType.FLOAT,
    "flag": DataType.BOOLEAN,
    "word": DataType.STRING,
    "text": DataType.STRING,
}
_LEAVES = (
    ast.SymbolExpression,
    ast.FloatExpression,
    ast.StringExpression,
    ast.BooleanExpression,
    ast.DatetimeExpression,
)
_COMPARISONS = (ast.ComparisonExpression, ast.ArithmeticComparisonExpression, ast.ContainsExpression)


Memo = dict[str, bool | None]


class BadExpression(ValueError):
    """An expression of a pack is not allowed or not right; the message says why and names it."""


def _symbols(node: Any) -> Iterator[str]:
    if isinstance(node, ast.SymbolExpression):
        yield node.name
    for child in ("left", "right", "container", "member"):
        below = getattr(node, child, None)
        if below is not None:
            yield from _symbols(below)


def _check_arithmetic(node: Any, text: str) -> None:
    if isinstance(node, _LEAVES):
        return
    if isinstance(node, ast.AddExpression | ast.SubtractExpression | ast.ArithmeticExpression):
        if getattr(node, "type", "") == "pow" or "**" in text:
            raise BadExpression(f"powers are not allowed: {text!r}")
        if getattr(node, "type", "") not in ("mod", "fdiv"):
            _check_arithmetic(node.left, text)
            _check_arithmetic(node.right, text)
            return
    raise BadExpression(f"only facts, numbers and + - * / are allowed here, not in {text!r}")


def _check_comparison(node: Any, text: str) -> None:
    if isinstance(node, ast.SymbolExpression):
        return
    if isinstance(node, ast.ContainsExpression):
        if not isinstance(node.container, ast.ArrayExpression | ast.SetExpression) or not isinstance(
            node.member, ast.SymbolExpression
        ):
            raise BadExpression(f'write `fact in ["one", "two"]`, not {text!r}')
        return
    if isinstance(node, ast.ComparisonExpression) or type(node) in _COMPARISONS:
        if getattr(node, "type", "") in ("eq_rem", "eq_res", "ne_rem", "ne_res"):
            raise BadExpression(f"regular expressions are not allowed: {text!r}")
        _check_arithmetic(node.left, text)
        _check_arithmetic(node.right, text)
        return
    if isinstance(node, ast.LogicExpression):
        raise BadExpression(f"one comparison per line; join them with all, any or none: {text!r}")
    raise BadExpression(f"not a comparison of facts: {text!r}")


@lru_cache(maxsize=64)
def _context(types: tuple[tuple[str, FactType], ...]) -> rule_engine.Context:
    """One context for all expressions over the same facts: making one costs more than compiling an expression."""
    known = {name: _ENGINE_TYPES[kind] for name, kind in types}
    return rule_engine.Context(type_resolver=rule_engine.type_resolver_from_dict(known), default_timezone=UTC)


def _compile(text: str, types: Mapping[str, FactType]) -> tuple[Any, tuple[str, ...]]:
    context = _context(tuple(types.items()))
    if "=~" in text or "!~" in text:
        raise BadExpression(f"regular expressions are not allowed: {text!r}")
    if "$" in text:
        raise BadExpression(f"names with $ are not allowed (the moment of judging is the fact `now`): {text!r}")
    try:
        rule = rule_engine.Rule(text, context=context)
    except rule_engine.errors.SymbolResolutionError as error:
        near = get_close_matches(error.symbol_name, types, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise BadExpression(f"unknown fact {error.symbol_name!r} in {text!r}{hint}") from None
    except rule_engine.errors.EngineError as error:
        raise BadExpression(f"{error.message} in {text!r}") from None
    return rule, tuple(dict.fromkeys(_symbols(rule.statement.expression)))


def _engine_values(names: tuple[str, ...], known: Mapping[str, FactValue]) -> dict[str, Any]:
    """Dates as midnight moments: the expression library knows moments only."""
    values: dict[str, Any] = {}
    for name in names:
        value = known[name]
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time.min, UTC)
        values[name] = value
    return values


@lru_cache(maxsize=10_000)
def _matches(rule: Any, names: tuple[str, ...], values: tuple[FactValue, ...]) -> bool:
    """Whether `rule` holds of these values of the facts `names`.

    The answer follows from the values alone, and the same few words, flags and counts are compared in every turn.
    """
    return bool(rule.matches(_engine_values(names, dict(zip(names, values, strict=True)))))


@dataclass(frozen=True)
class Arithmetic:
    """An expression with a number as its value, such as `amount_each * (times_paid - 1)`."""

    text: str
    facts: tuple[str, ...]
    rule: Any

    @classmethod
    def parse(cls, text: str | int | float, types: Mapping[str, FactType]) -> "Arithmetic":
        """Compile `text`; raises `BadExpression` where it is not arithmetic over declared facts."""
        text = str(text)
        rule, facts = _compile(text, types)
        node = rule.statement.expression
        _check_arithmetic(node, text)
        if node.result_type is not DataType.FLOAT:
            raise BadExpression(f"not a number: {text!r}")
        return cls(text, facts, rule)

    def value(self, known: Mapping[str, FactValue]) -> Decimal | None:
        """The number, or None where a fact of it is unknown or it divides by nothing."""
        if any(name not in known for name in self.facts):
            return None
        try:
            return Decimal(self.rule.evaluate(_engine_values(self.facts, known)))
        except (rule_engine.errors.EvaluationError, ArithmeticError):
            return None


@dataclass(frozen=True)
class Comparison:
    """One comparison; `clause` is the clause that asks for it, where one does."""

    text: str
    facts: tuple[str, ...]
    rule: Any
    clause: str = ""

    @classmethod
    def parse(cls, text: str, types: Mapping[str, FactType], clause: str = "") -> "Comparison":
        """Compile `text`; raises `BadExpression` where it is not one yes/no comparison over declared facts."""
        rule, facts = _compile(text, types)
        node = rule.statement.expression
        _check_comparison(node, text)
        if node.result_type is not DataType.BOOLEAN:
            raise BadExpression(f"not a yes/no condition: {text!r}")
        if not facts:
            raise BadExpression(f"no fact in {text!r}")
        return cls(text, facts, rule, clause)

    def held(self, known: Mapping[str, FactValue], memo: Memo | None = None) -> bool | None:
        """True, False, or None where a fact of it is unknown. `memo` keeps answers about the same `known`."""
        if memo is not None and self.text in memo:
            return memo[self.text]
        answer = None
        if all(name in known for name in self.facts):
            answer = _matches(self.rule, self.facts, tuple(known[name] for name in self.facts))
        if memo is not None:
            memo[self.text] = answer
        return answer

    def words_named(self) -> Iterator[tuple[str, str]]:
        """Each (fact, text) that the comparison tests for, so that a misspelt word can be told at load."""
        node = self.rule.statement.expression
        if isinstance(node, ast.ContainsExpression):
            texts = [item.value for item in node.container.value if isinstance(item, ast.StringExpression)]
            yield from ((node.member.name, text) for text in texts)
        elif isinstance(node, ast.ComparisonExpression):
            sides = (node.left, node.right)
            for this, other in (sides, sides[::-1]):
                if isinstance(this, ast.SymbolExpression) and isinstance(other, ast.StringExpression):
                    yield this.name, other.value


Join = Literal["all", "any", "none"]


@dataclass(frozen=True)
class Condition:
    """`all`, `any` or `none` of its parts. An empty `all` always holds."""

    join: Join
    parts: tuple["Condition | Comparison", ...]

    def held(self, known: Mapping[str, FactValue], memo: Memo | None = None) -> bool | None:
        """Kleene's three values: unknown only where a part that is unknown could still turn the answer."""
        values = [part.held(known, memo) for part in self.parts]
        if self.join == "all":
            return False if False in values else None if None in values else True
        some = True if True in values else None if None in values else False
        if self.join == "any" or some is None:
            return some
        return not some

    def comparisons(self) -> Iterator[Comparison]:
        """Every single comparison in it, in order."""
        for part in self.parts:
            if isinstance(part, Comparison):
                yield part
            else:
                yield from part.comparisons()

    def grounds(self, known: Mapping[str, FactValue], memo: Memo | None = None) -> Iterator[Comparison]:
        """The comparisons on which it rests that the condition holds: of `any` only those that hold."""
        for part in self.parts:
            if self.join == "any" and not part.held(known, memo):
                continue
            if isinstance(part, Comparison):
                yield part
            else:
                yield from part.comparisons() if self.join == "none" else part.grounds(known, memo)

    def unknown_facts(self, known: Mapping[str, FactValue]) -> Iterator[str]:
        """The unknown facts that could still turn the answer, in the order in which they are named."""
        if self.held(known) is not None:
            return
        for part in self.parts:
            if isinstance(part, Condition):
                yield from part.unknown_facts(known)
            elif part.held(known) is None:
                yield from (name for name in part.facts if name not in known)


ALWAYS = Condition("all", ())


def parse_condition(source: object, types: Mapping[str, FactType]) -> Condition:
    """A `when:` of a pack as a `Condition`.

    `source` is a comparison, a list of conditions (all of them), a mapping with one of the keys all, any, none, or
    `{if: comparison, clause: id}`. Raises `BadExpression`.
    """
    part = _parse_part(source, types)
    return part if isinstance(part, Condition) else Condition("all", (part,))


def _parse_part(source: object, types: Mapping[str, FactType]) -> Condition | Comparison:
    if isinstance(source, str):
        return Comparison.parse(source, types)
    if isinstance(source, list):
        return Condition("all", tuple(_parse_part(item, types) for item in source))
    if isinstance(source, dict) and "if" in source and set(source) <= {"if", "clause"}:
        return Comparison.parse(str(source["if"]), types, str(source.get("clause", "")))
    if isinstance(source, dict) and len(source) == 1:
        join, items = next(iter(source.items()))
        if join in ("all", "any", "none") and isinstance(items, list):
            return Condition(join, tuple(_parse_part(item, types) for item in items))
    raise BadExpression(f"expected a comparison, a list, or all/any/none with a list, not {source!r}")
