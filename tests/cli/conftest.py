"""Households: data directories with a simulated nursery beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.terminal import Household
from tests.gateway.mosquitto import broker_is_required, find_broker

Write = Callable[..., Household]


@pytest.fixture
def nursery(tmp_path: Path) -> Write:
    """Write a scenario; return a household whose radio is a simulation of it."""

    def write(
        devices: str = "", *, time: str = "virtual", name: str = "nursery", **patch: object
    ) -> Household:
        settings: dict[str, object] = {
            "interval": 1.0,
            "warm_up": 5.0,
            "room": 36.0,
            "battery": 87,
            "distance": 2.0,
        }
        settings |= patch
        lines = "\n".join(f"{key} = {_toml(value)}" for key, value in settings.items())
        scenario = tmp_path / f"{name}.toml"
        scenario.write_text(
            f'[simulation]\nseed = 3\ntime = "{time}"\n'
            f'\n[[device]]\nkind = "thermometer"\nname = "patch"\n{lines}\n'
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where there is no broker, leave out what needs one, as in `tests/gateway`."""
    if find_broker() is not None or broker_is_required():
        return
    left_out = [item for item in items if "broker_port" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
