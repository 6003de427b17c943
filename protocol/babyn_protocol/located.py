"""Where and why a field was refused: the one place that catches what `construct` raises."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, TypeGuard

from construct import ConstError, Construct, StreamError, Terminated, TerminatedError

from babyn_protocol.errors import InvalidValueError

if TYPE_CHECKING:
    from construct import Subconstruct

    # Generic for type checkers only.
    _Subconstruct = Subconstruct[Any, Any, Any, Any]
else:
    from construct import Subconstruct as _Subconstruct


class FieldFailure(Exception):  # noqa: N818 - never leaves the package: a message replaces it
    """One field was refused. Carries a place and a reason, never a value."""

    def __init__(self, field: str | None, offset: int, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.offset = offset
        self.reason = reason

    def within(self, field: str | None) -> FieldFailure:
        """Return the same failure as the enclosing field sees it (``outer.inner``)."""
        path = ".".join(part for part in (field, self.field) if part) or None
        return FieldFailure(path, self.offset, self.reason)


class _Located(_Subconstruct):
    """Turns whatever goes wrong inside a field into a :class:`FieldFailure` with its place."""

    def __init__(self, subcon: Construct[Any, Any], field: str | None) -> None:
        super().__init__(subcon)
        self.field = field

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> Any:
        start = stream.tell()
        try:
            return super()._parse(stream, context, path)
        except FieldFailure as error:
            raise error.within(self.field) from None
        # A layout may be anyone's code and the bytes a stranger's: nothing but our error gets out.
        except Exception as error:  # noqa: BLE001
            reason = _reason(error, "not a valid value")
            raise FieldFailure(self.field, start, reason) from None

    def _build(self, obj: Any, stream: IO[bytes], context: Any, path: str) -> Any:
        start = stream.tell()
        try:
            return super()._build(obj, stream, context, path)
        except FieldFailure as error:
            raise error.within(self.field) from None
        # The same on the way out: the foreign error's text may quote the value.
        except Exception as error:  # noqa: BLE001
            reason = _reason(error, "does not fit this field")
            raise FieldFailure(self.field, start, reason) from None


def located(subcon: Construct[Any, Any], field: str | None) -> Construct[Any, Any]:
    """Wrap a declaration so that its failures name ``field`` and the byte it starts at."""
    return _Located(subcon, field)


def _reason(error: Exception, otherwise: str) -> str:
    """Say what went wrong without quoting a foreign error, whose text may hold a value."""
    match error:
        case InvalidValueError():
            return error.reason
        case StreamError():
            return "too short"
        case TerminatedError():
            return "bytes left over after the last field"
        case ConstError():
            return "not the constant that stands here"
        case UnicodeError():
            return "not valid UTF-8"
        case _:
            return otherwise


END_OF_DATA: Construct[Any, Any] = located(Terminated, None)
"""Nothing may follow."""


class ToTheEnd(_Subconstruct):
    """Items up to the last byte, as a tuple. Unlike `GreedyRange`, a bad item is an error."""

    def __init__(self, item: Construct[Any, Any], *, at_least: int) -> None:
        super().__init__(located(item, None))
        self.at_least = at_least

    def _parse(self, stream: IO[bytes], context: Any, path: str) -> tuple[Any, ...]:
        position = stream.tell()
        end = stream.seek(0, 2)
        stream.seek(position)
        items: list[Any] = []
        while position < end:
            items.append(super()._parse(stream, context, path))
            if stream.tell() == position:
                # It would be found again and again.
                raise InvalidValueError("an item without bytes")
            position = stream.tell()
        if len(items) < self.at_least:
            raise InvalidValueError("too short")
        return tuple(items)

    def _build(self, obj: object, stream: IO[bytes], context: Any, path: str) -> Any:
        if not _is_tuple(obj):
            raise InvalidValueError("must be a tuple")
        for item in obj:
            super()._build(item, stream, context, path)
        return obj


def _is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)
