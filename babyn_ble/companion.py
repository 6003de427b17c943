"""The front door: owns store, gate and radio, and hands out sightings, devices and sessions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from babyn_ble.binding import (
    DEVICE_KIND,
    BoundDevice,
    VaultBonds,
    read_make,
    require_known_profile,
    undo_pairing,
)
from babyn_ble.clock import RunningClock
from babyn_ble.discovery import (
    Recognise,
    ScanCounts,
    Sighting,
    discover,
    find,
    has_address,
    is_wanted,
    offers_known_service,
)
from babyn_ble.errors import (
    BabynError,
    ConsentRequiredError,
    DeviceNotFoundError,
    DisconnectedError,
    DisconnectReason,
    NotSetUpError,
)
from babyn_ble.inspection import Inspection, inspect
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.keys import KeyProvider, Keys
from babyn_ble.privacy.purposes import Category, Operation, Purpose, RadioKind
from babyn_ble.radio_providers import RadioBackend, parse_radio
from babyn_ble.readings import Reading
from babyn_ble.session import Session
from babyn_ble.sources import open_profile
from babyn_ble.store.writer import StoreWriter
from babyn_protocol import gatt

if TYPE_CHECKING:
    from os import PathLike

    from babyn_ble.privacy.permits import Permit
    from babyn_ble.privacy.subjects import Subject
    from babyn_ble.radio import BLEDevice, Connection, EstablishConnection, Radio
    from babyn_ble.store import Store

__all__ = ["Act", "Companion", "Unbound"]

_LOGGER = logging.getLogger(__name__)

FIND_TIMEOUT = 15.0
"""Seconds for which a known device is looked for before it counts as not found."""


class Act(Enum):
    """What a program is about to do, as the gate's question."""

    SCAN = (Purpose.BINDING, Category.SIGHTING, Operation.COLLECT)
    CONNECT = (Purpose.BINDING, Category.DEVICE_LINK, Operation.USE)
    REMEMBER = (Purpose.BINDING, Category.DEVICE_IDENTIFIER, Operation.STORE)
    STATUS = (Purpose.BINDING, Category.DEVICE_STATUS, Operation.COLLECT)
    CONTROL = (Purpose.BINDING, Category.DEVICE_STATUS, Operation.USE)
    READ = (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT)
    KEEP = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.STORE)
    LOOK_BACK = (Purpose.HISTORY_STORAGE, Category.HEALTH, Operation.USE)
    SHARE = (Purpose.SHARING, Category.HEALTH, Operation.TRANSMIT)


@dataclass(frozen=True, slots=True)
class Unbound:
    """What unbinding a device removed.

    Attributes:
        bond_removed: whether this side's bond is gone. Where only the system's Bluetooth
            settings can remove it, or may not be asked, it is not.
        readings_erased: how many stored readings were erased.
    """

    bond_removed: bool
    readings_erased: int


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
    ) -> None:
        kind = parse_radio(radio)[0] if isinstance(radio, str) else RadioKind.SIM
        self._clock = RunningClock()
        self._store = store
        opened_keys = Keys.open(store, keys)
        self.consent = ConsentRegister.open(store, opened_keys, clock=self._clock)
        """Notices, grants, withdrawals."""
        self.gate = Gate(self.consent, radio=kind)
        """Says whether an act is allowed; asked before each."""
        self.vault = self.consent.vault
        """Sealed records, for what belongs to this companion."""
        self._bonds = VaultBonds(self.vault)
        self.scan_counts = ScanCounts()
        """What the newest scan kept and dropped."""
        self.short_id: Callable[[bytes | str], str] = opened_keys.short_id
        """Makes the short id that stands for an address in ids, errors and logs."""
        self._radio_argument = radio
        self._radio_kind = kind
        self._subject_id = subject
        self._establish = establish_connection
        self._radio: Radio | None = None
        self._radio_lock = asyncio.Lock()
        self._writer: StoreWriter | None = None

    @classmethod
    def open(
        cls,
        store: Store | str | PathLike[str] | None = None,
        *,
        radio: str | RadioBackend = "os",
        subject: str | None = None,
        keys: KeyProvider | None = None,
        establish_connection: EstablishConnection | None = None,
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

        Raises:
            StoreError: the store cannot be opened.
            ValueError: the radio argument names no kind of radio.
        """
        from babyn_ble.data_dir import open_store

        if isinstance(radio, str):
            parse_radio(radio)
        opened, its_keys = open_store(store)
        try:
            return cls(
                opened,
                keys or its_keys,
                radio=radio,
                subject=subject,
                establish_connection=establish_connection,
            )
        except BaseException:
            opened.close()
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
            await self.gate.aclose()
            radio, self._radio = self._radio, None
            if radio is not None:
                await radio.aclose()
            if self._writer is not None:
                await self._writer.aclose()
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
        chosen = self._subject_id
        if chosen is None:
            known = self.consent.subjects()
            if len(known) != 1:
                raise NotSetUpError(
                    "More than one subject is set up here; say whose data it is"
                    if known
                    else "Nobody is set up here yet; name who is responsible, for whom, and "
                    "who may consent"
                )
            chosen = known[0]
        return self.consent.subject(chosen)

    def require(self, act: Act, *, recipient: str | None = None) -> None:
        """Ask whether an act is allowed now, without doing it.

        Raises:
            ConsentRequiredError: it is not.
        """
        self._permit(act, recipient).release()

    # Discovery

    def scan(self, *, timeout: float | None = 10.0) -> AsyncGenerator[Sighting, None]:
        """Yield each device in reach that can be read, once, as it is first seen.

        Args:
            timeout: seconds to scan for; ``None`` scans until the iteration is given up.

        Raises:
            ConsentRequiredError: location and Bluetooth are not both agreed to, or no longer.
            BluetoothUnavailableError: the radio cannot scan.
        """
        return self._scan(offers_known_service, timeout)

    async def find(self, wanted: str, *, timeout: float = FIND_TIMEOUT) -> Sighting:
        """Return the device whose short id, address or advertised name is ``wanted``.

        Raises:
            DeviceNotFoundError: it was not seen in time.
            ConsentRequiredError, BluetoothUnavailableError: as :meth:`scan`.
        """
        return await self._find(is_wanted(wanted, self.short_id), timeout)

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
        async with self._connected(target) as (connection, _link):
            if pair:
                await connection.pair()
            try:
                return await inspect(connection, self._may_read)
            finally:
                if pair:
                    await undo_pairing(connection)

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
        known = self._bound_at(_address(target))
        if known is not None:
            return known
        with self._permit(Act.REMEMBER) as remember:
            async with self._connected(target) as (connection, _link):
                require_known_profile(connection)
                before = set(await self._bonds.names())
                try:
                    if pair:
                        await connection.pair()
                    made = sorted(set(await self._bonds.names()) - before)
                    device = await self._identified(target, connection, pair, tuple(made))
                    remember.check()
                    self.vault.put(DEVICE_KIND, device.id, device, subject_id=device.subject)
                except BaseException:
                    if pair:
                        await undo_pairing(connection)
                    raise
        _LOGGER.info("Device %s was bound%s", device.id, " and paired" if pair else "")
        return device

    def devices(self) -> tuple[BoundDevice, ...]:
        """Return the bound devices of this subject, oldest first."""
        found = self.vault.list(DEVICE_KIND, BoundDevice, subject_id=self.subject.subject_id)
        return tuple(sorted(found, key=lambda device: (device.bound_at, device.id)))

    def device(self, id: str) -> BoundDevice:  # noqa: A002 - the field's word
        """Return a bound device by its short id, or by the beginning of it.

        Raises:
            DeviceNotFoundError: none, or more than one, begins so.
        """
        found = [device for device in self.devices() if device.id.startswith(id)]
        if len(found) == 1:
            return found[0]
        raise DeviceNotFoundError(
            "No device of that id is bound; list the bound devices to see theirs"
            if not found
            else "More than one bound device begins so; give more of the id"
        )

    async def unbind(self, device: BoundDevice, *, keep_readings: bool = False) -> Unbound:
        """Forget a device, its bond and its stored readings. Needs no consent and no radio.

        Args:
            device: as :meth:`devices` returned it.
            keep_readings: keep what was stored of it.

        Raises:
            DeviceNotFoundError: it is not bound (any more).
        """
        if not self.vault.delete(DEVICE_KIND, device.id):
            raise DeviceNotFoundError("The device is not bound; there is nothing to unbind")
        erased = 0
        if not keep_readings:
            erased = self.vault.delete_readings(device.subject, device.id)
        for name in device.bonds:
            await self._bonds.delete(name)
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
        target = ble_device or (await self._find(has_address(device.address), FIND_TIMEOUT))
        async with self._connected(target) as (connection, link):
            session = Session(
                connection,
                device,
                gate=self.gate,
                clock=self._clock,
                testing=self.subject.testing,
                keep=partial(self._keep, device),
                drain=self._drain,
            )
            _LOGGER.info("Session with device %s opened", device.id)
            try:
                await session.start(link)
                yield session
            finally:
                await session.aclose()
                _LOGGER.info(
                    "Session with device %s closed; %d readings stored", device.id, session.stored
                )

    def history(self, device: BoundDevice) -> tuple[Reading, ...]:
        """Return the stored readings of a device, oldest first.

        Raises:
            ConsentRequiredError: keeping a history is not agreed to (any more).
        """
        with self._permit(Act.LOOK_BACK):
            rows = self.vault.readings(device.subject, device.id)
            return tuple(Reading.from_dict(row) for row in rows)

    def count_history(self, device: BoundDevice) -> int:
        """Return how many readings of a device are stored, without looking at any."""
        return self.vault.count_readings(device.subject, device.id)

    # Inside, permission.

    def _permit(self, act: Act, recipient: str | None = None) -> Permit:
        purpose, category, operation = act.value
        return self.gate.permit(
            self.subject.subject_id, purpose, category, operation, recipient=recipient
        )

    def _may_read(self, uuid: str) -> str | None:
        known = gatt.characteristic(uuid)
        if known is None and not self.subject.testing:
            return "not read: unknown here"
        act = Act.READ if known is not None and known.personal else Act.STATUS
        try:
            self.require(act)
        except ConsentRequiredError:
            return "not read: not agreed to"
        return None

    # Inside, the radio.

    async def _opened_radio(self, permit: Permit) -> Radio:
        """Open the radio, once. Only a permit opens it: this is where bleak is imported."""
        async with self._radio_lock:
            permit.check()
            if self._radio is None:
                from babyn_ble.radio import Radio

                self._radio = await Radio.open(
                    self._radio_argument,
                    bonds=self._bonds,
                    establish=self._establish,
                )
            return self._radio

    async def _scan(
        self, recognise: Recognise, timeout: float | None
    ) -> AsyncGenerator[Sighting, None]:
        self.scan_counts = ScanCounts()
        with self._permit(Act.SCAN) as permit:
            radio = await self._opened_radio(permit)
            _LOGGER.info("Scanning")
            sightings = discover(
                radio, permit, recognise, self.short_id, timeout=timeout, counts=self.scan_counts
            )
            async with contextlib.aclosing(sightings):
                async for sighting in sightings:
                    yield sighting

    async def _find(self, recognise: Recognise, timeout: float) -> Sighting:
        with self._permit(Act.SCAN) as permit:
            radio = await self._opened_radio(permit)
            return await find(radio, permit, recognise, self.short_id, timeout=timeout)

    @contextlib.asynccontextmanager
    async def _connected(
        self, target: Sighting | BLEDevice
    ) -> AsyncGenerator[tuple[Connection, Permit], None]:
        """Connect for the length of a context, under a permit that closes the link if it dies."""
        with self._permit(Act.CONNECT) as link:
            radio = await self._opened_radio(link)
            device = target.ble_device if isinstance(target, Sighting) else target
            connection = await _cancellable(link, radio.connect(device, before_attempt=link.check))
            link.guard("link", connection.close)
            try:
                yield connection, link
            except DisconnectedError:
                if link.died:
                    link.check()  # the link is gone because the permit is: say that
                raise
            finally:
                with contextlib.suppress(BabynError):
                    await connection.close()

    async def _identified(
        self,
        target: Sighting | BLEDevice,
        connection: Connection,
        paired: bool,
        bonds: tuple[str, ...],
    ) -> BoundDevice:
        make = await read_make(connection)
        return BoundDevice(
            id=self.short_id(_address(target)),
            subject=self.subject.subject_id,
            model=open_profile.model_of(frozenset(s.uuid for s in connection.services)),
            name=target.name,
            address=_address(target),
            services=tuple(service.uuid for service in connection.services),
            paired=paired,
            bonds=bonds,
            bound_at=self._clock.now(),
            manufacturer=make.manufacturer,
            model_number=make.model_number,
            firmware=make.firmware,
        )

    def _bound_at(self, address: str) -> BoundDevice | None:
        for device in self.devices():
            if device.address.casefold() == address.casefold():
                return device
        return None

    # Inside, the store.

    async def _run(self, call: Callable[[], object]) -> None:
        if self._writer is None:
            self._writer = StoreWriter(self._store, self._clock)
        await self._writer.run(call)

    async def _keep(self, device: BoundDevice, readings: list[Reading]) -> None:
        rows = [reading.as_dict() for reading in readings]
        await self._run(lambda: self.vault.append_readings(device.subject, device.id, rows))

    async def _drain(self) -> None:
        await self._run(lambda: None)


def _address(target: Sighting | BLEDevice) -> str:
    return target.ble_device.address if isinstance(target, Sighting) else target.address


async def _cancellable(link: Permit, connecting: Coroutine[None, None, Connection]) -> Connection:
    """Await a connection that a withdrawal, or the caller's cancellation, ends at once."""
    attempt = asyncio.create_task(connecting, name="connect")

    async def stop() -> None:
        attempt.cancel()
        await asyncio.wait({attempt})

    link.guard("connect", stop)
    try:
        await asyncio.wait({attempt})
    except asyncio.CancelledError:
        await stop()
        if not attempt.cancelled() and attempt.exception() is None:
            await attempt.result().close()
        raise
    if attempt.cancelled():
        if link.died:
            link.check()
        raise DisconnectedError(
            "The attempt to connect was given up; try again", reason=DisconnectReason.CLOSED
        )
    return attempt.result()
