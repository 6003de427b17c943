from __future__ import annotations

from pathlib import Path

import pytest

from tests.privacy.rights.nursery import Nursery


@pytest.fixture
def nursery(tmp_path: Path) -> Nursery:
    """Two children in one data directory on a disk, both with everything that can be kept."""
    return Nursery(tmp_path / "data")
