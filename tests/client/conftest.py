from __future__ import annotations

import pytest


@pytest.fixture
def babyn_scenario() -> str:
    """One thermometer that measures each second, and one foreign speaker."""
    return "demo"
