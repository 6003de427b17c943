"""Which links a simulated peripheral trusts, and how it answers a request to pair.

bumble takes any encrypted LE link for authenticated and secure. Here a link is trusted if it
is encrypted under a key of LE Secure Connections, that is, one that the pairing on this link
has made, or one that is stored as such.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from bumble import smp
from bumble.pairing import PairingConfig, PairingDelegate

if TYPE_CHECKING:
    from bumble import hci
    from bumble.device import Connection, Device
    from bumble.keys import PairingKeys


class Pairing(StrEnum):
    """What a peripheral asks for before it tells or takes a protected value."""

    NONE = "none"
    """Nothing. It pairs if a central asks."""

    REQUIRED = "required"
    """A link encrypted under LE Secure Connections; Just Works will do."""

    REJECT = "reject"
    """The same, but it refuses to pair."""


class _Refusal(PairingDelegate):
    async def accept(self) -> bool:
        return False


class PolicyConfig(PairingConfig):
    """bumble's pairing configuration for one policy.

    Args:
        policy: the policy.
        identity: the identity that goes to the peer with its key; ``None`` for a peripheral
            whose address does not change, and which has none to give.
    """

    def __init__(self, policy: Pairing, *, identity: hci.Address | None = None) -> None:
        keys = PairingDelegate.KeyDistribution
        delegate = _Refusal if policy is Pairing.REJECT else PairingDelegate
        super().__init__(
            sc=True,
            mitm=False,
            bonding=True,
            delegate=delegate(
                # A central may use private addresses, so its identity is wanted.
                local_initiator_key_distribution=(
                    keys.DISTRIBUTE_ENCRYPTION_KEY | keys.DISTRIBUTE_IDENTITY_KEY
                ),
                local_responder_key_distribution=keys.DISTRIBUTE_ENCRYPTION_KEY
                if identity is None
                else keys.DISTRIBUTE_ENCRYPTION_KEY | keys.DISTRIBUTE_IDENTITY_KEY,
            ),
            identity_address_type=None
            if identity is None
            else PairingConfig.AddressType(identity.address_type),
        )
        self.secure_connections_only = policy is not Pairing.NONE


class PolicySession(smp.Session):
    """A pairing, from this peripheral's side."""

    secured = False
    """The link is encrypted under the key of LE Secure Connections made by this pairing."""

    def on_smp_pairing_request_command(self, command: smp.SMP_Pairing_Request_Command) -> None:
        """Take a request to pair; refuse legacy pairing where it is not enough."""
        config = self.pairing_config
        legacy = not command.auth_req & smp.AuthReq.SC
        if isinstance(config, PolicyConfig) and config.secure_connections_only and legacy:
            self.send_pairing_failed(smp.ErrorCode.AUTHENTICATION_REQUIREMENTS)
        else:
            super().on_smp_pairing_request_command(command)

    def on_connection_encryption_change(self) -> None:
        """Note that the link is encrypted now."""
        if self.connection.is_encrypted and not self.completed and self.sc:
            self.secured = True
        super().on_connection_encryption_change()

    def on_pairing_failure(self, reason: smp.ErrorCode) -> None:
        """End the session, so that the central may try again on the same link."""
        if not self.completed:
            super().on_pairing_failure(reason)
            self.on_disconnection(0)


async def stored_keys(device: Device, connection: Connection) -> PairingKeys | None:
    """Return what a device has stored of the peer of a connection."""
    if device.keystore is None:
        return None
    return await device.keystore.get(str(connection.peer_address))


async def is_trusted(device: Device, connection: Connection) -> bool:
    """Return whether a link is encrypted under a key of LE Secure Connections."""
    if not connection.is_encrypted:
        return False
    session = device.smp_manager.sessions.get(connection.handle)
    if isinstance(session, PolicySession) and session.secured:
        return True
    keys = await stored_keys(device, connection)
    # bumble keeps a key of LE Secure Connections as `ltk`, the two of legacy pairing elsewhere.
    return keys is not None and keys.ltk is not None
