"""Central profiles: what a bleak program meets on BlueZ, Windows, macOS or an ESPHome proxy.

A profile is data: the settings of :class:`CentralProfile` in which a platform differs from this
package, each with the place where that can be read. ``README.md`` in this folder lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from babyn_simulator.bleak_backend.profiles.bluez import BLUEZ, BLUEZ_HEADLESS
from babyn_simulator.bleak_backend.profiles.central_profile import (
    CentralProfile,
    Difference,
    LostLink,
    PassiveScan,
    Refusal,
    ServiceCache,
    Unreachable,
)
from babyn_simulator.bleak_backend.profiles.corebluetooth import COREBLUETOOTH
from babyn_simulator.bleak_backend.profiles.esphome_proxy import ESPHOME_PROXY
from babyn_simulator.bleak_backend.profiles.winrt import WINRT

__all__ = [
    "BLUEZ",
    "BLUEZ_HEADLESS",
    "COREBLUETOOTH",
    "ESPHOME_PROXY",
    "PLAIN",
    "PROFILES",
    "WINRT",
    "CentralProfile",
    "Difference",
    "LostLink",
    "PassiveScan",
    "Refusal",
    "ServiceCache",
    "Unreachable",
    "profile_of",
]

PLAIN: Final = CentralProfile()
"""No difference at all: a central that does what it is asked and hides nothing."""

PROFILES: Final[Mapping[str, CentralProfile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (PLAIN, BLUEZ, BLUEZ_HEADLESS, WINRT, COREBLUETOOTH, ESPHOME_PROXY)
    }
)
"""The profiles, by name."""


def profile_of(profile: str | CentralProfile) -> CentralProfile:
    """Return a profile that is given by name or itself.

    Raises:
        ValueError: if there is none of that name.
    """
    if isinstance(profile, CentralProfile):
        return profile
    found = PROFILES.get(profile)
    if found is None:
        raise ValueError(f"'{profile}' is no central profile; there are {', '.join(PROFILES)}")
    return found
