"""What the platform itself allows: a second, blocking answer beside the ledger's.

The ledger must say yes; where the platform is known to say no, nothing is done either. What
is not known, or does not exist there, blocks nothing; all of it is kept with a grant as
evidence. Looking never asks a person anything, and never reads what is nearby.

Android: developer.android.com - Bluetooth permissions; AOSP - ``hasScanResultPermission``.
Apple: CoreBluetooth - ``CBManager.authorization`` (a class property: no prompt).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from babyn_ble.errors import PlatformPermissionDeniedError


class Verdict(StrEnum):
    """What a platform says to one permission."""

    GRANTED = "granted"
    DENIED = "denied"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class PlatformEvidence(BaseModel):
    """A snapshot of what a platform allows.

    Attributes:
        os: which platform (``sys.platform``; ``android``).
        bluetooth: its permission to use Bluetooth.
        location: its permission to learn where one is; only Android asks for it.
        location_services: whether location is switched on, where a search needs that.
        background: its permission to do so in the background.
        radio: whether the adapter is on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    os: str
    bluetooth: Verdict = Verdict.UNKNOWN
    location: Verdict = Verdict.NOT_APPLICABLE
    location_services: Verdict = Verdict.NOT_APPLICABLE
    background: Verdict = Verdict.NOT_APPLICABLE
    radio: Verdict = Verdict.UNKNOWN


class PlatformProbe(Protocol):
    """Looks at what the platform allows."""

    async def snapshot(self) -> PlatformEvidence:
        """Return what can be told without a prompt, and without a look at any device."""
        ...


_NEEDED = {
    "bluetooth": "Bluetooth",
    "location": "location",
    "location_services": "location services",
}


def require_allowed(evidence: PlatformEvidence, *, scanning: bool) -> None:
    """Refuse what the platform is known to refuse.

    Args:
        evidence: a snapshot.
        scanning: whether it is a search; connecting to a device that is known needs no
            location on any platform.

    Raises:
        PlatformPermissionDeniedError: ``permission`` says which.
    """
    for name, words in _NEEDED.items():
        if getattr(evidence, name) is Verdict.DENIED and (scanning or name == "bluetooth"):
            raise PlatformPermissionDeniedError(
                f"This system does not let the program use {words}, so nothing was done; "
                "allow it in the system's settings. What was agreed to here stays",
                permission=name,
            )


def on_android() -> bool:
    """Return whether this is Android."""
    return hasattr(sys, "getandroidapilevel")


# Apple

_APPLE = (Verdict.UNKNOWN, Verdict.DENIED, Verdict.DENIED, Verdict.GRANTED)
"""By ``CBManagerAuthorization``: not determined, restricted, denied, always allowed."""


class AppleProbe:
    """Asks CoreBluetooth's class property.

    Args:
        authorization: returns ``CBManager.authorization()``.
    """

    def __init__(self, authorization: Callable[[], int]) -> None:
        self._authorization = authorization

    async def snapshot(self) -> PlatformEvidence:
        """Return what CoreBluetooth says."""
        value = self._authorization()
        known = 0 <= value < len(_APPLE)
        return PlatformEvidence(os="darwin", bluetooth=_APPLE[value] if known else Verdict.UNKNOWN)


# Android


@dataclass(frozen=True, slots=True)
class AndroidState:
    """What an Android app can look up about itself and its device.

    Attributes:
        api: ``Build.VERSION.SDK_INT``.
        target: the app's ``targetSdkVersion``.
        scan, connect, fine, coarse, background: its permissions.
        never_for_location: whether it declared that it derives no location from a search.
        location_on: whether location is switched on.
        radio_on: whether the adapter is.
    """

    api: int
    target: int
    scan: bool = False
    connect: bool = False
    fine: bool = False
    coarse: bool = False
    background: bool = False
    never_for_location: bool = False
    location_on: bool = False
    radio_on: bool = False


def android_evidence(state: AndroidState) -> PlatformEvidence:
    """Return what the state of an app comes to.

    ======== ============== =========================== =========================
    API      Bluetooth      location                    location services
    ======== ============== =========================== =========================
    < 23     at install     not asked                   not needed
    23-28    at install     coarse or fine              on, from target 23
    29-30    at install     fine                        on
    31+      SCAN, CONNECT  fine, unless disavowed      on, unless disavowed
    ======== ============== =========================== =========================

    The level that counts is the lower one of device and target; for location services from
    29 on, the device's.
    """
    level = min(state.api, state.target)
    modern = level >= 31
    disavowed = modern and state.never_for_location
    if level < 23 or disavowed:
        location = Verdict.NOT_APPLICABLE
    else:
        location = _verdict(state.fine or (state.coarse and level < 29))
    needs_switch = not disavowed and (level >= 23 or state.api >= 29)
    return PlatformEvidence(
        os="android",
        bluetooth=_verdict(state.scan and state.connect) if modern else Verdict.GRANTED,
        location=location,
        location_services=_verdict(state.location_on) if needs_switch else Verdict.NOT_APPLICABLE,
        background=_verdict(state.background)
        if level >= 29 and location is not Verdict.NOT_APPLICABLE
        else Verdict.NOT_APPLICABLE,
        radio=_verdict(state.radio_on),
    )


def _verdict(granted: bool) -> Verdict:
    return Verdict.GRANTED if granted else Verdict.DENIED
