"""The same seed gives the same bytes at the same times, pairing included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def _story(seed: int, hash_seed: str, capture: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.client.demo_story", str(seed), str(capture)],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_one_seed_one_capture(tmp_path: Path) -> None:
    """Mutant: draw one number from the system, or iterate over a set of controllers."""
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    assert _story(7, "1", one) == _story(7, "2", two)
    assert one.read_bytes() == two.read_bytes()
    assert _story(8, "1", other) != _story(7, "3", two)  # the control: another seed, another
    assert one.read_bytes() != other.read_bytes()
