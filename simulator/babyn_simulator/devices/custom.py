"""A GATT device of somebody's own, declared in a scenario instead of in Python."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from babyn_simulator.advertisement import Advertisement
from babyn_simulator.peripheral import Peripheral
from babyn_simulator.security import Pairing
from babyn_simulator.services import Characteristic, Service, Uuid

if TYPE_CHECKING:
    from bumble.keys import KeyStore

    from babyn_simulator.announcing import AddressType
    from babyn_simulator.devices.settings.custom import CharacteristicSettings, CustomSettings
    from babyn_simulator.entropy import Entropy
    from babyn_simulator.radio import Air


class CustomDevice(Peripheral):
    """A device with the services that its settings declare.

    Args:
        air: the medium.
        settings: what the scenario says of it.
        address_type: what kind of address it shows.
        entropy: where its random numbers come from.
        keystore: where it keeps its bonds.
    """

    def __init__(
        self,
        air: Air,
        settings: CustomSettings,
        *,
        address_type: AddressType | None,
        entropy: Entropy,
        keystore: KeyStore,
    ) -> None:
        self._values = [
            [DeclaredValue(item) for item in service.characteristic] for service in settings.service
        ]
        super().__init__(
            air,
            [
                Service(_uuid(service.uuid), [value.characteristic for value in values])
                for service, values in zip(settings.service, self._values, strict=True)
            ],
            name=settings.local_name,
            advertisement=advertisement_of(settings),
            pairing=Pairing(settings.pairing),
            address=settings.address,
            address_type=address_type,
            rotation=timedelta(minutes=settings.rotation_minutes),
            keystore=keystore,
            entropy=entropy,
            position=settings.place,
            behaviour=self._tell,
        )

    async def _tell(self, _self: Peripheral) -> None:
        """Go from value to value, and tell each."""
        async with asyncio.TaskGroup() as group:
            for values in self._values:
                for value in values:
                    if value.every is not None:
                        group.create_task(self._tell_one(value, value.every))

    async def _tell_one(self, value: DeclaredValue, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            value.advance()
            if value.characteristic.notify:
                await self.notify(value.characteristic, value.now)
            if value.characteristic.indicate:
                await self.indicate(value.characteristic, value.now)


class DeclaredValue:
    """The value of one characteristic, and the characteristic itself.

    Attributes:
        now: the value.
        every: seconds until the next, or ``None``.
        characteristic: what to give to a service.
    """

    def __init__(self, settings: CharacteristicSettings) -> None:
        self._series = [bytes.fromhex(value) for value in settings.values]
        self._next = 0
        self.now = bytes.fromhex(settings.value or "") or (settings.text or "").encode()
        self.every = settings.notify_every
        if self._series:
            self.advance()
        can = set(settings.properties)
        self.characteristic = Characteristic(
            _uuid(settings.uuid),
            read=self._read if "read" in can else None,
            write=self._take if can & {"write", "write-without-response"} else None,
            write_with_response="write" in can,
            write_without_response="write-without-response" in can,
            notify="notify" in can,
            indicate="indicate" in can,
            protected=settings.protected,
        )

    def advance(self) -> None:
        """Go to the next value, if there are several."""
        if self._series:
            self.now = self._series[self._next % len(self._series)]
            self._next += 1

    def _read(self) -> bytes:
        value = self.now
        if self.every is None:
            self.advance()
        return value

    def _take(self, value: bytes) -> None:
        self.now = value


def advertisement_of(settings: CustomSettings) -> Advertisement:
    """Return what a custom device tells everybody."""
    said = settings.advertisement
    return Advertisement(
        service_uuids=tuple(_uuid(uuid) for uuid in said.service_uuids),
        service_data={_uuid(uuid): bytes.fromhex(data) for uuid, data in said.service_data.items()},
        manufacturer_data={
            int(company, 16): bytes.fromhex(data)
            for company, data in said.manufacturer_data.items()
        },
        connectable=said.connectable,
        interval=settings.advertising_interval,
    )


def _uuid(text: str) -> Uuid:
    return text if "-" in text else int(text, 16)
