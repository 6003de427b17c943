"""Commands by which a host has its controller compute: LE Encrypt, LE Rand, P-256."""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

from typing import Any

from bumble import hci

from babyn_simulator.controller.attachment import AttachedController
from babyn_simulator.controller.link_security import DEBUG_KEY, P256Key, aes_128

_NO_KEY = bytes(32)


class ComputingController(AttachedController):
    """The part of a controller that computes for its host."""

    _p256_key: P256Key | None = None

    def on_hci_le_rand_command(self, _command: Any) -> hci.HCI_LE_Rand_ReturnParameters:
        """Return a random number (Vol 4 Part E §7.8.23)."""
        return hci.HCI_LE_Rand_ReturnParameters(
            status=hci.HCI_ErrorCode.SUCCESS, random_number=self.random_bytes(8)
        )

    def on_hci_le_encrypt_command(self, command: hci.HCI_Command) -> None:
        """Encrypt one block with AES-128 (Vol 4 Part E §7.8.22)."""
        key, plaintext = command.parameters[:16], command.parameters[16:]
        self.complete(command.op_code, hci.HCI_ErrorCode.SUCCESS, aes_128(key, plaintext))

    def on_hci_le_read_local_p_256_public_key_command(  # type: ignore[override]
        # bumble declares an answer, and a host waits for a Command Status
        self,
        command: Any,
    ) -> None:
        """Make a key pair, and tell the host its public key (Vol 4 Part E §7.8.36)."""
        self._p256_key = P256Key.generate(self.random_bytes)
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        self._tell(
            hci.HCI_LE_READ_LOCAL_P_256_PUBLIC_KEY_COMPLETE_EVENT,
            hci.HCI_ErrorCode.SUCCESS,
            self._p256_key.public,
        )

    def on_hci_le_generate_dhkey_command(self, command: hci.HCI_Command) -> None:
        """Agree on a key with a peer's public one (Vol 4 Part E §7.8.37)."""
        self._agree(command, self._p256_key)

    def on_hci_le_generate_dhkey_v2_command(self, command: hci.HCI_Command) -> None:
        """Agree on a key, by choice with the debug key (Vol 4 Part E §7.8.37)."""
        kind = command.parameters[64]
        if kind > 1:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR, command.op_code
            )
            return
        self._agree(command, P256Key(DEBUG_KEY) if kind else self._p256_key)

    def _agree(self, command: hci.HCI_Command, key: P256Key | None) -> None:
        if key is None:
            self._send_hci_command_status(
                hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR, command.op_code
            )
            return
        self._send_hci_command_status(hci.HCI_COMMAND_STATUS_PENDING, command.op_code)
        shared = key.agree(command.parameters[:64])
        status = hci.HCI_ErrorCode.SUCCESS
        if shared is None:
            status = hci.HCI_ErrorCode.INVALID_COMMAND_PARAMETERS_ERROR
        self._tell(hci.HCI_LE_GENERATE_DHKEY_COMPLETE_EVENT, status, shared or _NO_KEY)

    def _tell(self, subevent: int, status: int, values: bytes) -> None:
        """Send an LE event that bumble does not know."""
        parameters = bytes([subevent, status]) + values
        self.send_hci_packet(hci.HCI_Event(parameters, event_code=hci.HCI_LE_META_EVENT))
