"""Imports go one way, bot → dialogs → policies, and the pure core reads no clock, chance, file or network."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ALLOWED = {
    "policies": {"policies", "pydantic", "yaml", "rule_engine", "holidays"},
    "dialogs": {
        "policies",
        "dialogs",
        "pydantic",
        "spacy",
        "rapidfuzz",
        "dateparser",
        "phonenumbers",
        "stdnum",
        "babel",
        "sklearn",
        "numpy",
        "scipy",
        "yaml",
    },
}
# What would let the outer world in: the clock, chance, the environment, files, the network.
IMPURE_MODULES = {"os", "time", "socket", "subprocess", "uuid", "secrets", "shutil", "tempfile", "urllib", "http"}
IMPURE_CALLS = {"now", "utcnow", "today", "uuid4", "open", "read_text", "write_text", "urandom", "getenv"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_the_core_imports_only_what_it_may(package: str) -> None:
    import sys

    wrong = []
    for path in modules(package):
        for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
            top = name.partition(".")[0]
            if top in sys.stdlib_module_names and top not in IMPURE_MODULES:
                continue
            if top not in ALLOWED[package]:
                may = ", ".join(sorted(ALLOWED[package]))
                wrong.append(f"{path.relative_to(ROOT)} imports {name}; {package} may import only {may}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_the_core_takes_its_time_and_facts_as_arguments(package: str) -> None:
    wrong = []
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in IMPURE_CALLS:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} calls {name}(); pass the value in instead")
    assert not wrong, "\n".join(wrong)


def test_nothing_inner_knows_the_shell() -> None:
    for package in ("policies", "dialogs"):
        for path in modules(package):
            names = set(imported(ast.parse(path.read_text(encoding="utf-8"))))
            assert not any(name.partition(".")[0] in ("bot", "templates") for name in names), f"{path} knows the shell"


def test_each_package_says_what_belongs_there() -> None:
    for package in ("bot", "dialogs", "policies"):
        doc = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text(encoding="utf-8")))
        assert doc
        assert len(doc) > 100, f"{package}/__init__.py should say in a few sentences what belongs there"
