"""The JSON Schema of each pack file, for editors: `schemas()`; the files in `policies/schema/` are made from it."""

import json
from typing import Any

from pydantic import TypeAdapter

from policies import files

SHAPES: dict[str, Any] = {
    "brand": files.BrandFile,
    "version": files.VersionFile,
    "clauses": files.ClausesFile,
    "facts": files.FactsFile,
    "claims": files.ClaimsFile,
    "rulings": files.RulingsFile,
    "questions": dict[str, files.Questions],
    "silent": list[files.Silent],
    "held_back": list[files.HeldBack],
}


def schemas() -> dict[str, str]:
    """The text of each schema file by its name, such as `clauses.json`."""
    found = {}
    for name, shape in SHAPES.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **TypeAdapter(shape).json_schema()}
        found[f"{name}.json"] = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    return found
