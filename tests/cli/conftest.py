"""Households: data directories with a simulated nursery beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.terminal import Household

Write = Callable[..., Household]


@pytest.fixture
def nursery(tmp_path: Path) -> Write:
    """Write a scenario; return a household whose radio is a simulation of it."""

    def write(
        devices: str = "", *, time: str = "virtual", name: str = "nursery", **patch: object
    ) -> Household:
        settings = {"interval": 1.0, "warm_up": 5.0, "room": 36.0, "battery": 87, **patch}
        lines = "\n".join(f"{key} = {_toml(value)}" for key, value in settings.items())
        scenario = tmp_path / f"{name}.toml"
        # Consents are recorded by the wall clock, so simulated time starts a little later.
        epoch = datetime.now(UTC) + timedelta(hours=1)
        scenario.write_text(
            f'[simulation]\nseed = 3\ntime = "{time}"\nepoch = {epoch.isoformat()}\n'
            f'\n[[device]]\nkind = "thermometer"\nname = "patch"\ndistance = 2.0\n{lines}\n'
            f"{devices}"
        )
        return Household(tmp_path / "data", f"sim:{scenario}")

    return write


@pytest.fixture
def household(nursery: Write) -> Household:
    """One thermometer and somebody's speaker, in virtual time."""
    return nursery(SPEAKER)


SPEAKER = '\n[[device]]\nkind = "beacon"\nname = "speaker"\ndistance = 6.0\n'
SECOND = '\n[[device]]\nkind = "thermometer"\nname = "second"\ndistance = 4.0\n'


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
