"""The schema files that editors use are those of the shapes, and every pack names them."""

import json
from pathlib import Path

import pytest

from policies.schema import SHAPES, schemas

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.mark.parametrize("name", sorted(f"{shape}.json" for shape in SHAPES))
def test_a_schema_file_is_that_of_its_shape(name: str) -> None:
    text = (POLICIES / "schema" / name).read_text(encoding="utf-8")
    assert text == schemas()[name], f"write policies/schema/{name} anew from policies.schema.schemas()"


def test_there_are_no_other_schema_files() -> None:
    assert {path.name for path in (POLICIES / "schema").iterdir()} == set(schemas())


def test_a_schema_refuses_unknown_keys_and_describes_its_fields() -> None:
    claims = json.loads(schemas()["claims.json"])
    assert claims["additionalProperties"] is False
    assert claims["$defs"]["Rule"]["properties"]["way_on"]["description"]


def test_every_pack_file_names_its_schema_for_editors() -> None:
    for path in sorted((POLICIES / "packs").rglob("*.yaml")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        stem = next((name for name in SHAPES if path.stem == name or path.stem.startswith(f"{name}_")), None)
        if first.startswith("# yaml-language-server"):
            assert first.endswith(f"schema/{stem}.json"), path.name
            target = (path.parent / first.partition("$schema=")[2]).resolve()
            assert target.is_file(), path
