"""Record Access Control Point 0x2A52: to fetch, count and delete what a device has stored.

A client writes a :class:`RecordAccessRequest`; the device indicates the records it asks for on
their own characteristic, and then one :class:`RecordAccessResponse` on this one.

PLXS v1.0.1 - Pulse Oximeter Service - §3.4
"""

from __future__ import annotations

from typing import Any

from babyn_protocol.errors import InvalidValueError
from babyn_protocol.gatt.codes import Code
from babyn_protocol.layout import Layout, choice, enumerated, octets
from babyn_protocol.numbers import uint8, uint16, uint32
from babyn_protocol.wire import Message, const, wire


class RequestOpCode(Code):
    """What a client asks for."""

    REPORT_STORED_RECORDS = 1
    DELETE_STORED_RECORDS = 2
    ABORT_OPERATION = 3
    REPORT_NUMBER_OF_STORED_RECORDS = 4
    COMBINED_REPORT = 7


class ResponseOpCode(Code):
    """What a device answers."""

    NUMBER_OF_STORED_RECORDS = 5
    RESPONSE_CODE = 6
    COMBINED_REPORT = 8


class Operator(Code):
    """Which records."""

    NULL = 0
    ALL_RECORDS = 1
    LESS_THAN_OR_EQUAL_TO = 2
    GREATER_THAN_OR_EQUAL_TO = 3
    WITHIN_RANGE_OF = 4
    FIRST_RECORD = 5
    LAST_RECORD = 6


class ResponseCode(Code):
    """How a request ended."""

    SUCCESS = 1
    OP_CODE_NOT_SUPPORTED = 2
    INVALID_OPERATOR = 3
    OPERATOR_NOT_SUPPORTED = 4
    INVALID_OPERAND = 5
    NO_RECORDS_FOUND = 6
    ABORT_UNSUCCESSFUL = 7
    PROCEDURE_NOT_COMPLETED = 8
    OPERAND_NOT_SUPPORTED = 9
    SERVER_BUSY = 10


_FILTERS = (
    Operator.LESS_THAN_OR_EQUAL_TO,
    Operator.GREATER_THAN_OR_EQUAL_TO,
    Operator.WITHIN_RANGE_OF,
)


class RecordAccessRequest(Message, max_size=20):
    """Ask for records, their number or their deletion. Written.

    ATT error 0xFD: indications are not enabled; 0xFE: another request is running.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
    """

    op_code: RequestOpCode = wire(enumerated(uint8, RequestOpCode))
    """What to do."""

    operator: Operator = wire(enumerated(uint8, Operator))
    """Which records. An oximeter knows all records, and null to abort."""

    operand: bytes = wire(octets, default=b"")
    """The filter of an operator that compares, as the service defines it; up to 18 bytes."""

    def check(self) -> None:
        """Refuse an operator or operand that does not belong to the request."""
        if (self.operator is Operator.NULL) is not (self.op_code is RequestOpCode.ABORT_OPERATION):
            raise InvalidValueError("the null operator is for abort, and abort has no other")
        if bool(self.operand) is not (self.operator in _FILTERS):
            raise InvalidValueError("an operator that compares has an operand, and no other has")

    def __str__(self) -> str:
        said = [str(self.op_code)]
        if self.operator is not Operator.NULL:
            said.append(str(self.operator))
        if self.operand:
            said.append(self.operand.hex(" "))
        return ", ".join(said)


class RecordAccessOutcome(Message):
    """How one request ended.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
    """

    request_op_code: int = wire(uint8)
    """Which request: a `RequestOpCode`, or a code that the device did not know."""

    response_code: ResponseCode = wire(enumerated(uint8, ResponseCode))
    """How it ended."""

    def __str__(self) -> str:
        return f"{self.response_code} (request {self.request_op_code})"


def _count(data: bytes) -> int:
    if len(data) not in (1, 2, 4):
        raise InvalidValueError("a number of records has 1, 2 or 4 bytes")
    return int.from_bytes(data, "little")


def _count_bytes(value: int) -> bytes:
    return (uint32 if value > 0xFFFF else uint16).build(value)


number_of_records: Layout[int] = octets.map("uint16, or uint8 or uint32", _count, _count_bytes)
"""How wide it is, each service decides. Written as oximeters do, and in 4 bytes if it must be."""


_by_op_code: dict[ResponseOpCode, Layout[Any]] = {
    ResponseOpCode.NUMBER_OF_STORED_RECORDS: number_of_records,
    ResponseOpCode.RESPONSE_CODE: RecordAccessOutcome.layout(),
    ResponseOpCode.COMBINED_REPORT: number_of_records,
}
_outcome: Layout[int | RecordAccessOutcome] = choice("op_code", _by_op_code)


class RecordAccessResponse(Message, max_size=20):
    """The end of a request. Sent by indication.

    PLXS v1.0.1 - Pulse Oximeter Service - §3.4.2
    """

    op_code: ResponseOpCode = wire(enumerated(uint8, ResponseOpCode))
    """What follows."""

    operator: int = const(0, uint8)
    """Null."""

    outcome: int | RecordAccessOutcome = wire(_outcome)
    """The number of records, or after `RESPONSE_CODE` how the request ended."""

    def __str__(self) -> str:
        if isinstance(self.outcome, RecordAccessOutcome):
            return str(self.outcome)
        return f"{self.op_code}: {self.outcome}"
