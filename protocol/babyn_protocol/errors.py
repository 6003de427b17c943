"""The root of every error that this project raises, and the errors of the wire.

Bytes and values are attributes, never part of a message: they may be a child's.
"""

from __future__ import annotations


class BabynError(Exception):
    """Root of every error that BabyN packages raise on purpose.

    Wrong arguments are still a ``ValueError`` or ``TypeError``, as everywhere in Python.
    """


class ProtocolError(BabynError):
    """A rule of the wire was broken."""


class LocalProtocolError(ProtocolError):
    """This side asked for something that the wire does not allow."""


class InvalidValueError(LocalProtocolError, ValueError):
    """A value that the wire cannot carry, or a code on the wire that stands for no value.

    Code that decodes and encodes values raises it with a reason; a message puts its own name
    and the field's to it (:class:`InvalidMessageError`, :class:`MalformedMessageError`).

    Attributes:
        reason: what is wrong, without the value itself.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class InvalidMessageError(InvalidValueError):
    """A message that cannot be sent as it was put together, so it was not made.

    Attributes:
        message_type: name of the declaration that refused the values.
        field: the field that refused, or ``None`` if no single field is to blame.
        reason: what is wrong, without the value itself.
    """

    def __init__(self, message_type: str, *, field: str | None, reason: str) -> None:
        super().__init__(reason)
        self.message_type = message_type
        self.field = field
        where = f".{field}" if field else ""
        self.args = (f"{message_type}{where}: {reason}; nothing was made, correct the argument",)


class RemoteProtocolError(ProtocolError):
    """The peer sent something that the wire does not allow."""


class MalformedMessageError(RemoteProtocolError):
    """Bytes that are not the message they were taken for.

    Attributes:
        message_type: name of the declaration that refused the bytes.
        field: the field at which it refused, or ``None`` if no single field is to blame.
        offset: offset in ``data``, in bytes, at which parsing stopped.
        reason: what was wrong, without any value.
        data: the bytes themselves. Not part of the text.
    """

    def __init__(
        self, message_type: str, *, field: str | None, offset: int, reason: str, data: bytes
    ) -> None:
        self.message_type = message_type
        self.field = field
        self.offset = offset
        self.reason = reason
        self.data = data
        where = f", field {field}" if field else ""
        super().__init__(
            f"{message_type}{where}, byte {offset} of {len(data)}: {reason}; "
            "the message is dropped (its bytes are in .data)"
        )
