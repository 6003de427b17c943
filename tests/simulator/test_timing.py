"""Throughput and latency of links, against what ``simulator/timing.md`` works by hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bumble import gatt_client, hci
from bumble.device import Connection, ConnectionParametersPreferences, Peer

from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from babyn_simulator.radio import Air, PathLoss
from tests.simulator.virtual_bench import DEVICE, NOTE, Central, pass_time, settle, virtually

PAGE = Path(__file__).parents[2] / "simulator" / "timing.md"
TOLERANCE = 0.10


def table(first_heading: str, second_heading: str) -> list[list[str]]:
    """Return the rows of the results' table that begins with these two columns."""
    results = PAGE.read_text(encoding="utf-8").split("## Results")[1]
    lines = iter(results.splitlines())
    for line in lines:
        if line.startswith(f"| {first_heading} | {second_heading} |"):
            break
    rows = itertools.takewhile(lambda line: line.startswith("|"), lines)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows][1:]


@dataclass
class Pair:
    """A central and a peripheral with one characteristic, connected."""

    connection: Connection
    peripheral: Peripheral
    characteristic: Characteristic
    proxy: gatt_client.CharacteristicProxy[bytes]
    written: list[float]
    notified: list[float]

    def send(self, by: str, value: bytes) -> Callable[[], Awaitable[object]]:
        """Return what sends one value, and the list of times at which values arrive."""
        if by == "notification":
            return lambda: self.peripheral.notify(self.characteristic, value)
        return lambda: self.proxy.write_value(value, with_response=by == "request")

    def arrived(self, by: str) -> list[float]:
        """Return the times at which values have arrived."""
        return self.notified if by == "notification" else self.written


@asynccontextmanager
async def paired(
    interval: float, *, pdu: int = 27, phy: str = "1M", latency: int = 0, encrypted: bool = False
) -> AsyncGenerator[Pair]:
    """Connect two hosts with an interval in milliseconds, and PDUs of so many octets."""
    loop = asyncio.get_running_loop()
    air = Air(rssi=PathLoss(noise=0))
    written: list[float] = []
    notified: list[float] = []
    characteristic = Characteristic(
        NOTE, write=lambda _value: written.append(loop.time()), notify=True
    )
    peripheral = Peripheral(air, [Service(0xFFF0, [characteristic])], address=DEVICE)
    central = Central(air)
    central.controller.supported_max_rx_octets = central.controller.supported_max_tx_octets = pdu
    await central.device.power_on()
    async with peripheral:
        wish = ConnectionParametersPreferences(
            connection_interval_min=interval,
            connection_interval_max=interval,
            max_latency=latency,
            supervision_timeout=4000,
        )
        connection = await central.device.connect_le(
            hci.Address(DEVICE), {hci.Phy.LE_1M: wish}, timeout=5
        )
        if encrypted:
            await central.device.pair(connection)
        if pdu > 27:
            await Peer(connection).request_mtu(247)
        if phy == "2M":
            await connection.set_phy([hci.Phy.LE_2M], [hci.Phy.LE_2M])
        proxy = await central.characteristic(connection, NOTE)
        await proxy.subscribe(lambda _value: notified.append(loop.time()))
        await settle()
        assert connection.data_length.max_tx_octets == pdu
        yield Pair(connection, peripheral, characteristic, proxy, written, notified)
        await connection.disconnect()


THROUGHPUT = [
    (value, pdu, phy, encrypted, by, interval, rate)
    for value, pdu, phy, encrypted, by, fast, slow in table("value", "PDU")
    for interval, rate in (("7.5", fast), ("30", slow))
]
LATENCY = [
    (by, latency, interval, microseconds)
    for by, latency, fast, slow in table("by", "latency")
    for interval, microseconds in (("7.5", fast), ("30", slow))
]


def test_the_tables_are_whole() -> None:
    """Mutant: a heading changes, and nothing is compared any more."""
    assert (len(THROUGHPUT), len(LATENCY)) == (18, 8)


@pytest.mark.parametrize(("value", "pdu", "phy", "encrypted", "by", "interval", "rate"), THROUGHPUT)
@virtually
async def test_throughput(
    value: str, pdu: str, phy: str, encrypted: str, by: str, interval: str, rate: str
) -> None:
    """Mutants: no T_IFS; no preamble; a pair that does not fit is sent; no MIC; PHY ignored."""
    window = 0.6
    async with paired(float(interval), pdu=int(pdu), phy=phy, encrypted=encrypted == "yes") as pair:
        send = pair.send(by, bytes(int(value)))
        arrived = pair.arrived(by)
        expected = float(rate) * window
        streaming = asyncio.ensure_future(repeat(send, int(expected * 1.5) + 10))
        await pass_time(0.09)
        before = len(arrived)
        await pass_time(window)
        counted = len(arrived) - before
        assert by != "request" or not streaming.done()
        streaming.cancel()
        await asyncio.wait({streaming})
        assert counted == pytest.approx(expected, rel=TOLERANCE)
        await pass_time(1)  # for what is still queued


async def repeat(send: Callable[[], Awaitable[object]], times: int) -> None:
    """Send so many values, one after the other."""
    for _ in range(times):
        await send()


@pytest.mark.parametrize(("by", "latency", "interval", "microseconds"), LATENCY)
@virtually
async def test_latency(by: str, latency: str, interval: str, microseconds: str) -> None:
    """Mutants: a value does not wait for an anchor point; a sleeping peripheral hears all."""
    loop = asyncio.get_running_loop()
    async with paired(float(interval), latency=int(latency)) as pair:
        send = pair.send(by, bytes(20))
        arrived = pair.arrived(by)
        took: list[float] = []
        # Moments that fall evenly on all parts of one interval, or of five.
        step = 40 * float(interval) / 1000 * (1 + 1 / 97)
        for _ in range(97 * 5):
            begin = loop.time()
            await send()
            await pass_time(step)
            took.append(arrived[-1] - begin)
        assert len(arrived) == len(took)
        assert 1e6 * sum(took) / len(took) == pytest.approx(float(microseconds), rel=TOLERANCE)
