"""The parts of bumble that it leaves untyped and that are used here, with their types."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from bumble import hci
from bumble.gatt_client import Client
from bumble.host import Host


class Emitter(Protocol):
    """Anything of bumble's that emits events."""

    def remove_listener(self, event: str, f: Callable[..., object]) -> None:
        """Listen no more."""
        ...


class PendingCommand(Protocol):
    """A host that may be waiting for the answer to a command."""

    pending_response: asyncio.Future[object] | None


class Subscribers(Protocol):
    """A GATT client's listeners to pushed values, by handle of the value."""

    notification_subscribers: dict[int, set[Callable[[bytes], object]]]
    indication_subscribers: dict[int, set[Callable[[bytes], object]]]


CANCEL_CONNECTION = cast(
    "hci.HCI_SyncCommand[hci.HCI_StatusReturnParameters]",
    hci.HCI_LE_Create_Connection_Cancel_Command(),
)

RESET = cast("hci.HCI_SyncCommand[hci.HCI_StatusReturnParameters]", hci.HCI_Reset_Command())


def emitter(source: object) -> Emitter:
    """Return an emitter with its types."""
    return cast("Emitter", source)


def pending_command(host: Host) -> asyncio.Future[object] | None:
    """Return the future of the command that the host waits for, unless it is done."""
    pending = cast("PendingCommand", host).pending_response
    return None if pending is None or pending.done() else pending


def subscribers(client: Client) -> Subscribers:
    """Return a GATT client's listeners with their types."""
    return cast("Subscribers", client)
