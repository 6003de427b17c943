"""The command line ``babyn-sim``: one module a command."""

from __future__ import annotations

# Each module adds its command to the application.
from babyn_simulator.cli import air as air
from babyn_simulator.cli import centrals as centrals
from babyn_simulator.cli import faults as faults
from babyn_simulator.cli import fleet as fleet
from babyn_simulator.cli import run as run
from babyn_simulator.cli import scenarios as scenarios
from babyn_simulator.cli import serve as serve
from babyn_simulator.cli.app import app

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    app()
