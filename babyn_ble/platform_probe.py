"""Looking at what this platform allows, each in its cheapest way. Imports no bleak.

bleak's own manager would read every device that the system has in memory; one property of the
adapter tells enough.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any, Protocol

from babyn_ble.privacy.platform import (
    AndroidState,
    AppleProbe,
    PlatformEvidence,
    PlatformProbe,
    Verdict,
    android_evidence,
    on_android,
)

__all__ = ["AndroidProbe", "BluezProbe", "UnknownProbe", "WindowsProbe", "platform_probe"]

_DENIED = "org.freedesktop.DBus.Error.AccessDenied"

GetPowered = Callable[[], Any]
"""Returns an awaitable of ``(powered, error name)``; one of the two is ``None``."""


class UnknownProbe:
    """A platform that cannot be asked without touching Bluetooth."""

    async def snapshot(self) -> PlatformEvidence:
        """Return that nothing is known."""
        return PlatformEvidence(os=sys.platform)


class BluezProbe:
    """Asks BlueZ for one property of its first adapter; nothing about any device.

    org.bluez.Adapter - D-Bus API - property ``Powered``

    Args:
        powered: asks; replaced in tests.
    """

    def __init__(self, powered: GetPowered | None = None) -> None:
        self._powered = powered or _powered_by_dbus

    async def snapshot(self) -> PlatformEvidence:
        """Return whether the bus lets us, and whether the adapter is on."""
        evidence = PlatformEvidence(os="linux")
        powered, error = await self._powered()
        if error == _DENIED:
            return evidence.model_copy(update={"bluetooth": Verdict.DENIED})
        if powered is None:
            return evidence
        radio = Verdict.GRANTED if powered else Verdict.DENIED
        return evidence.model_copy(update={"bluetooth": Verdict.GRANTED, "radio": radio})


class WindowsRadio(Protocol):
    """``Windows.Devices.Radios.Radio``, as far as it is looked at."""

    @property
    def state(self) -> int:
        """``RadioState``: unknown, on, off, disabled."""
        ...


class WindowsAdapter(Protocol):
    """``Windows.Devices.Bluetooth.BluetoothAdapter``, as far as it is looked at."""

    def get_radio_async(self) -> Awaitable[WindowsRadio | None]:
        """Return its radio; ``None`` to a program that was built for another architecture."""
        ...


GetAdapter = Callable[[], Awaitable[WindowsAdapter | None]]
"""``BluetoothAdapter.get_default_async``; ``None`` where there is no adapter."""

_RADIO_STATES = (Verdict.UNKNOWN, Verdict.GRANTED, Verdict.DENIED, Verdict.DENIED)
"""By ``RadioState``."""

_E_ACCESSDENIED = 0x80070005


class WindowsProbe:
    """Asks Windows for its default adapter, and whether that is on; nothing about any device.

    A desktop program may use Bluetooth: nobody is asked. One from a package may not unless its
    manifest says so, and is refused the adapter. Location has no part in it.

    Written by the documentation of WinRT and by how bleak calls it, and tried on a stand-in
    for it: never on Windows itself.

    learn.microsoft.com - ``Windows.Devices.Bluetooth.BluetoothAdapter``,
    ``Windows.Devices.Radios.RadioState``

    Args:
        adapter: looks it up.
    """

    def __init__(self, adapter: GetAdapter) -> None:
        self._adapter = adapter

    async def snapshot(self) -> PlatformEvidence:
        """Return whether Windows lets us, and whether the adapter is on."""
        evidence = PlatformEvidence(os="win32")
        try:
            adapter = await self._adapter()
            if adapter is None:
                return evidence
            evidence = evidence.model_copy(update={"bluetooth": Verdict.GRANTED})
            radio = await adapter.get_radio_async()
        except OSError as error:
            if _is_refusal(error):
                return evidence.model_copy(update={"bluetooth": Verdict.DENIED})
            return evidence
        if radio is None or not 0 <= radio.state < len(_RADIO_STATES):
            return evidence
        return evidence.model_copy(update={"radio": _RADIO_STATES[radio.state]})


def _is_refusal(error: OSError) -> bool:
    """Return whether Windows refused; Python has its result codes signed."""
    code = getattr(error, "winerror", None)
    refused = isinstance(code, int) and code & 0xFFFFFFFF == _E_ACCESSDENIED
    return refused or isinstance(error, PermissionError)


class AndroidProbe:
    """Asks the app, which alone can look these things up.

    Args:
        state: looks them up.
    """

    def __init__(self, state: Callable[[], AndroidState]) -> None:
        self._state = state

    async def snapshot(self) -> PlatformEvidence:
        """Return what its state comes to."""
        return android_evidence(self._state())


def platform_probe(platform: str = sys.platform) -> PlatformProbe:
    """Return what looks at this platform, or at another as far as that goes from here."""
    if on_android():
        return UnknownProbe()  # the app knows: it hands in an AndroidProbe
    if platform == "linux":
        return BluezProbe()
    if platform == "darwin":
        with contextlib.suppress(ImportError):
            manager = import_module("CoreBluetooth").CBManager
            return AppleProbe(lambda: int(manager.authorization()))
    if platform == "win32":
        with contextlib.suppress(ImportError):
            import_module("winrt.windows.devices.radios")  # of what the adapter returns
            adapter = import_module("winrt.windows.devices.bluetooth").BluetoothAdapter
            return WindowsProbe(adapter.get_default_async)
    return UnknownProbe()


async def _powered_by_dbus() -> tuple[bool | None, str | None]:
    """Ask over the system bus; whatever goes wrong but a refusal tells nothing."""
    try:
        aio: Any = import_module("dbus_fast.aio")
        fast: Any = import_module("dbus_fast")
    except ImportError:
        return None, None
    bus: Any = None
    try:
        bus = await aio.MessageBus(bus_type=fast.BusType.SYSTEM).connect()
        reply: Any = await bus.call(
            fast.Message(
                destination="org.bluez",
                path="/org/bluez/hci0",
                interface="org.freedesktop.DBus.Properties",
                member="Get",
                signature="ss",
                body=["org.bluez.Adapter1", "Powered"],
                flags=fast.MessageFlag.NO_AUTOSTART,
            )
        )
        if reply.message_type is fast.MessageType.ERROR:
            return None, str(reply.error_name)
        return bool(reply.body[0].value), None
    except Exception:  # noqa: BLE001 - of a library whose errors are many; none is a refusal
        return None, None
    finally:
        if bus is not None:
            bus.disconnect()
