from __future__ import annotations

import pytest

from tests.privacy.household import Household


@pytest.fixture
def home() -> Household:
    """A child's household with an empty store in memory, nothing agreed to."""
    return Household()
