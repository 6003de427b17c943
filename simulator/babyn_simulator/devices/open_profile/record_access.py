"""The Record Access Control Point of a device: what its log holds, on request.

PLXS v1.0.1 - Pulse Oximeter Service - §3.4
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from bumble import att

from babyn_protocol.gatt.record_access import (
    Operator,
    RecordAccessOutcome,
    RecordAccessResponse,
    RequestOpCode,
    ResponseCode,
    ResponseOpCode,
)
from babyn_protocol.uuids import Characteristic as Uuids
from babyn_simulator.devices.open_profile.att_errors import (
    CCCD_IMPROPERLY_CONFIGURED,
    PROCEDURE_ALREADY_IN_PROGRESS,
)
from babyn_simulator.services import Characteristic, RequestRefusedError

if TYPE_CHECKING:
    from bumble.device import Connection

    from babyn_simulator.devices.models.measurement_log import MeasurementLog, Taken
    from babyn_simulator.devices.open_profile.nursery_device import NurseryDevice

T = TypeVar("T")

INDICATE: Final = 2
"""Bit of a Client Characteristic Configuration."""

_REPORT: Final = RequestOpCode.REPORT_STORED_RECORDS
_DELETE: Final = RequestOpCode.DELETE_STORED_RECORDS
_ABORT: Final = RequestOpCode.ABORT_OPERATION
_COUNT: Final = RequestOpCode.REPORT_NUMBER_OF_STORED_RECORDS


class RecordAccess(Generic[T]):
    """Reports, counts and deletes the records of a log, all of them at a time.

    One procedure runs at a time, for the client that asked for it, until its response goes out
    or its link ends. A record stays in the log until it is deleted.

    Args:
        device: whose log it is.
        log: the log.
        records: the characteristic that records are indicated on.
        encode: makes a record's value.
    """

    def __init__(
        self,
        device: NurseryDevice,
        log: MeasurementLog[T],
        records: Characteristic,
        encode: Callable[[Taken[T]], bytes],
    ) -> None:
        self._device = device
        self._log = log
        self._records = records
        self._encode = encode
        self._running_for: Connection | None = None
        self._aborted = False
        self.control_point = Characteristic(
            Uuids.RECORD_ACCESS_CONTROL_POINT, write=self._take, indicate=True, protected=True
        )

    @property
    def running(self) -> bool:
        """Whether a procedure is running."""
        return self._running_for is not None

    def _take(self, value: bytes) -> None:
        client = self._device.writer
        if not self._device.subscription(client, self.control_point) & INDICATE:
            raise RequestRefusedError(CCCD_IMPROPERLY_CONFIGURED)
        if len(value) < 2:
            raise RequestRefusedError(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        op_code, refused = value[0], _refusal(value)
        abort = op_code == _ABORT.value and refused is None
        if self.running and not (abort and client is self._running_for):
            raise RequestRefusedError(PROCEDURE_ALREADY_IN_PROGRESS)
        if (
            op_code == _REPORT.value
            and not self._device.subscription(client, self._records) & INDICATE
        ):
            raise RequestRefusedError(CCCD_IMPROPERLY_CONFIGURED)
        if self.running:
            self._aborted = True  # the procedure ends after what is being confirmed
            return
        self._aborted = False
        self._running_for = client
        self._device.spawn(lambda: self._run(client, op_code, refused))

    async def _run(self, client: Connection, op_code: int, refused: ResponseCode | None) -> None:
        try:
            response = await self._carry_out(client, op_code, refused)
        finally:
            # The next request may follow right after the confirmation.
            self._running_for = None
        await self._device.indicate_to(client, self.control_point, bytes(response))

    async def _carry_out(
        self, client: Connection, op_code: int, refused: ResponseCode | None
    ) -> RecordAccessResponse:
        if refused is not None:
            return _outcome(op_code, refused)
        if op_code == _COUNT.value:
            return RecordAccessResponse(
                op_code=ResponseOpCode.NUMBER_OF_STORED_RECORDS, outcome=len(self._log)
            )
        if op_code == _ABORT.value:
            return _outcome(op_code, ResponseCode.ABORT_UNSUCCESSFUL)  # nothing was running
        if not len(self._log):
            return _outcome(op_code, ResponseCode.NO_RECORDS_FOUND)
        if op_code == _DELETE.value:
            self._log.erase()
            return _outcome(op_code, ResponseCode.SUCCESS)
        code = await self._report(client)
        return _outcome(_ABORT.value if self._aborted else op_code, code)

    async def _report(self, client: Connection) -> ResponseCode:
        for record in self._log.records():
            if self._aborted:
                break
            value = self._encode(record.taken)
            if not await self._device.indicate_to(client, self._records, value):
                return ResponseCode.PROCEDURE_NOT_COMPLETED
        return ResponseCode.SUCCESS


def _refusal(value: bytes) -> ResponseCode | None:
    """Return why a request is refused that has an op code and an operator, or ``None``."""
    op_code, operator, operand = value[0], value[1], value[2:]
    if op_code not in (_REPORT.value, _DELETE.value, _ABORT.value, _COUNT.value):
        return ResponseCode.OP_CODE_NOT_SUPPORTED
    if (op_code == _ABORT.value) is not (operator == Operator.NULL.value):
        return ResponseCode.INVALID_OPERATOR
    if operator not in (Operator.NULL.value, Operator.ALL_RECORDS.value):
        return ResponseCode.OPERATOR_NOT_SUPPORTED
    return ResponseCode.INVALID_OPERAND if operand else None


def _outcome(op_code: int, code: ResponseCode) -> RecordAccessResponse:
    return RecordAccessResponse(
        op_code=ResponseOpCode.RESPONSE_CODE,
        outcome=RecordAccessOutcome(request_op_code=op_code, response_code=code),
    )
