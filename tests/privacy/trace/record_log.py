"""The log of the device: it measures with nobody connected, and tells when it is asked to.

PLXS v1.0.1 - Pulse Oximeter Service - §3.4 (Record Access Control Point)
"""

from __future__ import annotations

from datetime import datetime

from babyn_ble.readings import Quantity
from babyn_protocol.date_time import DateTime
from babyn_protocol.gatt.pulse_oximeter import MeasurementStatus, PlxSpotCheckMeasurement
from babyn_protocol.gatt.record_access import (
    RecordAccessOutcome,
    RecordAccessRequest,
    RecordAccessResponse,
    RequestOpCode,
    ResponseCode,
    ResponseOpCode,
)
from babyn_simulator.peripheral import Characteristic, Peripheral, Service
from tests.privacy.trace.told import Told


class RecordLog:
    """An oximeter that keeps what it measures.

    Args:
        told: notes when each value was measured.
    """

    def __init__(self, told: Told) -> None:
        self._told = told
        self._records: list[bytes] = []
        self._peripheral: Peripheral | None = None
        self._records_sent = Characteristic(0x2A5E, indicate=True)
        self._control_point = Characteristic(0x2A52, write=self._take, indicate=True)
        self.service = Service(0x1822, [self._records_sent, self._control_point])

    def belongs_to(self, peripheral: Peripheral) -> None:
        """Say what it is in."""
        self._peripheral = peripheral

    def measure(self, moment: datetime, *, clock_set: bool) -> None:
        """Measure, and keep it.

        Args:
            moment: when, by the device's clock.
            clock_set: whether that clock was ever set.
        """
        value = self._told.number(Quantity.SPO2, step="0.1")
        for quantity in (Quantity.SPO2, Quantity.PULSE_RATE):
            self._told.stored(quantity, value, moment if clock_set else None)
        message = PlxSpotCheckMeasurement(
            spo2=value,
            pulse_rate=value,
            timestamp=DateTime.of(moment.replace(tzinfo=None)),
            measurement_status=MeasurementStatus.DATA_FROM_MEASUREMENT_STORAGE,
            clock_not_set=not clock_set,
        )
        self._records.append(bytes(message))

    def _take(self, value: bytes) -> None:
        request = RecordAccessRequest.parse(value)
        if self._peripheral is not None:
            self._peripheral.spawn(lambda: self._answer(request.op_code))

    async def _answer(self, asked: RequestOpCode) -> None:
        peripheral = self._peripheral
        assert peripheral is not None
        if asked is RequestOpCode.REPORT_NUMBER_OF_STORED_RECORDS:
            response = RecordAccessResponse(
                op_code=ResponseOpCode.NUMBER_OF_STORED_RECORDS, outcome=len(self._records)
            )
        else:
            if asked is RequestOpCode.DELETE_STORED_RECORDS:
                self._records.clear()
            else:
                for record in tuple(self._records):
                    await peripheral.indicate(self._records_sent, record)
            outcome = RecordAccessOutcome(
                request_op_code=asked.value, response_code=ResponseCode.SUCCESS
            )
            response = RecordAccessResponse(op_code=ResponseOpCode.RESPONSE_CODE, outcome=outcome)
        await peripheral.indicate(self._control_point, bytes(response))
