"""Messages: one declaration is documentation, parser, builder, validation and type.

::

    class TemperatureMeasurement(Message):
        \"\"\"One measurement.\"\"\"

        flags: int = flag_bits(uint8)
        \"\"\"What the value's unit is, and which fields follow it.\"\"\"

        unit: TemperatureUnit = flag_value(0, TemperatureUnit)
        \"\"\"Unit of ``value``.\"\"\"

        value: Decimal | SpecialValue = wire(medfloat32)
        \"\"\"The temperature, in ``unit``.\"\"\"

        timestamp: DateTime | None = optional(date_time, flag=1)
        \"\"\"When it was measured, by the device's clock.\"\"\"

This makes a frozen dataclass with keyword arguments. ``TemperatureMeasurement.parse(data)`` reads
one, ``bytes(message)`` writes it, ``str(message)`` says it to a person, and
``TemperatureMeasurement.describe()`` gives the layout as data. Fields stand in the order of their
declaration, little-endian. Mistakes in a declaration are a ``TypeError`` when the class is made.

The rules, for every message:

- An instance that exists can be sent: values that the wire cannot carry are refused at once.
- Bytes that are not exactly one message are refused with one error, whatever is wrong with them.
- Presence comes from the flags, and the flags come from presence; neither is ever given.
- Flag bits that no field declares are reserved: ignored on read, zero on write. If one of them is
  set, bytes after the last known field are kept in :attr:`Message.extra`, since a newer revision
  may have put a field there. If none is set, such bytes are an error.
- Codes without a meaning in a declared enum are an error, so that a guess is never shown as a fact.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Self, cast, dataclass_transform

from construct import ExprAdapter

from babyn_protocol.codec import Codec
from babyn_protocol.describe import FieldDescription, describe
from babyn_protocol.errors import InvalidMessageError, InvalidValueError, MalformedMessageError
from babyn_protocol.fast import Fast
from babyn_protocol.fields import (
    Spec,
    const,
    flag_bits,
    flag_value,
    optional,
    repeated,
    sized,
    spec_of,
    wire,
)
from babyn_protocol.layout import Layout
from babyn_protocol.located import FieldFailure
from babyn_protocol.packed import Doubt, Form, Formed, Nested, Packed

__all__ = [
    "Message",
    "const",
    "flag_bits",
    "flag_value",
    "optional",
    "repeated",
    "sized",
    "wire",
]


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    # optional() and repeated() are not among them: they have a default that no declaration spells
    # out, and type checkers take the right-hand side of any other assignment for just that.
    field_specifiers=(wire, const, flag_bits, flag_value, sized),
)
class Message:
    """Base of every message. See the module's text for how to declare one.

    A subclass may define :meth:`check` for rules between fields, and ``__str__``. The class
    argument ``max_size`` is the most bytes that can be one message; by default 512, the longest
    value of an attribute (Core v5.2 - Attribute Protocol - Vol 3 Part F §3.2.9).
    """

    # Every subclass is a dataclass; said here, so that type checkers let replace() take one.
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _codec: ClassVar[Codec]
    _max_size: ClassVar[int] = 512

    def __init_subclass__(cls, *, max_size: int | None = None) -> None:
        super().__init_subclass__()
        own_making = "__init__" in cls.__dict__ or cls.__new__ is not object.__new__
        if "__post_init__" in cls.__dict__:
            raise TypeError(f"{cls.__name__}.__post_init__: put rules between fields into check()")
        if max_size is not None:
            cls._max_size = max_size
        dataclass(frozen=True, kw_only=True)(cls)
        specs: dict[str, Spec] = {}
        for item in fields(cls):
            spec = spec_of(item.metadata)
            if spec is None:
                raise TypeError(
                    f"{cls.__name__}.{item.name}: how does it stand on the wire? Give it wire(…) "
                    "or another field specifier, or annotate it as ClassVar"
                )
            specs[item.name] = spec
        cls._codec = Codec(cls.__name__, specs, cls._max_size)
        if own_making:
            # The fast way makes instances of their fields alone.
            cls._codec.fast = None

    def __post_init__(self) -> None:
        try:
            data, flags = self._codec.build(self.__dict__)
            object.__setattr__(self, "_data", data)
            if self._codec.flags_name is not None:
                object.__setattr__(self, self._codec.flags_name, flags)
            self.check()
        except FieldFailure as error:
            failure = error
        except InvalidValueError as error:
            failure = FieldFailure(None, 0, error.reason)
        else:
            return
        # Raised out here, so that no foreign error is even this one's context.
        raise InvalidMessageError(type(self).__name__, field=failure.field, reason=failure.reason)

    def check(self) -> None:
        """Check rules between fields; each field alone has been checked.

        Raises:
            InvalidValueError: with a reason that names no value.
        """

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> Self:
        """Read one message that fills all of ``data``.

        The work is bounded by the number of bytes, and that by ``max_size``.

        Raises:
            MalformedMessageError: the bytes are not this message. Nothing else is raised,
                whatever the bytes are.
            TypeError: ``data`` is not bytes.
        """
        raw = data if type(data) is bytes else bytes(memoryview(data))
        fast = cls._codec.fast
        if fast is not None:
            try:
                message, end = cls._read(fast, raw, 0)
            # Whatever is wrong, construct says it in our words.
            except Exception:  # noqa: BLE001
                pass
            else:
                if end == len(raw):
                    return message
        return cls._parse(raw)

    @classmethod
    def _read(cls, fast: Fast, data: bytes, at: int) -> tuple[Self, int]:
        """Return the message that starts at ``at``, and where it ends. Any exception is a doubt."""
        values, end = fast.read(data, at)
        if end - at > cls._max_size:
            raise Doubt
        message = object.__new__(cls)
        # These are the bytes that it would be sent in: that is tried for no value again.
        values["_data"] = data[at:end]
        object.__setattr__(message, "__dict__", values)
        message.check()
        return message, end

    @classmethod
    def _parse(cls, raw: bytes) -> Self:
        """Parse by construct."""
        try:
            values, extra = cls._codec.parse(raw)
            message = cls(**values)
        except FieldFailure as error:
            failure = error
        except InvalidMessageError as error:
            failure = FieldFailure(error.field, 0, error.reason)
        # What check() may raise besides: the bytes are a stranger's, and one error is promised.
        except Exception:  # noqa: BLE001
            failure = FieldFailure(None, 0, "its fields do not belong together")
        else:
            if extra:
                object.__setattr__(message, "_extra", extra)
            return message
        # As above.
        raise MalformedMessageError(
            cls.__name__,
            field=failure.field,
            offset=failure.offset,
            reason=failure.reason,
            data=raw,
        )

    @property
    def extra(self) -> bytes:
        """Bytes after the last known field that a reserved flag vouches for.

        Only a message that was read has any. They are never sent and not part of equality.
        """
        return cast("bytes", self.__dict__.get("_extra", b""))

    @classmethod
    def describe(cls) -> tuple[FieldDescription, ...]:
        """Return the layout as data, one entry for each field, in the order of the wire.

        The text of each is the string below the field, where the source can be had.
        """
        return describe(cls, cls._codec.specs)

    @classmethod
    def layout(cls) -> Layout[Self]:
        """Return this message as the layout of a field of another one (a record of a list).

        It ends where its last field ends; bytes after it belong to the message around it.
        """
        codec = cls._codec

        def decode(found: Any, _context: Any) -> Any:
            return cls(**{name: found[name] for name in codec.given})

        def encode(value: object, _context: Any) -> dict[str, Any]:
            if type(value) is not cls:
                raise InvalidValueError(f"must be a {cls.__name__}")
            return {name: value.__dict__.get(name) for name in codec.specs}

        return Layout(
            cls.__name__,
            Formed(ExprAdapter(codec.body, decode, encode), cls._form()),
            size=codec.size,
            greedy=codec.greedy,
        )

    @classmethod
    def _form(cls) -> Form | None:
        """Return how a field that is this message is read and written without construct."""
        fast, size = cls._codec.fast, cls._codec.size
        if fast is None:
            return None

        def read(data: bytes, at: int) -> tuple[Message, int]:
            return cls._read(fast, data, at)

        def decode(data: bytes) -> Message:
            message, end = read(data, 0)
            if end != len(data):
                raise Doubt
            return message

        def encode(value: object) -> bytes:
            data = cast("bytes", value.__dict__["_data"]) if type(value) is cls else None
            # struct would cut it off, or fill it up, if a layout is wrong about its size.
            if data is None or (size is not None and len(data) != size):
                raise Doubt
            return data

        return Nested(read, encode) if size is None else Packed(f"{size}s", size, decode, encode)

    def __bytes__(self) -> bytes:
        return cast("bytes", self.__dict__["_data"])

    def __str__(self) -> str:
        """Say it in one line, to a person. Holds values: not for logs."""
        values = ((name, getattr(self, name)) for name in self._codec.given)
        given = ((name, value) for name, value in values if value not in (None, ()))
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given)
