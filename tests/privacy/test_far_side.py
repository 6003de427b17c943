"""What another process still does after a withdrawal here has returned: nothing."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.privacy.far_side import reading, withdraw

ROUNDS = 4
"""A hundred are run by ``make soak``."""


async def test_nothing_of_another_process_comes_after_the_withdrawal(tmp_path: Path) -> None:
    """BN-WDR-01. Mutant: the others are not waited for; or a lease is not compared at each use.

    Control: before it there is radio, store and network.
    """
    with reading(tmp_path / "data") as (companion, reader):
        rounds = await withdraw(companion, reader, range(ROUNDS), seed=1)
    assert [one.offences for one in rounds] == [()] * ROUNDS
    for one in rounds:
        assert {seen.kind for seen in one.before} == {"radio", "store", "network"}
    asleep = [one for one in rounds if one.stopped]
    assert len(asleep) == (ROUNDS // 2 if hasattr(signal, "SIGSTOP") else 0)
    assert all(one.after for one in asleep)  # it wakes up, and closes its link
