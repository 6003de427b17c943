from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.radios.worlds import RADIOS, LinuxStage, Play, play_simulated


@pytest.fixture(scope="session")
def linux_stage() -> Iterator[LinuxStage]:
    stage = LinuxStage()
    yield stage
    stage.close()


@pytest.fixture(params=RADIOS)
def play(request: pytest.FixtureRequest) -> Play:
    """Return what plays a story: in virtual time, or on the machine's own Bluetooth."""
    if request.param == "sim":
        return play_simulated
    stage: LinuxStage = request.getfixturevalue("linux_stage")
    return stage.play
