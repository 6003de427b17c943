"""What a program is run on: a scenario and how; told to its process by the environment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

VARIABLE = "BABYN_SIMULATION"
"""The environment variable that tells a process what it runs on, as JSON."""

PLAIN = "plain"
"""The central profile without peculiarities."""

Time = Literal["wall", "virtual"]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A scenario, and how a program runs on it."""

    scenario: str
    """The name of a packaged one, or an absolute path."""
    seed: int
    """What every random number follows from."""
    time: Time = "wall"
    """The clock of the program's event loops."""
    central: str = PLAIN
    """The profile of the program's radio."""
    position: tuple[float, float] = (0.0, 0.0)
    """Where that radio is, in metres."""
    capture: str | None = None
    """An absolute path to write all HCI traffic to, in btsnoop format."""

    def environment(self) -> dict[str, str]:
        """Return what to add to the environment of a process that is to run on this."""
        return {VARIABLE: json.dumps(asdict(self), separators=(",", ":"))}

    @classmethod
    def parse(cls, text: str) -> Simulation:
        """Read what :meth:`environment` has told."""
        fields = cast("dict[str, Any]", json.loads(text))
        fields["position"] = tuple(fields["position"])
        return cls(**fields)
