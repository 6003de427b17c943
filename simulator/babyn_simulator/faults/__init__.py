"""Faults as data: what goes wrong, when, and what it reproduces.

::

    injection = nursery.inject(LinkLost(device="patch", after=5.0))
    await injection.struck()

In a scenario, each is a table ``[[fault]]``. ``babyn-sim faults`` lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, Field, ValidationError

from babyn_simulator.errors import FaultError
from babyn_simulator.explanation import explain
from babyn_simulator.faults.answers import AttError, NoAnswer, SlowAnswer
from babyn_simulator.faults.base import Fault, Occurrence, PacketFault
from babyn_simulator.faults.central import AdapterOff, ManInTheMiddle, SecondCentral
from babyn_simulator.faults.device import (
    AddressRotation,
    AdvertisingStops,
    BondLost,
    ClockJump,
    FullLog,
    Reset,
)
from babyn_simulator.faults.injection import Injection
from babyn_simulator.faults.link import LinkLost, Mute, RadioSilence
from babyn_simulator.faults.packets import Corrupt, Delay, Drop, Duplicate, Reorder

__all__ = [
    "KINDS",
    "AdapterOff",
    "AddressRotation",
    "AdvertisingStops",
    "AnyFault",
    "AttError",
    "BondLost",
    "ClockJump",
    "Corrupt",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "FullLog",
    "Injection",
    "LinkLost",
    "ManInTheMiddle",
    "Mute",
    "NoAnswer",
    "Occurrence",
    "PacketFault",
    "RadioSilence",
    "Reorder",
    "Reset",
    "SecondCentral",
    "SlowAnswer",
    "fault",
]

AnyFault: TypeAlias = Annotated[
    LinkLost
    | RadioSilence
    | Mute
    | Drop
    | Delay
    | Duplicate
    | Reorder
    | Corrupt
    | SlowAnswer
    | NoAnswer
    | AttError
    | Reset
    | BondLost
    | FullLog
    | ClockJump
    | AddressRotation
    | AdvertisingStops
    | AdapterOff
    | SecondCentral
    | ManInTheMiddle,
    Field(discriminator="kind"),
]
"""Every kind of fault, told apart by its ``kind``."""

_ALL: tuple[type[Fault], ...] = (
    LinkLost,
    RadioSilence,
    Mute,
    Drop,
    Delay,
    Duplicate,
    Reorder,
    Corrupt,
    SlowAnswer,
    NoAnswer,
    AttError,
    Reset,
    BondLost,
    FullLog,
    ClockJump,
    AddressRotation,
    AdvertisingStops,
    AdapterOff,
    SecondCentral,
    ManInTheMiddle,
)

KINDS: Mapping[str, type[Fault]] = {kind.kind_name(): kind for kind in _ALL}
"""Every kind of fault, by its name."""


class _Faults(BaseModel):
    fault: tuple[AnyFault, ...] = Field(strict=False)


def fault(kind: str, **settings: Any) -> AnyFault:
    """Return a fault of a kind that is given by its name.

    Args:
        kind: what a scenario calls it.
        settings: what a scenario could say of it.

    Raises:
        FaultError: there is no such kind, or a setting is wrong; the text says what is allowed.
    """
    data = {"fault": [{"kind": kind, **settings}]}
    try:
        return _Faults.model_validate(data).fault[0]
    except ValidationError as error:
        why = explain(error, data, top={"fault": None}, families={"fault": KINDS}, tables={})
    raise FaultError(why.replace("fault[0]", kind, 1))
