"""The tests in this folder run in the machine of ``make test-linux`` only."""

from __future__ import annotations

from tests.radios.worlds import IN_MACHINE

collect_ignore_glob = [] if IN_MACHINE else ["test_*.py"]
