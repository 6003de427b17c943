"""The front door: owns store, gate and radio, and hands out sightings, devices and sessions."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from babyn_ble.advertised import NOT_SCANNED, AdvertisementCheck, check_advertisement
from babyn_ble.binding import (
    DEVICE_KIND,
    BoundDevice,
    VaultBonds,
    described,
    require_known_profile,
    undo_pairing,
)
from babyn_ble.clock import RunningClock
from babyn_ble.discovery import (
    ScanCounts,
    Sighting,
    has_address,
    is_wanted,
    offers_known_service,
)
from babyn_ble.errors import (
    ConsentRequiredError,
    DeviceNotFoundError,
    NotSetUpError,
    StoreError,
)
from babyn_ble.history import History
from babyn_ble.inspection import Inspection, inspect
from babyn_ble.platform_probe import platform_probe
from babyn_ble.privacy.acts import UNATTENDED, Act
from babyn_ble.privacy.background import Background
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.gate import Gate
from babyn_ble.privacy.keys import KeyProvider, Keys
from babyn_ble.privacy.platform import PlatformProbe, on_android, require_allowed
from babyn_ble.privacy.purposes import Category, RadioKind
from babyn_ble.privacy.rights.retention import Sweeper
from babyn_ble.radio_access import RadioAccess, address_of
from babyn_ble.radio_providers import RadioBackend, parse_radio
from babyn_ble.readings import Reading
from babyn_ble.session import Session
from babyn_ble.sources.measurements import category_of
from babyn_protocol import gatt

if TYPE_CHECKING:
    from os import PathLike

    from babyn_ble.privacy.checkpoints import CheckpointPlace
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.privacy.sidecar import Sidecar
    from babyn_ble.privacy.subjects import Subject
    from babyn_ble.radio import BLEDevice, EstablishConnection, Radio
    from babyn_ble.store import Store

__all__ = ["Companion", "Unbound"]

_LOGGER = logging.getLogger(__name__)

FIND_TIMEOUT = 15.0
"""Seconds for which a known device is looked for before it counts as not found."""


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
        checkpoints: Sequence[CheckpointPlace] = (),
        sidecar: Sidecar | None = None,
        attended: bool = True,
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
        self._sweep()
        self._bonds = VaultBonds(self.vault, lambda: self.subject.subject_id)
        self.short_id: Callable[[bytes | str], str] = opened_keys.short_id
        """Makes the short id that stands for an address in ids, errors and logs."""
        self._subject_id = subject

        async def open_radio() -> Radio:
            from babyn_ble.radio import Radio

            return await Radio.open(radio, bonds=self._bonds, establish=establish_connection)

        self.background = Background(
            self.consent, lambda: self._permit(Act.CONNECT_UNATTENDED), lambda: self.gate.holder
        )
        """What is done while nobody is there."""
        self._probe = (probe or platform_probe()) if kind is RadioKind.OS else None
        # On Android the radio's library asks for the background permission by itself.
        self._attended = attended and not (kind is RadioKind.OS and on_android())
        self._access = RadioAccess(
            kind,
            open_radio,
            self._ask_for_radio,
            self.short_id,
            attended=self._attended,
            before_use=self._before_radio,
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
        attended: bool = True,
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
            attended: whether a person is at the program. A service says ``False``: searching
                and connecting then need the consent *background collection* besides, and are
                written down.
            probe: looks at what the platform allows; ``None`` is that of this platform. An
                Android app hands in its own.
            checkpoints: where those of the ledger are kept; ``None`` is beside the key file, and
                for a host's own store nowhere.

        Raises:
            StoreError: the store cannot be opened.
            ValueError: the radio argument names no kind of radio.
        """
        from babyn_ble.data_dir import checkpoint_places, open_store, sidecar

        if isinstance(radio, str):
            parse_radio(radio)
        opened, its_keys = open_store(store)
        provider = keys or its_keys
        try:
            return cls(
                opened,
                provider,
                radio=radio,
                subject=subject,
                establish_connection=establish_connection,
                sidecar=sidecar(store),
                attended=attended,
                probe=probe,
                checkpoints=checkpoint_places(store, provider)
                if checkpoints is None
                else checkpoints,
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

    @property
    def scan_counts(self) -> ScanCounts:
        """What the newest scan kept and dropped."""
        return self._access.scan_counts

    def require(self, act: Act, *, recipient: str | None = None) -> None:
        """Ask whether an act is allowed now, without doing it.

        Raises:
            ConsentRequiredError: it is not.
        """
        if not self._attended:
            act = UNATTENDED.get(act, act)
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
            if pair:
                await connection.pair()
            try:
                found = await inspect(connection, self._may_read)
            finally:
                if pair:
                    await undo_pairing(connection)
        seen = target.advertisement if isinstance(target, Sighting) else None
        if not isinstance(target, Sighting) or seen is None:
            return replace(found, advertisement=AdvertisementCheck(not_seen=(NOT_SCANNED,)))
        return replace(found, advertisement=check_advertisement(target.ble_device, seen))

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
        known = self._bound_at(address_of(target))
        if known is not None:
            return known
        with self._permit(Act.REMEMBER) as remember:
            async with self._access.connected(target) as (connection, _link):
                require_known_profile(connection)
                before = set(await self._bonds.names())
                try:
                    if pair:
                        await connection.pair()
                    made = sorted(set(await self._bonds.names()) - before)
                    device = await described(
                        connection,
                        id_=self.short_id(connection.address),
                        address=connection.address,
                        name=target.name,
                        subject=self.subject.subject_id,
                        bonds=tuple(made),
                        paired=pair,
                        now=self._clock.now(),
                    )
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
            StoreError: a law forbids to delete anything of this subject.
        """
        if self.consent.is_held(device.subject):
            raise StoreError(
                "A legal hold forbids to delete anything here, so the device stays; withdraw "
                "the consents, and nothing is done with it"
            )
        if not self.vault.delete(DEVICE_KIND, device.id, subject_id=device.subject):
            raise DeviceNotFoundError("The device is not bound; there is nothing to unbind")
        self.retention.forgotten(device)
        erased = 0
        if not keep_readings:
            erased = self._history.erase(device)
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
        with self._permit(Act.LOOK_BACK), self._permit(Act.LOOK_BACK_ROOM):
            return tuple(self._history.read(device))

    def count_history(self, device: BoundDevice) -> int:
        """Return how many readings of a device are stored, without looking at any."""
        return self._history.count(device)

    # Inside, retention.

    def _sweep(self) -> None:
        """Delete what is past its time, once a day. A damaged ledger names no subjects."""
        if self.consent.fault is None:
            self.retention.sweep_daily(
                self.consent.subjects(), self.consent.held(), self._clock.now()
            )

    # Inside, permission.

    def _ask_for_radio(self, act: Act, *, device: str | None = None) -> Permit:
        return self._permit(act, device=device)

    async def _before_radio(self, permit: Permit) -> None:
        if self._probe is not None:
            evidence = self.consent.platform = await self._probe.snapshot()
            require_allowed(evidence, scanning=permit.act.category is Category.SIGHTING)
        if not self._attended:
            await self.background.begin(self.subject.subject_id)

    def _permit(self, act: Act, recipient: str | None = None, device: str | None = None) -> Permit:
        purpose, category, operation = act.value
        return self.gate.permit(
            self.subject.subject_id,
            purpose,
            category,
            operation,
            recipient=recipient,
            device=device,
        )

    def _may_read(self, uuid: str) -> str | None:
        known = gatt.characteristic(uuid)
        if known is None and not self.subject.testing:
            return "not read: unknown here"
        act = Act.STATUS
        if known is not None and known.personal:
            of_room = category_of(known.message) is Category.ENVIRONMENT
            act = Act.READ_ROOM if of_room else Act.READ
        try:
            self.require(act)
        except ConsentRequiredError:
            return "not read: not agreed to"
        return None

    def _bound_at(self, address: str) -> BoundDevice | None:
        for device in self.devices():
            if device.address.casefold() == address.casefold():
                return device
        return None
