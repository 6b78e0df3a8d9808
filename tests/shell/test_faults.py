"""Processes killed at random moments under load. The full run is `benchmarks/faults.py`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import faults


@pytest.mark.parametrize("seed", [1])
def test_killing_any_process_at_any_moment_loses_nothing(database_url: str, tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    found = faults.run(database_url, folder, kills=6, seed=seed)
    assert sum(found.kills.values()) == 6
    assert found.messages >= 6
    assert found.lost == []
    assert found.out_of_order == []
    assert found.doubled == []
    assert found.repeated <= 6
    # A turn goes to a person when it was killed twice, and a kill ends at most the two turns of a process.
    assert found.given_up <= 6
