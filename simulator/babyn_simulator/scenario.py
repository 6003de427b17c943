"""Scenarios: which simulated devices there are, and how they behave, as TOML.

::

    [simulation]
    title = "One thermometer"
    seed = 1
    time = "wall"                 # or "virtual"

    [radio]
    loss = 0.02                   # share of packets lost
    burst_every = 30.0            # seconds from one burst of losses to the next
    burst_lasts = 0.5

    [[device]]
    kind = "thermometer"
    name = "patch"
    distance = 2.0                # metres from the central
    interval = 2.0                # seconds between two measurements

    [[fault]]
    kind = "link_lost"
    device = "patch"
    after = 60.0                  # seconds since the connection

A scenario is checked whole before anything starts. An error names the file, the key, and
what is allowed there.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from babyn_simulator import faults
from babyn_simulator.clock import EPOCH
from babyn_simulator.devices.settings import KINDS, TABLES
from babyn_simulator.devices.settings import AnyDevice as AnyDevice
from babyn_simulator.devices.settings.appliances import BottleWarmerSettings as BottleWarmerSettings
from babyn_simulator.devices.settings.appliances import NightLightSettings as NightLightSettings
from babyn_simulator.devices.settings.beacon import BeaconSettings as BeaconSettings
from babyn_simulator.devices.settings.custom import CustomSettings as CustomSettings
from babyn_simulator.devices.settings.device import DeviceSettings as DeviceSettings
from babyn_simulator.devices.settings.oximeter import OximeterSettings as OximeterSettings
from babyn_simulator.devices.settings.room_sensor import RoomSensorSettings as RoomSensorSettings
from babyn_simulator.devices.settings.scale import ScaleSettings as ScaleSettings
from babyn_simulator.devices.settings.table import Table
from babyn_simulator.devices.settings.thermometer import FeverSettings as FeverSettings
from babyn_simulator.devices.settings.thermometer import ThermometerSettings as ThermometerSettings
from babyn_simulator.errors import ScenarioError, ScenarioNotFoundError
from babyn_simulator.explanation import explain
from babyn_simulator.faults import AnyFault


class SimulationSettings(Table):
    """The table ``[simulation]``."""

    title: str = ""
    """What the scenario is about, in a few words."""
    seed: int = Field(default=1, ge=0)
    """Every random number follows from it."""
    time: Literal["wall", "virtual"] = "wall"
    """Which clock a command line runs it by."""
    epoch: datetime = EPOCH
    """Date and time at which virtual time starts."""

    @model_validator(mode="after")
    def _epoch_is_aware(self) -> Self:
        if self.epoch.tzinfo is None:
            raise ValueError("epoch needs a time zone, as in 2026-01-01T00:00:00Z")
        return self


class RadioSettings(Table):
    """The table ``[radio]``: how far it reaches, and what is lost on the way."""

    path_loss_exponent: float = Field(default=2.5, ge=1.5, le=6.0)
    """2 in free space, 2.5 to 4 in a house."""
    noise: float = Field(default=2.0, ge=0.0, le=20.0)
    """Standard deviation of the RSSI of single packets, in dB."""
    loss: float = Field(default=0.0, ge=0.0, le=1.0)
    """Share of packets that are lost between bursts."""
    burst_every: float = Field(default=0.0, ge=0.0)
    """Mean seconds from one burst of losses to the next; 0 for none."""
    burst_lasts: float = Field(default=0.2, gt=0.0)
    """Mean seconds that a burst lasts."""
    burst_loss: float = Field(default=0.9, ge=0.0, le=1.0)
    """Share of packets that are lost within a burst."""


class _File(Table):
    simulation: SimulationSettings = SimulationSettings()
    radio: RadioSettings = RadioSettings()
    device: tuple[Annotated[AnyDevice, Field(discriminator="kind")], ...] = Field(strict=False)
    fault: tuple[AnyFault, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def _devices_differ(self) -> Self:
        if not self.device:
            raise ValueError("a scenario needs at least one [[device]]")
        names = [device.name for device in self.device]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"every device needs a name of its own; given twice: {twice[0]}")
        return self


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked scenario."""

    source: str
    """The file or the name that it came from."""
    simulation: SimulationSettings
    """Seed and clock."""
    devices: tuple[AnyDevice, ...]
    """The devices, in the order of the file."""
    radio: RadioSettings = field(default_factory=RadioSettings)
    """The air between them."""
    faults: tuple[AnyFault, ...] = ()
    """What goes wrong, in the order of the file."""


def parse(text: str, *, source: str = "scenario") -> Scenario:
    """Read a scenario.

    Args:
        text: TOML.
        source: what to call it in an error.

    Raises:
        ScenarioError: it is no TOML, or not a scenario.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{source}: this is not TOML: {error}") from None
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(f"{source}: {_explain(error, data)}") from None
    names = [device.name for device in file.device]
    for index, fault in enumerate(file.fault):
        if fault.device is not None and fault.device not in names:
            raise ScenarioError(f"{source}: fault[{index}].device: allowed: {', '.join(names)}")
    return Scenario(source, file.simulation, file.device, file.radio, file.fault)


def load(scenario: str | Path | Scenario) -> Scenario:
    """Load a scenario by its path, or by the name of one that comes with the simulator.

    Args:
        scenario: text that ends in ``.toml`` or has a path separator is a path.

    Raises:
        ScenarioNotFoundError: there is none.
        ScenarioError: it is not one.
    """
    if isinstance(scenario, Scenario):
        return scenario
    text = str(scenario)
    if isinstance(scenario, str) and not text.endswith(".toml") and Path(text).name == text:
        known = packaged()
        if text not in known:
            raise ScenarioNotFoundError(
                f"there is no scenario named '{text}'; "
                f"named ones are {', '.join(known)}, and a file is given by its path"
            )
        return known[text]
    try:
        content = Path(text).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ScenarioNotFoundError(f"{text}: there is no such scenario file") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ScenarioError(f"{text}: this scenario file cannot be read: {reason}") from None
    return parse(content, source=text)


def packaged() -> dict[str, Scenario]:
    """Return the scenarios that come with the simulator, by name."""
    folder = resources.files("babyn_simulator") / "scenarios"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")),
        key=lambda entry: entry.name,
    )
    found: dict[str, Scenario] = {}
    for entry in files:
        name = entry.name.removesuffix(".toml")
        found[name] = parse(entry.read_text(encoding="utf-8"), source=name)
    return found


def _explain(error: ValidationError, data: Mapping[str, Any]) -> str:
    return explain(
        error,
        data,
        top={
            "simulation": SimulationSettings,
            "radio": RadioSettings,
            "device": None,
            "fault": None,
        },
        families={"device": KINDS, "fault": faults.KINDS},
        tables=TABLES,
    )


def epoch_of(scenario: Scenario) -> datetime:
    """Return the date and time at which a scenario's virtual time starts, in UTC."""
    return scenario.simulation.epoch.astimezone(UTC)
