"""What a device has stored, fetched through its Record Access Control Point.

PLXS v1.0.1 - Pulse Oximeter Service - §3.4
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from babyn_ble.errors import MalformedMessageError, RejectedError, ResponseTimeoutError
from babyn_protocol.gatt.record_access import (
    Operator,
    RecordAccessOutcome,
    RecordAccessRequest,
    RecordAccessResponse,
    RequestOpCode,
    ResponseCode,
)

if TYPE_CHECKING:
    from babyn_ble.connection import Characteristic, Connection
    from babyn_ble.privacy.permits import Permit

PROCEDURE_TIMEOUT = 30.0
"""Seconds without a record or an answer after which a procedure counts as failed."""

Settled = Callable[[], Awaitable[bool]]
"""Waits until what was delivered is stored and handed on; returns whether anybody has it."""


class StoredRecords:
    """The stored records of one device, on one link.

    The records themselves arrive as any measurement does; :meth:`arrived` is to be told of each.

    Args:
        connection: the link.
        control_point: the Record Access Control Point.
        permit: under which this is done.
    """

    def __init__(
        self, connection: Connection, control_point: Characteristic, permit: Permit
    ) -> None:
        self._connection = connection
        self._control_point = control_point
        self._permit = permit
        self._answer: asyncio.Future[RecordAccessResponse] | None = None
        self._deadline: asyncio.Timeout | None = None
        self._arrived = 0

    def arrived(self) -> None:
        """Take note of a record."""
        self._arrived += 1
        self._postpone()

    async def fetch(self, settled: Settled) -> None:
        """Have the device report every record, and delete them once somebody has them.

        Nothing is deleted that has not arrived: if the device has stored more in the meantime,
        all stays there until the next session.

        Raises:
            ConsentRequiredError: the permit has died.
            RejectedError: the device refused.
            ResponseTimeoutError: it did not answer.
            DisconnectedError: the link was lost.
        """
        await self._connection.subscribe(self._control_point, self._on_response)
        if not await self._count():
            return
        await self._request(RequestOpCode.REPORT_STORED_RECORDS)
        if await settled() and await self._count() == self._arrived:
            await self._request(RequestOpCode.DELETE_STORED_RECORDS)

    async def _count(self) -> int:
        response = await self._request(RequestOpCode.REPORT_NUMBER_OF_STORED_RECORDS)
        return response.outcome if isinstance(response.outcome, int) else 0

    async def _request(self, op_code: RequestOpCode) -> RecordAccessResponse:
        self._permit.check()
        request = RecordAccessRequest(op_code=op_code, operator=Operator.ALL_RECORDS)
        self._answer = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PROCEDURE_TIMEOUT) as self._deadline:
                await self._connection.write(self._control_point, bytes(request))
                response = await self._answer
        except TimeoutError:
            raise ResponseTimeoutError(
                "The device did not finish reporting what it has stored; connect again"
            ) from None
        finally:
            self._deadline = self._answer = None
        outcome = response.outcome
        if isinstance(outcome, RecordAccessOutcome) and outcome.response_code not in (
            ResponseCode.SUCCESS,
            ResponseCode.NO_RECORDS_FOUND,
        ):
            raise RejectedError("The device refused to report or to delete what it has stored")
        return response

    def _on_response(self, data: bytes) -> None:
        with contextlib.suppress(MalformedMessageError):
            response = RecordAccessResponse.parse(data)
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(response)

    def _postpone(self) -> None:
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + PROCEDURE_TIMEOUT)
