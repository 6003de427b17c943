"""On a link that is up, every request asks again; what only ends something does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest

from babyn_ble import Companion, ConsentRenewalRequiredError
from babyn_ble.binding import VaultBonds
from babyn_ble.connection import Characteristic, Connection
from babyn_ble.privacy.acts import Act
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import RadioKind
from babyn_ble.radio import Radio
from babyn_ble.radio_access import RadioAccess
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator.clock import VirtualTimeLoop
from babyn_simulator.nursery import Nursery
from tests.client.steps import first, opened

pytestmark = pytest.mark.asyncio


def found(connection: Connection, uuid: str) -> Characteristic:
    characteristic = connection.characteristic(uuid)
    assert characteristic is not None
    return characteristic


def heard(_value: bytes) -> None:
    """Take what is notified."""


REQUESTS: dict[str, Callable[[Connection], Awaitable[object]]] = {
    "pair": lambda link: link.pair(),
    "read": lambda link: link.read(found(link, Uuids.MANUFACTURER_NAME_STRING)),
    "write": lambda link: link.write(found(link, Uuids.CURRENT_TIME), bytes(10)),
    "subscribe": lambda link: link.subscribe(found(link, Uuids.TEMPERATURE_MEASUREMENT), heard),
}
"""Everything that asks the peer for something."""


@asynccontextmanager
async def linked(
    nursery: Nursery,
) -> AsyncGenerator[tuple[Companion, Connection, Permit]]:
    """Connect to the first device in reach, as a companion would."""
    async with opened(nursery) as (babyn, backend):
        subject = babyn.subject.subject_id
        bonds = VaultBonds(babyn.vault, lambda: subject)

        def ask(act: Act, *, device: str | None = None) -> Permit:
            return babyn.gate.permit(subject, *act.value, device=device)

        access = RadioAccess(
            RadioKind.SIM, lambda: Radio.open(backend, bonds=bonds), ask, babyn.short_id
        )
        async with access.connected(await first(babyn)) as (connection, link):
            yield babyn, connection, link
        await access.aclose()


@pytest.mark.requirement("BN-GATE-05")
@pytest.mark.parametrize("request_", REQUESTS)
async def test_every_request_asks_again(babyn_nursery: Nursery, request_: str) -> None:
    """A consent's time is over while the link is up, and nobody has noticed.

    Mutants: the link is made under a permit and then used without it; any one of the four
    requests does not ask.
    """
    async with linked(babyn_nursery) as (_babyn, connection, link):
        loop = cast("VirtualTimeLoop", asyncio.get_running_loop())
        loop.set_utc_now(loop.utc_now() + timedelta(days=400))
        assert link.alive
        before = babyn_nursery.packets
        with pytest.raises(ConsentRenewalRequiredError):
            await REQUESTS[request_](connection)
        assert babyn_nursery.packets == before
        assert link.died


async def test_a_consent_that_holds_lets_them_pass(babyn_nursery: Nursery) -> None:
    """The control: the same requests, the same link, another date."""
    async with linked(babyn_nursery) as (_babyn, connection, link):
        asked: list[bool] = []
        check = connection.before_request
        assert check is not None

        def count() -> None:
            check()
            asked.append(link.alive)

        connection.before_request = count
        await connection.pair()
        for request in (REQUESTS["read"], REQUESTS["subscribe"]):
            before = babyn_nursery.packets
            await request(connection)
            assert babyn_nursery.packets > before
        assert asked == [True] * 3  # once each


async def test_what_ends_something_asks_nobody(babyn_nursery: Nursery) -> None:
    """Mutant: to end a subscription takes leave, so it goes on where leave is gone."""
    async with linked(babyn_nursery) as (_babyn, connection, _link):
        await connection.pair()
        await REQUESTS["subscribe"](connection)

        def refuse() -> None:
            raise AssertionError

        connection.before_request = refuse
        before = babyn_nursery.packets
        await connection.unsubscribe(found(connection, Uuids.TEMPERATURE_MEASUREMENT))
        assert babyn_nursery.packets > before
        await connection.unpair()
        await connection.close()
