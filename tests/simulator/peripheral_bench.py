"""A peripheral with a secret, and what a central is answered there."""

from __future__ import annotations

from typing import Any

from bumble import att
from bumble.device import Connection

from babyn_simulator.peripheral import Characteristic, Pairing, Peripheral, Service
from babyn_simulator.radio import Air
from tests.simulator.virtual_bench import DEVICE, Central

SECRET = 0xFFF2
OPEN = 0xFFF3


class Vault:
    """A peripheral with one protected and one open characteristic."""

    def __init__(self, air: Air, pairing: Pairing, **options: Any) -> None:
        self.written: list[bytes] = []
        self.secret = Characteristic(
            SECRET, read=b"secret", write=self.written.append, indicate=True, protected=True
        )
        self.open = Characteristic(OPEN, read=b"open", notify=True)
        self.peripheral = Peripheral(
            air,
            [Service(0xFFF0, [self.secret, self.open])],
            name="Vault",
            address=DEVICE,
            pairing=pairing,
            **options,
        )


async def central_on(air: Air, **options: Any) -> Central:
    """Return a central that is switched on."""
    central = Central(air, **options)
    await central.device.power_on()
    return central


async def error_of(work: Any) -> int | None:
    """Return the ATT error that a request is answered with, or ``None``."""
    try:
        await work
    except att.ATT_Error as error:
        return error.error_code
    return None


async def attempts(central: Central, connection: Connection) -> list[int | None]:
    """Read, write and subscribe to the secret; return how each is answered."""
    secret = await central.characteristic(connection, SECRET)
    return [
        await error_of(secret.read_value()),
        await error_of(secret.write_value(b"x", with_response=True)),
        await error_of(secret.subscribe()),
    ]
