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


class AuthenticationFailedError(RemoteProtocolError):
    """Bytes that were not made with the key, address and counter that they claim.

    Attributes:
        message_type: what the bytes were taken for.
        data: the bytes themselves. Not part of the text.
    """

    def __init__(self, message_type: str, *, data: bytes) -> None:
        self.message_type = message_type
        self.data = data
        super().__init__(
            f"{message_type}: its authentication code does not match, so it is another device's, "
            "damaged or forged; it is dropped. If all of this device's are: check its key and "
            "address, or bind it again"
        )


class ReplayedMessageError(RemoteProtocolError):
    """An authentic message that is older than one already accepted.

    Attributes:
        message_type: what was replayed.
        counter: its counter.
        highest: the highest counter accepted so far.
    """

    def __init__(self, message_type: str, *, counter: int, highest: int) -> None:
        self.message_type = message_type
        self.counter = counter
        self.highest = highest
        super().__init__(
            f"{message_type}: its counter is below one already accepted, so somebody replays it or "
            "the device began to count anew; it is dropped. If the device was reset, give it a new "
            "key, or let a person confirm it and resynchronise"
        )


class DowngradedMessageError(RemoteProtocolError):
    """A message in the clear from a device that has a key.

    Attributes:
        message_type: what came in the clear.
        data: the bytes themselves. Not part of the text.
    """

    def __init__(self, message_type: str, *, data: bytes) -> None:
        self.message_type = message_type
        self.data = data
        super().__init__(
            f"{message_type}: not encrypted although this device has a key, so anybody may have "
            "sent it; it is dropped. If encryption was switched off on purpose, bind it again"
        )
