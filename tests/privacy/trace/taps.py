"""Where a trace is taken: at the controller, at the store, at what a platform would build."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bumble import att, hci
from bumble.snoop import Snooper

from babyn_ble.errors import StoreError
from babyn_ble.store import (
    BuildRow,
    Holder,
    LedgerRow,
    SealedReading,
    SealedRecord,
    Store,
    StoredReading,
)
from babyn_protocol.uuids import VendorCharacteristic
from babyn_simulator.bleak_backend.adapter import adapter_of
from babyn_simulator.bleak_backend.client import BumbleClient
from babyn_simulator.bleak_backend.scanner import BumbleScanner
from babyn_simulator.host import SimulatedDevice
from tests.privacy.trace.trace import What

Tell = Callable[[What], None]

HEALTH = frozenset({"2A1C", "2A1E", "2A52", "2A5E"})
"""UUIDs of measurements, and of what asks for those in the log. HTS v1.0 - Health Thermometer
Service - §3; PLXS v1.0.1 - Pulse Oximeter Service - §3"""

ROOM = frozenset({"2A6E"})
"""UUIDs of values of the room. ESS v1.0.1 - Environmental Sensing Service - §3"""

CONTROL = frozenset({str(VendorCharacteristic.SET_PROPERTY).replace("-", "").upper()})
"""UUIDs of what sets something."""

_SCAN_ENABLE = {0x200C, 0x2042}
_CONNECT = {0x200D, 0x2043}
"""Opcodes of the HCI commands, legacy and extended. Core v6.0 - Vol 4 Part E §7.8"""

_REPORTS = {
    hci.HCI_LE_ADVERTISING_REPORT_EVENT,
    hci.HCI_LE_EXTENDED_ADVERTISING_REPORT_EVENT,
}
_VALUE_REQUESTS = {att.Opcode.ATT_READ_REQUEST, att.Opcode.ATT_READ_BLOB_REQUEST}
_VALUES = {att.Opcode.ATT_HANDLE_VALUE_NOTIFICATION, att.Opcode.ATT_HANDLE_VALUE_INDICATION}
_WRITES = {att.Opcode.ATT_WRITE_REQUEST, att.Opcode.ATT_WRITE_COMMAND}


class HciTap(Snooper):
    """What passes between a companion's host and its controller.

    Args:
        tell: told of each event.
        names: what each attribute handle of the device belongs to, by UUID.
    """

    def __init__(self, tell: Tell, names: Callable[[], Mapping[int, str]]) -> None:
        self._tell = tell
        self._names = names

    def snoop(self, hci_packet: bytes, direction: Snooper.Direction) -> None:
        """Take note of a packet."""
        match hci_packet[0]:
            case hci.HCI_COMMAND_PACKET:
                self._command(int.from_bytes(hci_packet[1:3], "little"), hci_packet[4:])
            case hci.HCI_EVENT_PACKET:
                if hci_packet[1] == hci.HCI_LE_META_EVENT and hci_packet[3] in _REPORTS:
                    self._tell(What.ADVERTISED)
            case hci.HCI_ACL_DATA_PACKET:
                first = hci_packet[2] >> 4 & 3 != 1
                if first and int.from_bytes(hci_packet[7:9], "little") == att.ATT_CID:
                    out = direction is Snooper.Direction.HOST_TO_CONTROLLER
                    (self._asked if out else self._came)(hci_packet[9], hci_packet[10:])
            case _:
                pass

    def _command(self, opcode: int, parameters: bytes) -> None:
        if opcode in _SCAN_ENABLE and parameters[0]:
            self._tell(What.SCANNING)
        elif opcode in _CONNECT:
            self._tell(What.CONNECTING)

    def _asked(self, opcode: int, parameters: bytes) -> None:
        if opcode == att.Opcode.ATT_HANDLE_VALUE_CONFIRMATION:
            return  # the stack's own answer to what came in
        if opcode not in _VALUE_REQUESTS | _WRITES:
            self._tell(What.SET_UP)
        elif opcode in _WRITES and not any(parameters[2:]):
            return  # an end of a subscription
        else:
            uuid = self._uuid(parameters)
            if uuid in CONTROL:
                self._tell(What.CONTROLLED)
            elif uuid in ROOM:
                self._tell(What.ROOM_ASKED)
            else:
                self._tell(What.HEALTH_ASKED if uuid in HEALTH else What.STATUS_ASKED)

    def _came(self, opcode: int, parameters: bytes) -> None:
        if opcode in _VALUES:
            uuid = self._uuid(parameters)
            if uuid in ROOM:
                self._tell(What.ROOM_CAME)
            else:
                self._tell(What.HEALTH_CAME if uuid in HEALTH else What.STATUS_CAME)

    def _uuid(self, parameters: bytes) -> str:
        return self._names()[int.from_bytes(parameters[:2], "little")]


class Hangs:
    """What hangs at present: ``stop`` (of a scan), ``connect``, ``disconnect``."""

    def __init__(self) -> None:
        self._hanging: dict[str, asyncio.Event] = {}
        self._hung: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return name in self._hanging

    def start(self, name: str) -> None:
        """Let it hang from now on."""
        self._hanging.setdefault(name, asyncio.Event())

    def end(self) -> None:
        """Let everything go on."""
        hanging, self._hanging = self._hanging, {}
        for event in hanging.values():
            event.set()

    def hung_once(self, name: str) -> bool:
        """Return whether something has hung in it."""
        return name in self._hung

    async def passed(self, name: str) -> None:
        """Wait until it does not hang."""
        if name in self._hanging:
            self._hung.add(name)
            await self._hanging[name].wait()


class Platform:
    """An open radio on a central of the simulation, as bleak wants it.

    Args:
        central: the bumble device.
        tell: told when something of it is made.
        hangs: what hangs.
    """

    def __init__(self, central: SimulatedDevice, tell: Tell, hangs: Hangs) -> None:
        class Scanner(BumbleScanner):
            adapter = adapter_of(central)

            def __init__(self, *args: Any, **options: Any) -> None:
                tell(What.OPENED)
                super().__init__(*args, **options)

            async def stop(self) -> None:
                await hangs.passed("stop")
                await super().stop()

        class Client(BumbleClient):
            adapter = adapter_of(central)

            def __init__(self, *args: Any, **options: Any) -> None:
                tell(What.OPENED)
                super().__init__(*args, **options)

            async def connect(self, pair: bool, **kwargs: Any) -> None:
                await hangs.passed("connect")
                await super().connect(pair, **kwargs)

            async def disconnect(self) -> None:
                await hangs.passed("disconnect")
                await super().disconnect()

        self._tell = tell
        self._scanner, self._client = Scanner, Client

    @property
    def scanner(self) -> type[BumbleScanner]:
        """The scanner's class. Whoever looks at it has begun to open the radio."""
        self._tell(What.OPENED)
        return self._scanner

    @property
    def client(self) -> type[BumbleClient]:
        """The client's class; see :attr:`scanner`."""
        self._tell(What.OPENED)
        return self._client

    async def aclose(self) -> None:
        """Do nothing: the world takes the central off the air."""


class StoreTap:
    """A store that tells what is put into it and taken out of it.

    It says that its calls are short, so that they run inline, and virtual time holds. After
    :meth:`drop` it behaves as one whose process has died: it keeps nothing more.
    """

    in_memory = True

    def __init__(
        self,
        inner: Store,
        *,
        shared: bool,
        kept: Callable[[Sequence[SealedReading]], None],
        tell: Tell,
        recorded: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self.shared = shared
        self.inner = inner
        self._kept = kept
        self._tell = tell
        self._recorded = recorded
        self._dropped = False

    def drop(self) -> None:
        """Do nothing any more, as when the process has died."""
        self._dropped = True

    @property
    def _at_work(self) -> Store:
        if self._dropped:
            raise StoreError("The process has died")
        return self.inner

    def append(self, build: BuildRow) -> LedgerRow:
        row = self._at_work.append(build)
        self._recorded(json.loads(row.entry))
        return row

    def rows(self, after: int = 0, *, limit: int | None = None) -> list[LedgerRow]:
        return self._at_work.rows(after, limit=limit)

    def head(self) -> int:
        return self._at_work.head()

    def put(self, record: SealedRecord, *, only_new: bool = False) -> bool:
        if record.kind == "device":
            self._tell(What.BOUND)
        return self._at_work.put(record, only_new=only_new)

    def get(self, kind: str, key: str) -> SealedRecord | None:
        return self._at_work.get(kind, key)

    def list(
        self, kind: str | None = None, subject_id: str | None = None
    ) -> Sequence[SealedRecord]:
        return self._at_work.list(kind, subject_id)

    def subject_ids(self) -> Sequence[str]:
        return self._at_work.subject_ids()

    def delete_subject(self, subject_id: str) -> int:
        return self._at_work.delete_subject(subject_id)

    def delete(self, kind: str, key: str) -> bool:
        return self._at_work.delete(kind, key)

    def append_readings(self, readings: Sequence[SealedReading]) -> int:
        new = self._at_work.append_readings(readings)
        self._kept(readings)
        return new

    def readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        after: int = 0,
        stored_from: int = 0,
        limit: int = 1000,
    ) -> Sequence[StoredReading]:
        self._tell(What.TAKEN_OUT)
        return self._at_work.readings(
            subject_id, device_key, after=after, stored_from=stored_from, limit=limit
        )

    def count_readings(self, subject_id: str, device_key: str | None = None) -> int:
        return self._at_work.count_readings(subject_id, device_key)

    def delete_readings(
        self,
        subject_id: str,
        device_key: str | None = None,
        *,
        stored_before: int | None = None,
    ) -> int:
        return self._at_work.delete_readings(subject_id, device_key, stored_before=stored_before)

    def renew_lease(self, holder: str, seen_seq: int) -> int:
        return self._at_work.renew_lease(holder, seen_seq)

    def holders(self) -> dict[str, Holder]:
        return self._at_work.holders()

    def drop_lease(self, holder: str, *, renewals: int | None = None) -> None:
        self._at_work.drop_lease(holder, renewals=renewals)

    def close(self) -> None:
        """Do nothing: the world opens and closes what is underneath."""
