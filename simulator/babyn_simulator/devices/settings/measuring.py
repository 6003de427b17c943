"""What a scenario can say of any device that measures: its clock, and its log."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from babyn_simulator.devices.settings.device import NurserySettings


class MeasuringSettings(NurserySettings):
    """What every device has that stamps its measurements."""

    clock: Literal["right", "unset"] = "right"
    """Whether somebody has set its clock."""
    clock_offset: float = 0.0
    """Seconds that its clock is ahead at first; negative: behind."""
    clock_drift_ppm: float = Field(default=0.0, ge=-100_000, le=100_000)
    """Seconds that its clock gains in a million; negative: loses."""
    clock_backed: bool = True
    """Whether its clock runs on without power; otherwise it is not set after that."""
    log_capacity: int = Field(default=0, ge=0, le=1_000_000)
    """Measurements that it keeps while nobody takes them; by default none."""
