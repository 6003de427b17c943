"""ATT errors with which devices of the open profile refuse."""

from __future__ import annotations

from typing import Final

from bumble import att

from babyn_protocol.wire import Message
from babyn_simulator.services import RequestRefusedError

VALUE_NOT_ALLOWED: Final = 0x13
"""The value is none (Core Specification Vol 3 Part F §3.4.1.1)."""

CCCD_IMPROPERLY_CONFIGURED: Final = 0xFD
"""Notifications or indications have to be enabled first (CSS Part B §1.2)."""

PROCEDURE_ALREADY_IN_PROGRESS: Final = 0xFE
"""An earlier request has not ended yet (CSS Part B §1.2)."""


def refusal_of_malformed(message: type[Message], value: bytes) -> RequestRefusedError:
    """Return the error that answers a value which is no such message of a fixed size."""
    right = len(value) == message.layout().size
    return RequestRefusedError(
        VALUE_NOT_ALLOWED if right else att.ErrorCode.INVALID_ATTRIBUTE_LENGTH
    )
