"""``babyn-sim run NURSERY -- babyn --radio os …``: the gate is what it is on a real radio."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.terminal import BABYN, SIMULATOR, Household, Running

AGREED = ("location", "bluetooth", "background_collection")


def scan(household: Household, capture: Path) -> tuple[int, str]:
    """Scan with what the program takes for the system's radio, and return what came of it."""
    started = Running(
        [
            *[*SIMULATOR, "run", "nursery", "--capture", str(capture), "--"],
            *[*BABYN, *household.options, "scan", "--timeout", "2"],
        ]
    )
    ended = started.end()
    return ended.code, ended.out


@pytest.mark.parametrize(
    ("kind", "agreed", "code"),
    [
        ("child", (), 3),
        ("child", ("bluetooth",), 3),
        ("synthetic", AGREED, 3),  # its consent opens sim: only
        ("test_article", AGREED, 0),  # the control
    ],
)
def test_without_consent_nothing_is_on_the_air(
    tmp_path: Path, kind: str, agreed: tuple[str, ...], code: int
) -> None:
    """Mutant: the radio ``os`` counts as a simulated one under the simulator."""
    household = Household(tmp_path / "data", "os")
    household.set_up(kind)
    household.agree(*agreed)
    capture = tmp_path / "air.btsnoop"
    ended, shown = scan(household, capture)
    assert ended == code
    assert ("Thermometer" in shown) is (code == 0)
    # There is no capture where bleak was never used: the nursery was not even opened.
    assert capture.exists() is (code == 0)
