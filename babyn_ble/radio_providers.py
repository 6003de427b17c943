"""How the companion finds radios other than the system's, without importing them.

A package that has one registers a provider under the entry point group
``babyn_ble.radios``, by the scheme of the radio argument: ``sim`` or ``hci``. This module is
light: it imports neither bleak nor the provider's package until asked for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

from babyn_ble.errors import BluetoothUnavailableError, BluetoothUnavailableReason
from babyn_ble.privacy.purposes import RadioKind

GROUP = "babyn_ble.radios"


class BondStore(Protocol):
    """Where a radio that has no system underneath keeps its bonds and its identity."""

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under ``name``, or ``None``."""
        ...

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data`` under ``name``."""
        ...

    async def delete(self, name: str) -> None:
        """Forget ``name``; an unknown one is no error."""
        ...

    async def names(self) -> list[str]:
        """Return every name that is kept."""
        ...


class RadioBackend(Protocol):
    """An open radio: two backend classes for bleak, and a way to close it."""

    @property
    def scanner(self) -> type:
        """A subclass of ``bleak.backends.scanner.BaseBleakScanner``."""
        ...

    @property
    def client(self) -> type:
        """A subclass of ``bleak.backends.client.BaseBleakClient``."""
        ...

    async def aclose(self) -> None:
        """Give the radio back."""
        ...


class RadioProvider(Protocol):
    """What an entry point of the group ``babyn_ble.radios`` resolves to."""

    @property
    def kind(self) -> str:
        """``sim`` or ``hci``."""
        ...

    def loop_factory(self, argument: str) -> Callable[[], asyncio.AbstractEventLoop] | None:
        """Return the event loop that this radio wants, or ``None`` for any."""
        ...

    async def open(self, argument: str, *, bonds: BondStore) -> RadioBackend:
        """Open the radio."""
        ...


def parse_radio(argument: str) -> tuple[RadioKind, str]:
    """Split a radio argument: ``os``, ``sim:SCENARIO`` or ``hci:TRANSPORT``.

    Raises:
        ValueError: it is none of them.
    """
    scheme, colon, rest = argument.partition(":")
    if scheme == RadioKind.OS and not colon:
        return RadioKind.OS, ""
    if scheme in (RadioKind.SIM, RadioKind.HCI) and rest:
        return RadioKind(scheme), rest
    raise ValueError(
        "a radio is 'os', 'sim:SCENARIO' (a file or the name of one that comes with the "
        "simulator) or 'hci:TRANSPORT' (for example hci:tcp-client:127.0.0.1:6402)"
    )


def provider_for(kind: RadioKind) -> RadioProvider:
    """Return the installed provider of a kind of radio.

    Raises:
        BluetoothUnavailableError: no installed package brings one.
    """
    for entry in entry_points(group=GROUP, name=kind.value):
        try:
            return cast("RadioProvider", entry.load())
        except ImportError:
            break
    raise BluetoothUnavailableError(
        f"A '{kind}:' radio needs the simulator, which is not installed; "
        "install it with: pip install 'babyn-ble[simulator]'",
        reason=BluetoothUnavailableReason.NOT_INSTALLED,
    )


if TYPE_CHECKING:
    from typing import TypeAlias

    RadioArgument: TypeAlias = str | RadioBackend
