from __future__ import annotations

from functools import partial

import pytest

from tests.radios.worlds import CENTRALS, RADIOS, Play, play_simulated


@pytest.fixture(params=RADIOS)
def play(request: pytest.FixtureRequest) -> Play:
    """Return what plays a story: in virtual time, or on the machine's own Bluetooth."""
    name = str(request.param)
    if name in CENTRALS:
        return partial(play_simulated, name)
    play: Play = request.getfixturevalue("linux_stage").play
    return play
