"""Pairing, and the use of its keys at the next connect. Nothing here happens unasked."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from bleak.exc import BleakError
from bumble import hci
from bumble.core import BaseBumbleError
from bumble.keys import PairingKeys
from bumble.pairing import PairingDelegate

from babyn_simulator.bleak_backend.adapter import cancelled
from babyn_simulator.bleak_backend.bumble_types import emitter
from babyn_simulator.bleak_backend.errors import as_bleak_errors, disconnected, reason_of
from babyn_simulator.bleak_backend.link import Link

PAIRING_TIMEOUT: Final = 30.0
"""Seconds that the Security Manager Protocol waits for the peer.

Core v6.0 - Bluetooth Core Specification - Vol 3 Part H §3.4
"""

END_TIMEOUT: Final = 1.0
"""Seconds that bumble gets to notice that the link of a pairing has ended."""

_KEY_REFUSED: Final = (
    hci.HCI_AUTHENTICATION_FAILURE_ERROR,
    hci.HCI_PIN_OR_KEY_MISSING_ERROR,
    hci.HCI_CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR,
)


async def resume_bond(link: Link) -> bool:
    """Encrypt a new link with the key of an earlier pairing, if there is one.

    Returns:
        Whether there is one.

    Raises:
        BleakError: if the peer does not have this key. Nothing is paired anew.
    """
    keystore = link.adapter.device.keystore
    keys = await keystore.get(str(link.connection.peer_address)) if keystore else None
    key = (keys.ltk or keys.ltk_central) if keys else None
    if key is None:
        return False
    status = await _encrypt(link, key)
    if (link.reason if status is None else status) in _KEY_REFUSED:
        raise BleakError(
            "the peer does not accept the key of the earlier pairing; it may have been reset: "
            "unpair() and pair() again"
        )
    if status is None and link.reason == hci.HCI_CONNECTION_TIMEOUT_ERROR:
        # A peer that has another key cannot say so: it hears nothing that it understands.
        raise BleakError(
            "the link was lost while it was being encrypted; if that happens again, the peer has "
            "another key: unpair() and pair() again"
        )
    if status is None:
        raise disconnected()
    if status != hci.HCI_SUCCESS:
        raise BleakError("the link cannot be encrypted: the controller refuses")
    return True


async def _encrypt(link: Link, key: PairingKeys.Key) -> int | None:
    """Encrypt a link with a stored key.

    bumble's own way waits for ever if the link goes away while the command is under way.

    Returns:
        The status that the controller reports, or ``None`` if the link went away.
    """
    connection, device = link.connection, link.adapter.device
    changed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def on_change() -> None:
        if not changed.done():
            changed.set_result(hci.HCI_SUCCESS)

    def on_failure(status: int) -> None:
        if not changed.done():
            changed.set_result(status)

    async def start() -> None:
        link.require_open()
        await device.send_async_command(
            hci.HCI_LE_Enable_Encryption_Command(
                connection_handle=connection.handle,
                random_number=key.rand or bytes(8),
                encrypted_diversifier=key.ediv or 0,
                long_term_key=key.value,
            )
        )

    connection.on(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, on_change)
    connection.on(connection.EVENT_CONNECTION_ENCRYPTION_FAILURE, on_failure)
    try:
        with as_bleak_errors("encrypting the link"):
            await link.adapter.finish(start())
        ends: set[asyncio.Future[Any]] = {changed, link.closed}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        listeners = emitter(connection)
        listeners.remove_listener(connection.EVENT_CONNECTION_ENCRYPTION_CHANGE, on_change)
        listeners.remove_listener(connection.EVENT_CONNECTION_ENCRYPTION_FAILURE, on_failure)
    return changed.result() if changed.done() else None


async def pair(link: Link, delegate: PairingDelegate | None, timeout: float) -> None:
    """Pair with the peer, and bond if it does.

    Args:
        link: the link to it.
        delegate: who answers questions; ``None`` for Just Works.
        timeout: in seconds.

    Raises:
        BleakError: if the peer refuses, or the link ends, or the keys cannot be stored.
        TimeoutError: if it takes too long. The link is closed then.
    """
    link.require_open()
    with link.adapter.pairing_allowed(link.connection, delegate):
        pairing = link.adapter.spawn(link.adapter.device.pair(link.connection))
        ends: set[asyncio.Future[None]] = {pairing, link.closed}
        try:
            await asyncio.wait(ends, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            in_time = pairing.done() or link.closed.done()
        finally:
            if not pairing.done():  # too late, or cancelled: no half of a bond is left
                with contextlib.suppress(TimeoutError):
                    await link.disconnect()
                await link.adapter.finish(_abandon(link, pairing))
    if not in_time:
        raise TimeoutError("the pairing took too long; the link was closed")
    if pairing.cancelled():
        raise BleakError("the link ended during the pairing")
    try:
        pairing.result()
    except BaseBumbleError as error:
        raise BleakError(f"the pairing failed: {reason_of(error)}") from None
    await _check_bond(link)


async def _abandon(link: Link, pairing: asyncio.Task[None]) -> None:
    """End a pairing whose link has ended.

    bumble does so by itself, unless it had not begun to watch the link yet. Then it would also
    keep the pairing for the next link with the same handle.
    """
    await asyncio.wait({pairing}, timeout=END_TIMEOUT)
    await cancelled({pairing})
    sessions = link.adapter.device.smp_manager.sessions
    session = sessions.get(link.connection.handle)
    if session is not None and session.connection is link.connection:
        del sessions[link.connection.handle]


async def _check_bond(link: Link) -> None:
    """Keep a new bond only if both sides do."""
    device, connection = link.adapter.device, link.connection
    session = device.smp_manager.sessions.get(connection.handle)
    if session is not None and not session.bonding:
        # bumble stores the keys all the same; the peer would not know them at the next connect.
        await link.adapter.forget(connection.peer_address)
    elif device.keystore and await device.keystore.get(str(connection.peer_address)) is None:
        await link.disconnect()
        raise BleakError("the pairing succeeded, but its keys could not be stored; pair again")
