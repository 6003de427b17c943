"""bumble's host and device, as a simulation runs them.

Two things differ. The packets that pass in great numbers go through as bytes, without an object
of each and without a text of each for the debug log; with that log on, bumble's own way is
taken, and the packets are the same. And what draws random numbers runs in the device's own
context, whoever calls it, so that it finds the device's entropy.
"""

# pyright: reportUnknownMemberType=false
# pyright does not see the types of pyee's listeners.

from __future__ import annotations

import asyncio
import contextvars
import logging
import struct
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from bumble import att, hci
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.host import Host
from bumble.snoop import Snooper

from babyn_simulator import hci_packets
from babyn_simulator.controller import VirtualController
from babyn_simulator.entropy import Entropy, context_of, install

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.radio import Air, Position

_T = TypeVar("_T")
_Handler = TypeVar("_Handler", bound=Callable[..., Any])

_host_log = logging.getLogger("bumble.host")
_client_log = logging.getLogger("bumble.gatt_client")
_server_log = logging.getLogger("bumble.gatt_server")

_NOTIFICATION = att.Opcode.ATT_HANDLE_VALUE_NOTIFICATION
_VALUE = struct.Struct("<BH")
"""What comes before the value in a notification (Vol 3 Part F §3.4.7.1)."""


class QuietHost(Host):
    """bumble's host, without objects that nobody needs and a debug log that nobody reads."""

    _device: Device | None = None
    _device_handlers: ClassVar[dict[str, str]] = {}

    # To the controller

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Send a packet to the controller."""
        if _host_log.isEnabledFor(logging.DEBUG):
            super().send_hci_packet(packet)
            return
        data = bytes(packet)
        if self.snooper is not None:
            self.snooper.snoop(data, Snooper.Direction.HOST_TO_CONTROLLER)
        if self.hci_sink is not None:
            self.hci_sink.on_packet(data)

    def send_l2cap_pdu(self, connection_handle: int, cid: int, pdu: bytes) -> None:
        """Send an L2CAP frame; one that fits into a packet goes as the bytes of that packet."""
        connection = self.connections.get(connection_handle)
        queue = None if connection is None else connection.acl_packet_queue
        if (
            queue is None
            or len(pdu) + 4 > queue.max_packet_size
            or _host_log.isEnabledFor(logging.DEBUG)
        ):
            super().send_l2cap_pdu(connection_handle, cid, pdu)
            return
        packet = hci_packets.l2cap_packet(connection_handle, cid, pdu)
        queue.enqueue(cast("hci.HCI_Packet", packet), connection_handle)  # of bytes, bytes() is it

    # From the controller

    def on_packet(self, packet: bytes) -> None:
        """Take the bytes of a packet from the controller."""
        if not self.ready or _host_log.isEnabledFor(logging.DEBUG) or not self._take(packet):
            super().on_packet(packet)

    def _take(self, packet: bytes) -> bool:
        """Take a packet of those that come often, or leave it to bumble."""
        if packet[0] == hci_packets.ACL:
            frame = hci_packets.read_l2cap_packet(packet)
            if frame is None:
                return False
            handle, cid, payload = frame
            connection = self.connections.get(handle)
            if connection is None or connection.assembler.current_data is not None:
                return False
            self._snoop(packet)
            self.on_l2cap_pdu(connection, cid, payload)
            return True
        if packet[1] == hci.HCI_COMMAND_COMPLETE_EVENT:
            self._snoop(packet)
            self.on_hci_event_packet(cast("hci.HCI_Event", hci_packets.parse(packet)))
            return True
        completed = hci_packets.read_completed_packets(packet)
        if completed is not None:
            handle, count = completed
            connection = self.connections.get(handle)
            if connection is None:
                return False
            self._snoop(packet)
            connection.acl_packet_queue.on_packets_completed(count, handle)
            return True
        report = hci_packets.read_report(packet)
        if report is None:
            return False
        self._snoop(packet)
        self.emit("advertising_report", report)
        return True

    def _snoop(self, packet: bytes) -> None:
        if self.snooper is not None:
            self.snooper.snoop(packet, Snooper.Direction.CONTROLLER_TO_HOST)

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Take a packet from the controller."""
        if _host_log.isEnabledFor(logging.DEBUG):
            super().on_hci_packet(packet)
            return
        self._snoop(bytes(packet))
        if isinstance(packet, hci.HCI_Event):
            self.on_hci_event_packet(packet)
        elif isinstance(packet, hci.HCI_AclDataPacket):
            self.on_hci_acl_data_packet(packet)

    def on_command_processed(
        self, event: hci.HCI_Command_Complete_Event[Any] | hci.HCI_Command_Status_Event
    ) -> None:
        """Take the answer to a command; one that nobody waits for any more is dropped.

        The task that sent it may have been cancelled in this very turn of the loop.
        """
        pending = cast("asyncio.Future[object] | None", cast("Any", self).pending_response)
        if pending is not None and pending.cancelled():
            return
        cast("Any", super()).on_command_processed(event)

    # To the device. It listens to each of the host's sixty events, which as sixty handlers in as
    # many dictionaries would be a third of the memory that a simulated device takes.

    def add_listener(self, event: str, f: _Handler) -> _Handler:
        """Add a listener; the device itself is kept once, for all of its events."""
        device = _device_of(event, f)
        if device is not None and self._device in (None, device):
            self._device = device
            self._device_handlers[event] = f.__name__
            return f
        return super().add_listener(event, f)

    def remove_listener(self, event: str, f: Callable[..., Any]) -> None:
        """Remove a listener; with the first of the device's, all of them."""
        device = _device_of(event, f)
        if device is None or f in self.listeners(event):
            super().remove_listener(event, f)
        elif device is self._device:
            self._device = None

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Tell the device, and then whoever else listens."""
        handled = False
        if self._device is not None and (name := self._device_handlers.get(event)) is not None:
            self._emit_run(getattr(self._device, name), args, kwargs)
            handled = True
        if event in self._events or not handled:
            return super().emit(event, *args, **kwargs) or handled
        return handled


def _device_of(event: str, listener: Callable[..., Any]) -> Device | None:
    """Return the device whose method for that event the listener is."""
    owner = getattr(listener, "__self__", None)
    return owner if isinstance(owner, Device) and listener.__name__ == f"on_{event}" else None


class SimulatedDevice(Device):
    """A bumble device on the air: host, controller, and the entropy that both draw from.

    Args:
        air: the medium.
        config: as bumble takes it. An address of its own, given there, is kept.
        entropy: where its random numbers come from; ``None`` for the system.
        keystore: where it keeps its bonds; by default in memory.
        position: where it is, in metres.
        public_address: its public address, if it has one.

    Raises:
        UnsupportedBumbleError: the installed bumble cannot be given entropy.
    """

    def __init__(
        self,
        air: Air,
        config: DeviceConfiguration,
        *,
        entropy: Entropy | None = None,
        keystore: KeyStore | None = None,
        position: Position = (0.0, 0.0),
        public_address: hci.Address | None = None,
    ) -> None:
        if entropy is not None:
            install()
        self.context: contextvars.Context = context_of(entropy)
        self.controller = VirtualController(
            air,
            config.name,
            entropy=None if entropy is None else entropy.child("controller"),
            context=self.context,
            position=position,
            public_address=public_address,
        )
        host = QuietHost()
        host.controller = cast("Any", self.controller)  # it is sink and source in one
        super().__init__(config=config, host=host)
        self.keystore = keystore

    async def power_on(self) -> None:
        """Reset the controller and bring the host up."""
        # What the host still believes of the time before a reset is no longer so.
        self.host.connections.clear()
        self.scanning = False
        await self.in_own_context(super().power_on())

    async def power_off(self) -> None:
        """Stop at once, as when the power fails: the peers hear nothing, and time out."""
        self.controller.fall_silent()
        await self.in_own_context(super().power_off())

    def on_advertising_report(self, report: hci_packets.Report) -> None:
        """Take a report, if anybody listens to this device; many listen to its host instead."""
        if self.listeners(Device.EVENT_ADVERTISEMENT):
            super().on_advertising_report(report)

    async def notify_subscriber(
        self,
        connection: Connection,
        attribute: att.Attribute[_T],
        value: _T | None = None,
        force: bool = False,
    ) -> None:
        """Notify a value to a subscriber; a value that is given is sent without a detour."""
        server = cast("Any", self.gatt_server)
        if (
            value is None
            or force
            or self.l2cap_channel_manager.le_coc_channels.get(connection.handle)
            or _server_log.isEnabledFor(logging.DEBUG)
        ):
            await super().notify_subscriber(connection, attribute, value, force)
            return
        if server.read_cccd(connection, attribute)[0] & 1:
            data = attribute.encode_value(value)[: connection.att_mtu - _VALUE.size]
            header = _VALUE.pack(_NOTIFICATION, attribute.handle)
            server.send_gatt_pdu(connection, header + data)

    def on_gatt_pdu(self, connection: Any, pdu: bytes) -> None:
        """Take an ATT PDU; a notification goes straight to those who have subscribed."""
        peer = cast("Any", self.lookup_connection(connection))
        if (
            peer is None
            or peer.gatt_client is None
            or len(pdu) < _VALUE.size
            or pdu[0] != _NOTIFICATION
            or _client_log.isEnabledFor(logging.DEBUG)
        ):
            super().on_gatt_pdu(connection, pdu)
            return
        _, handle = _VALUE.unpack_from(pdu)
        notification = att.ATT_Handle_Value_Notification(handle, pdu[_VALUE.size :])
        peer.gatt_client.on_att_handle_value_notification(notification)

    async def pair(self, connection: Connection) -> None:
        """Pair with the peer of a connection."""
        await self.in_own_context(super().pair(connection))

    async def update_rpa(self) -> bool:
        """Take a new resolvable private address, if now is a good time."""
        return await self.in_own_context(super().update_rpa())

    async def in_own_context(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run something in the device's context, and wait for it."""
        return await asyncio.get_running_loop().create_task(work, context=self.context)


def device_address(text: str | None, entropy: Entropy | None) -> hci.Address:
    """Return a device address: the given one, or else a static random one.

    Args:
        text: six bytes in hexadecimal with colons, and ``/P`` after them if it is public.
        entropy: where an address that is not given comes from; ``None`` for the system.

    Raises:
        ValueError: the text is no address.
    """
    if text is not None:
        try:
            return hci.Address(text.upper())
        except ValueError:
            raise ValueError(
                "a device address is six bytes in hexadecimal, as in C0:00:00:00:00:01, "
                "with /P after it if it is public"
            ) from None
    if entropy is None:
        return hci.Address.generate_static_address()
    random = entropy.child("address").token_bytes(6)
    return hci.Address(random[:5] + bytes([random[5] | 0b1100_0000]))
