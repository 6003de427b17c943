"""``python -m babyn_simulator.cli``."""

from __future__ import annotations

from babyn_simulator.cli import main

main()
