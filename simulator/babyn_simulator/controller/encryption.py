"""Encryption of links: the procedure by which two controllers come to a session.

A link is encrypted if both hosts gave the same long-term key, and for no other reason: each
side derives the session by itself, and the first PDU of each that is encrypted is opened with
it. Where that fails, the side that notices ends its connection, and the other hears nothing
any more. What the hosts then send is not encrypted on the virtual air: it could only be
opened again with the same two keys, at the cost of time.

Core v6.0 - Bluetooth Core Specification - Vol 6 Part B §5.1.3
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of bumble's HCI commands through their decorator.

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

from bumble import hci, ll

from babyn_simulator.controller.connection import VirtualConnection
from babyn_simulator.controller.link_layer import ConnectingController
from babyn_simulator.controller.link_security import Session, Step
from babyn_simulator.controller.security_commands import ComputingController

_Opcode = ll.ControlPdu.Opcode

_START_ENC_RSP_HEADER = 0x03
_START_ENC_RSP = bytes([_Opcode.LL_START_ENC_RSP])

MIC_FAILURE = hci.HCI_ErrorCode.CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR


@dataclass
class EncReq(ll.ControlPdu):
    """The central's half of what the session is derived from (§2.4.2.4)."""

    opcode = _Opcode.LL_ENC_REQ

    rand: bytes
    ediv: int
    skd: bytes
    iv: bytes


@dataclass
class EncRsp(ll.ControlPdu):
    """The peripheral's half (§2.4.2.5)."""

    opcode = _Opcode.LL_ENC_RSP

    skd: bytes
    iv: bytes


@dataclass
class StartEncReq(ll.ControlPdu):
    """The peripheral's host has given its key (§2.4.2.6)."""

    opcode = _Opcode.LL_START_ENC_REQ


@dataclass
class StartEncRsp(ll.StartEncRsp):
    """The first encrypted PDU of each side (§2.4.2.7)."""

    sealed: bytes


class EncryptingController(ConnectingController, ComputingController):
    """The part of a controller that encrypts its links."""

    # The central

    def on_hci_le_enable_encryption_command(
        self, command: hci.HCI_LE_Enable_Encryption_Command
    ) -> None:
        """Begin to encrypt, or to encrypt anew (Vol 4 Part E §7.8.24).

        A procedure that is under way is ended first: hosts ask twice, where a pairing and a
        request that wants security meet.
        """
        connection = self.connection(command.connection_handle)
        status: int = hci.HCI_COMMAND_STATUS_PENDING
        if connection is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        elif connection.role != hci.Role.CENTRAL or connection.encryption.waiting is not None:
            status = hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
        self._send_hci_command_status(status, command.op_code)
        if connection is not None and status == hci.HCI_COMMAND_STATUS_PENDING:
            connection.encryption.waiting = command
            self._encrypt_next(connection)

    def _encrypt_next(self, connection: VirtualConnection) -> None:
        encryption = connection.encryption
        command = encryption.waiting
        if command is None or encryption.step is not None:
            return
        encryption.waiting = None
        encryption.begin(Step.HALVES, long_term_key=command.long_term_key)
        skd, iv = self._half()
        encryption.add(skd, iv)
        connection.send_ll_control_pdu(
            EncReq(command.random_number, command.encrypted_diversifier, skd, iv)
        )

    # The peripheral

    def on_hci_le_long_term_key_request_reply_command(
        self, command: Any
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        """Go on with the key of the host (Vol 4 Part E §7.8.25)."""
        return self._key_given(command.connection_handle, command.long_term_key)

    def on_hci_le_long_term_key_request_negative_reply_command(
        self, command: Any
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        """Refuse to encrypt: the host has no key (Vol 4 Part E §7.8.26)."""
        return self._key_given(command.connection_handle, None)

    def _key_given(
        self, handle: int, long_term_key: bytes | None
    ) -> hci.HCI_StatusAndConnectionHandleReturnParameters:
        connection = self.connection(handle)
        status = hci.HCI_ErrorCode.SUCCESS
        if connection is None:
            status = hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR
        elif (
            connection.role != hci.Role.PERIPHERAL or connection.encryption.step is not Step.HALVES
        ):
            status = hci.HCI_ErrorCode.COMMAND_DISALLOWED_ERROR
        else:
            # After the Command Complete that answers this command.
            asyncio.get_running_loop().call_soon(self._go_on, connection, long_term_key)
        return hci.HCI_StatusAndConnectionHandleReturnParameters(
            status=status, connection_handle=handle
        )

    def _go_on(self, connection: VirtualConnection, long_term_key: bytes | None) -> None:
        encryption = connection.encryption
        if not connection.is_open or encryption.step is not Step.HALVES:
            return
        if long_term_key is not None:
            encryption.derive(long_term_key)
            connection.send_ll_control_pdu(StartEncReq())
            return
        encryption.step = None
        missing = hci.HCI_ErrorCode.PIN_OR_KEY_MISSING_ERROR
        if encryption.session is None:
            connection.send_ll_control_pdu(ll.RejectExtInd(_Opcode.LL_ENC_REQ, missing))
            return
        # A link that was encrypted does not go on without (§5.1.3.2).
        connection.send_ll_control_pdu(ll.TerminateInd(missing))
        self.on_le_disconnected(connection, missing)

    # Both

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        """Take a link-layer control PDU, of encryption or other."""
        connection = cast("VirtualConnection | None", self.le_connections.get(sender_address))
        if connection is None:
            return
        match packet:
            case EncReq():
                self._on_enc_req(connection, packet)
            case EncRsp():
                connection.encryption.add(packet.skd, packet.iv)
            case StartEncReq():
                encryption = connection.encryption
                if encryption.is_exchanged:
                    self._send_start(connection, encryption.derive(encryption.long_term_key))
            case StartEncRsp():
                self._on_start_enc_rsp(connection, packet)
            case ll.RejectExtInd(reject_opcode=_Opcode.LL_ENC_REQ):
                connection.encryption.step = None
                super().on_ll_control_pdu(sender_address, packet)
                self._encrypt_next(connection)
            case _:
                super().on_ll_control_pdu(sender_address, packet)

    def _on_enc_req(self, connection: VirtualConnection, request: EncReq) -> None:
        encryption = connection.encryption
        encryption.begin(Step.HALVES)
        encryption.add(request.skd, request.iv)
        skd, iv = self._half()
        encryption.add(skd, iv)
        connection.send_ll_control_pdu(EncRsp(skd, iv))
        self.send_hci_packet(
            hci.HCI_LE_Long_Term_Key_Request_Event(
                connection_handle=connection.handle,
                random_number=request.rand,
                encryption_diversifier=request.ediv,
            )
        )

    def _on_start_enc_rsp(self, connection: VirtualConnection, packet: StartEncRsp) -> None:
        encryption = connection.encryption
        session, central = encryption.following, connection.role == hci.Role.CENTRAL
        if session is None or encryption.step is not Step.START:
            return
        opened = session.open(
            packet.sealed, header=_START_ENC_RSP_HEADER, counter=0, from_central=not central
        )
        if opened != _START_ENC_RSP:
            self._fail(connection)
            return
        if not central:
            self._send_start(connection, session)
        again = encryption.session is not None
        encryption.session, encryption.step, encryption.following = session, None, None
        if again:
            self.send_hci_packet(
                hci.HCI_Encryption_Key_Refresh_Complete_Event(
                    status=hci.HCI_ErrorCode.SUCCESS, connection_handle=connection.handle
                )
            )
        else:
            self.on_le_encryption_change(connection, hci.HCI_ErrorCode.SUCCESS)
        self._encrypt_next(connection)

    @staticmethod
    def _send_start(connection: VirtualConnection, session: Session) -> None:
        sealed = session.seal(
            _START_ENC_RSP,
            header=_START_ENC_RSP_HEADER,
            counter=0,
            from_central=connection.role == hci.Role.CENTRAL,
        )
        connection.send_ll_control_pdu(StartEncRsp(sealed))

    def _fail(self, connection: VirtualConnection) -> None:
        """End a connection whose peer has another key: at once here, by silence there."""
        link = connection.radio_link
        if link is not None:
            link.lose()
        self.on_le_disconnected(connection, MIC_FAILURE)

    def _half(self) -> tuple[bytes, bytes]:
        random = self.random_bytes(12)
        return random[:8], random[8:]
