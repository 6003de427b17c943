"""The Record Access Control Point of an oximeter: what it answers, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from bumble import att

from babyn_protocol.gatt.pulse_oximeter import (
    MeasurementStatus,
    PlxFeatures,
    PlxSpotCheckMeasurement,
)
from babyn_protocol.gatt.record_access import RecordAccessResponse
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator.devices.models.identity import Identity
from babyn_simulator.devices.models.measurement_log import MeasurementLog
from babyn_simulator.devices.models.oximeter import OximeterModel
from babyn_simulator.devices.open_profile.nursery_device import DeviceOptions
from babyn_simulator.devices.open_profile.oximeter import Oximeter
from babyn_simulator.devices.signals.oximetry import Oximetry
from babyn_simulator.entropy import Entropy
from babyn_simulator.radio import Air
from tests.simulator.device_bench import Guest, visit
from tests.simulator.virtual_bench import pass_time, turn, virtually

SPOT_CHECK = Uuids.PLX_SPOT_CHECK_MEASUREMENT
CONTROL_POINT = Uuids.RECORD_ACCESS_CONTROL_POINT
NOT_CONFIGURED = "CCCD_IMPROPERLY_CONFIGURED"
RUNNING = "PROCEDURE_ALREADY_IN_PROGRESS"


def sock(capacity: int = 10, interval: float = 60.0) -> Callable[[Air, DeviceOptions], Oximeter]:
    def make(air: Air, options: DeviceOptions) -> Oximeter:
        signal = Oximetry(Entropy(1, "signal"), settling=timedelta(), motion_every=None)
        model = OximeterModel(
            signal, spot_check_interval=interval, log=MeasurementLog(capacity=capacity)
        )
        return Oximeter(air, model, Identity("SN-1"), **options)

    return make


class Client:
    """A client of the control point, that listens to all of it."""

    def __init__(self, guest: Guest[Oximeter]) -> None:
        self.guest = guest
        self.records: list[bytes] = []
        self.responses: list[bytes] = []

    async def listen(self) -> None:
        self.records = await self.guest.subscribe(SPOT_CHECK)
        self.responses = await self.guest.subscribe(CONTROL_POINT)

    async def ask(self, request: str) -> str:
        """Write a request, and return the one response to it, in hexadecimal."""
        self.responses.clear()
        await self.guest.write(CONTROL_POINT, bytes.fromhex(request))
        await pass_time(0.5)
        (response,) = self.responses
        RecordAccessResponse.parse(response)
        return response.hex()


@virtually
async def test_what_nobody_received_is_reported_with_its_time_and_stays() -> None:
    """Mutants: reporting deletes; a record does not say that it is one; the newest comes first."""
    async with visit(sock()) as guest:
        client = Client(guest)
        await pass_time(181)
        await client.listen()
        assert await client.ask("0401") == "05000300"
        for _ in range(2):
            client.records.clear()
            assert await client.ask("0101") == "06000101"
            messages = [PlxSpotCheckMeasurement.parse(data) for data in client.records]
            minutes = [m.timestamp.minute for m in messages if m.timestamp is not None]
            assert minutes == [1, 2, 3]
            stored = MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE
            assert all(m.measurement_status and stored in m.measurement_status for m in messages)
        features = PlxFeatures.parse(await guest.read(Uuids.PLX_FEATURES))
        assert features.stores_measurements


@virtually
async def test_what_somebody_received_is_not_kept() -> None:
    """Mutant: every spot check is kept. The control is one with nobody listening."""
    async with visit(sock()) as guest:
        client = Client(guest)
        await client.listen()
        await pass_time(61)
        (live,) = client.records
        status = PlxSpotCheckMeasurement.parse(live).measurement_status
        assert status is not None
        assert MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE not in status
        assert await client.ask("0101") == "06000106"
        await guest.connection.disconnect()
        await pass_time(60)
        assert len(guest.device.model.log) == 1


@virtually
async def test_records_are_deleted_on_request() -> None:
    async with visit(sock()) as guest:
        client = Client(guest)
        guest.device.fill_log()
        await client.listen()
        assert await client.ask("0401") == "05000a00"
        assert await client.ask("0201") == "06000201"
        assert await client.ask("0401") == "05000000"
        assert await client.ask("0201") == "06000206"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("0C01", "06000c02"),  # op code not supported
        ("0701", "06000702"),
        ("0100", "06000103"),  # invalid operator
        ("0301", "06000303"),
        ("0105", "06000104"),  # operator not supported
        ("01030100", "06000104"),
        ("010101", "06000105"),  # invalid operand
        ("0300", "06000307"),  # nothing to abort
    ],
)
@virtually
async def test_what_it_does_not_know_it_refuses(request_: str, answer: str) -> None:
    """Mutant: each check left out."""
    async with visit(sock()) as guest:
        client = Client(guest)
        guest.device.fill_log()
        await client.listen()
        assert await client.ask(request_) == answer
        assert not client.records
        assert len(guest.device.model.log) == 10


@virtually
async def test_without_indications_it_says_so() -> None:
    """PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2. Mutant: only one of the two is asked for."""
    async with visit(sock()) as guest:
        guest.device.fill_log()
        with pytest.raises(att.ATT_Error, match=NOT_CONFIGURED):
            await guest.write(CONTROL_POINT, b"\x04\x01")
        responses = await guest.subscribe(CONTROL_POINT)
        await guest.write(CONTROL_POINT, b"\x04\x01")
        with pytest.raises(att.ATT_Error, match=NOT_CONFIGURED):
            await guest.write(CONTROL_POINT, b"\x01\x01")
        with pytest.raises(att.ATT_Error, match="INVALID_ATTRIBUTE_LENGTH"):
            await guest.write(CONTROL_POINT, b"\x04")
        await pass_time(0.5)
        assert [data.hex() for data in responses] == ["05000a00"]


@virtually
async def test_a_report_is_aborted_and_nothing_else_runs_meanwhile() -> None:
    """Mutants: a second request is taken; an aborted report goes on, or is answered twice."""
    async with visit(sock(capacity=200)) as guest:
        client = Client(guest)
        guest.device.fill_log()
        await client.listen()
        await guest.write(CONTROL_POINT, b"\x01\x01")
        await turn(3)
        with pytest.raises(att.ATT_Error, match=RUNNING):
            await guest.write(CONTROL_POINT, b"\x02\x01")
        await guest.write(CONTROL_POINT, b"\x03\x00")
        await pass_time(5)
        assert [data.hex() for data in client.responses] == ["06000301"]
        assert 0 < len(client.records) < 200
        assert await client.ask("0401") == "0500c800"


@pytest.mark.parametrize("reset", [False, True])
@virtually
async def test_a_report_ends_with_its_link(reset: bool) -> None:
    """Mutant: the device is busy for ever."""
    async with visit(sock(capacity=200)) as guest:
        client = Client(guest)
        guest.device.fill_log()
        await client.listen()
        await guest.write(CONTROL_POINT, b"\x01\x01")
        await turn(5)
        if reset:
            await guest.device.reset()
            await pass_time(30)
        else:
            await guest.connection.disconnect()
            await pass_time(1)
        assert not guest.device.record_access.running
        connection = await guest.central.connect(guest.device)
        again = Client(Guest(guest.device, guest.central, connection))
        await again.listen()
        assert await again.ask("0401") == "0500c800"
        await connection.disconnect()
        await turn(3)


@virtually
async def test_one_without_a_log_has_no_control_point() -> None:
    async with visit(sock(capacity=0)) as guest:
        with pytest.raises(IndexError):
            await guest.subscribe(CONTROL_POINT)
        await pass_time(121)
        assert len(guest.device.model.log) == 0
        assert guest.device.model.log.dropped == 0
