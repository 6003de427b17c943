"""The front door: owns store, gate and radio, and hands out sightings, devices and sessions."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from babyn_ble.advertised import UNSEEN
from babyn_ble.bound_devices import BoundDevices, Unbound
from babyn_ble.clock import RunningClock
from babyn_ble.discovery import (
    ScanCounts,
    Sighting,
    has_address,
    is_wanted,
    offers_known_service,
)
from babyn_ble.history import History
from babyn_ble.inspection import Inspection, inspect
from babyn_ble.platform_probe import platform_probe
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.background import Background, is_attended
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.key_providers import KeyProvider
from babyn_ble.privacy.keys import Keys
from babyn_ble.privacy.platform import PlatformProbe, on_android
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.privacy.rights.retention import Sweeper
from babyn_ble.radio_access import RadioAccess, ble_device_of, open_radio
from babyn_ble.radio_conditions import RadioConditions
from babyn_ble.radio_providers import RadioBackend, parse_radio
from babyn_ble.readings import Reading
from babyn_ble.session import Session
from babyn_ble.subject_gate import SubjectGate

if TYPE_CHECKING:
    from os import PathLike

    from babyn_ble.binding import BoundDevice
    from babyn_ble.privacy.checkpoints import CheckpointPlace
    from babyn_ble.privacy.sidecar import Sidecar
    from babyn_ble.privacy.subjects import Subject
    from babyn_ble.radio import BLEDevice, EstablishConnection
    from babyn_ble.store import Store

__all__ = ["Companion", "Unbound"]

_LOGGER = logging.getLogger(__name__)

FIND_TIMEOUT = 15.0
"""Seconds for which a known device is looked for before it counts as not found."""


class Companion:
    """Discovers, binds and reads BabyN devices and standard ones, with consent.

    Made by :meth:`open`; ``async with`` closes all of it. Nothing touches Bluetooth before the
    gate has said yes.
    """

    def __init__(
        self,
        store: Store,
        keys: KeyProvider,
        *,
        radio: str | RadioBackend = "os",
        subject: str | None = None,
        establish_connection: EstablishConnection | None = None,
        checkpoints: Sequence[CheckpointPlace] = (),
        sidecar: Sidecar | None = None,
        attended: bool | None = None,
        probe: PlatformProbe | None = None,
    ) -> None:
        kind = parse_radio(radio)[0] if isinstance(radio, str) else RadioKind.SIM
        self._clock = RunningClock()
        self._store = store
        opened_keys = Keys.open(store, keys)
        self.consent = ConsentRegister.open(
            store, opened_keys, clock=self._clock, places=checkpoints, sidecar=sidecar
        )
        """Notices, grants, withdrawals."""
        self.gate = Gate(self.consent, radio=kind)
        """Says whether an act is allowed; asked before each."""
        self.vault = self.consent.vault
        """Sealed records, for what belongs to this companion."""
        self.retention = Sweeper(self.vault)
        """How long things are kept; deletes what is past its time."""
        if self.consent.fault is None:
            self.consent.end_overtaken()
        self._sweep()
        self.short_id: Callable[[bytes | str], str] = opened_keys.short_id
        """Makes the short id that stands for an address in ids, errors and logs."""
        # On Android the radio's library asks for the background permission by itself.
        attended = is_attended(radio) if attended is None else attended
        attended = attended and not (kind is RadioKind.OS and on_android())
        self._subject_gate = SubjectGate(self.gate, self.consent, subject, attended=attended)

        self._devices = BoundDevices(self.consent, self._subject_gate, self.short_id)
        self.background = Background(
            self.consent,
            lambda: self._subject_gate.permit(Act.CONNECT_UNATTENDED),
            lambda: self.gate.holder,
        )
        """What is done while nobody is there."""
        conditions = RadioConditions(
            self.consent,
            self.background,
            (probe or platform_probe()) if kind is RadioKind.OS else None,
            self._subject_gate,
        )
        self._access = RadioAccess(
            kind,
            partial(open_radio, radio, bonds=self._devices.bonds, establish=establish_connection),
            self._subject_gate.permit,
            self.short_id,
            attended=attended,
            before_use=conditions.require,
        )
        self._history = History(self.vault, store, self._clock)

    @classmethod
    def open(
        cls,
        store: Store | str | PathLike[str] | None = None,
        *,
        radio: str | RadioBackend = "os",
        subject: str | None = None,
        keys: KeyProvider | None = None,
        establish_connection: EstablishConnection | None = None,
        attended: bool | None = None,
        probe: PlatformProbe | None = None,
        checkpoints: Sequence[CheckpointPlace] | None = None,
    ) -> Companion:
        """Open store, keys and ledger; needs no event loop and no radio.

        Args:
            store: a directory, or a store of the host's own; ``None`` is the user's data
                directory. A directory needs the extra ``store``.
            radio: ``os``, ``sim:SCENARIO``, ``hci:TRANSPORT``, or an open simulated radio.
            subject: id of the subject whose data this is; ``None`` is the only one there is.
            keys: where the master key is; ``None`` is a file beside the store, and for a
                host's own store one that lives as long as the process.
            establish_connection: replaces ``bleak_retry_connector.establish_connection``.
            attended: whether a person is at the program. Without one, searching and connecting
                need the consent *background collection* besides, and are written down.
                ``None``: there is one if a terminal is at either end of the program, or the
                radio is simulated. A program with a window says ``True``.
            probe: looks at what the platform allows; ``None`` is that of this platform. An
                Android app hands in its own.
            checkpoints: where those of the ledger are kept; ``None`` is beside the key file, and
                for a host's own store nowhere.

        Raises:
            StoreError: the store cannot be opened.
            ValueError: the radio argument names no kind of radio.
        """
        from babyn_ble.data_dir import open_places

        if isinstance(radio, str):
            parse_radio(radio)
        places = open_places(store, keys)
        try:
            return cls(
                places.store,
                places.keys,
                radio=radio,
                subject=subject,
                establish_connection=establish_connection,
                sidecar=places.sidecar,
                attended=attended,
                probe=probe,
                checkpoints=places.checkpoints if checkpoints is None else checkpoints,
            )
        except BaseException:
            places.store.close()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every scan and session, give the radio back, close the store."""
        try:
            await self.background.aclose()
            await self.gate.aclose()
            await self._access.aclose()
            await self._history.aclose()
            await self.consent.aclose()
        finally:
            self.close()

    def close(self) -> None:
        """Close the store; enough where no event loop ever ran."""
        self._store.close()

    @property
    def subject(self) -> Subject:
        """Whose data this is.

        Raises:
            NotSetUpError: nobody was named yet, or there are several and none was chosen.
        """
        return self._subject_gate.subject

    @property
    def scan_counts(self) -> ScanCounts:
        """What the newest scan kept and dropped."""
        return self._access.scan_counts

    def require(self, act: Act, *, recipient: str | None = None) -> None:
        """Ask whether an act is allowed now, without doing it.

        Raises:
            ConsentRequiredError: it is not.
        """
        self._subject_gate.require(act, recipient=recipient)

    # Discovery

    def scan(self, *, timeout: float | None = 10.0) -> AsyncGenerator[Sighting, None]:
        """Yield each device in reach that can be read, once, as it is first seen.

        Args:
            timeout: seconds to scan for; ``None`` scans until the iteration is given up.

        Raises:
            ConsentRequiredError: location and Bluetooth are not both agreed to, or no longer.
            BluetoothUnavailableError: the radio cannot scan.
        """
        return self._access.scan(offers_known_service, timeout)

    async def find(self, wanted: str, *, timeout: float = FIND_TIMEOUT) -> Sighting:
        """Return the device whose short id, address or advertised name is ``wanted``.

        Raises:
            DeviceNotFoundError: it was not seen in time.
            ConsentRequiredError, BluetoothUnavailableError: as :meth:`scan`.
        """
        return await self._access.find(is_wanted(wanted, self.short_id), timeout)

    async def inspect(self, target: Sighting | BLEDevice, *, pair: bool = False) -> Inspection:
        """Connect to a device, walk its GATT tree, and read what may be read.

        Values that identify the unit are never read. For a child, what is unknown is listed
        and not read; measurements are read only if that was agreed to.

        Args:
            target: a sighting, or a device that the host's own scanner found.
            pair: pair for the length of the inspection, and forget the bond afterwards.

        Raises:
            ConsentRequiredError: Bluetooth has not been agreed to.
            DeviceNotFoundError, DisconnectedError, RejectedError: the device.
        """
        async with self._access.connected(target) as (connection, _link):
            found = await inspect(connection, self._subject_gate.why_not_read, pair=pair)
        seen = target.advertisement if isinstance(target, Sighting) else UNSEEN
        return replace(found, advertisement=seen)

    # Binding

    async def bind(
        self,
        target: Sighting | BLEDevice,
        setup_code: str | None = None,
        *,
        pair: bool = True,
    ) -> BoundDevice:
        """Pair with a device, once, here and nowhere else, and remember it.

        Binding a device that is bound already returns it as it is.

        Args:
            target: a sighting, or a device that the host's own scanner found.
            setup_code: the code on the label of a device with BabyN Link; the open profile
                has none.
            pair: ``False`` for a device that does not pair.

        Raises:
            ConsentRequiredError: Bluetooth has not been agreed to.
            RejectedError: the device refused to pair, or has no service that is known here.
            DeviceNotFoundError, DisconnectedError: it is gone.
        """
        if setup_code is not None:
            raise ValueError("a device in the open profile has no setup code; leave it out")
        known = self._devices.at(ble_device_of(target).address)
        if known is not None:
            return known
        with self._subject_gate.permit(Act.REMEMBER) as remember:
            async with self._access.connected(target) as (connection, _link):
                device = await self._devices.bind(connection, remember, name=target.name, pair=pair)
        _LOGGER.info("Device %s was bound%s", device.id, " and paired" if pair else "")
        return device

    def devices(self) -> tuple[BoundDevice, ...]:
        """Return the bound devices of this subject, oldest first."""
        return self._devices.all()

    def device(self, id: str) -> BoundDevice:  # noqa: A002 - the field's word
        """Return a bound device by its short id, or by the beginning of it.

        Raises:
            DeviceNotFoundError: none, or more than one, begins so.
        """
        return self._devices.one(id)

    async def unbind(self, device: BoundDevice, *, keep_readings: bool = False) -> Unbound:
        """Forget a device, its bond and its stored readings. Needs no consent and no radio.

        Args:
            device: as :meth:`devices` returned it.
            keep_readings: keep what was stored of it.

        Raises:
            DeviceNotFoundError: it is not bound (any more).
            StoreError: a law forbids to delete anything of this subject.
        """
        self._devices.forget(device)
        self.retention.forgotten(device)
        erased = 0
        if not keep_readings:
            erased = self._history.erase(device)
        for name in device.bonds:
            await self._devices.bonds.delete(name)
        _LOGGER.info("Device %s was unbound; %d stored readings erased", device.id, erased)
        return Unbound(bond_removed=bool(device.bonds) or not device.paired, readings_erased=erased)

    # Sessions

    @contextlib.asynccontextmanager
    async def connect(
        self, device: BoundDevice, *, ble_device: BLEDevice | None = None
    ) -> AsyncGenerator[Session, None]:
        """Connect to a bound device for the length of a context. This never pairs.

        Args:
            device: as :meth:`bind` or :meth:`devices` returned it.
            ble_device: where it is, if the host's own scanner knows: then nothing is
                scanned here, and location need not be agreed to.

        Raises:
            ConsentRequiredError: Bluetooth (and to look for it, location) is not agreed to.
            DeviceNotFoundError: it was not seen, or does not answer.
            DisconnectedError, RejectedError: the device.
        """
        target = ble_device or (await self._access.find(has_address(device.address), FIND_TIMEOUT))
        async with self._access.connected(target, device=device.id) as (connection, link):
            self._sweep()
            self.retention.used(device, self._clock.now())
            session = Session(
                connection,
                device,
                gate=self.gate,
                clock=self._clock,
                testing=self.subject.testing,
                keep=partial(self._history.keep, device),
                drain=self._history.drain,
            )
            async with contextlib.aclosing(session):
                await session.start(link)
                yield session

    def history(self, device: BoundDevice) -> tuple[Reading, ...]:
        """Return the stored readings of a device, oldest first.

        Raises:
            ConsentRequiredError: keeping a history is not agreed to (any more).
        """
        permit = self._subject_gate.permit
        with permit(Act.LOOK_BACK), permit(Act.LOOK_BACK_ROOM):
            return tuple(self._history.read(device))

    def count_history(self, device: BoundDevice) -> int:
        """Return how many readings of a device are stored, without looking at any."""
        return self._history.count(device)

    # Inside

    def _sweep(self) -> None:
        """Delete what is past its time, once a day. A damaged ledger names no subjects."""
        if self.consent.fault is None:
            self.retention.sweep_daily(
                self.consent.subjects(), self.consent.held(), self._clock.now()
            )
