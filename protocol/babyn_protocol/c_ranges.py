"""Which numbers may stand in a field, and how long a message can be, found by asking it.

A layout is Python and says by refusing what it refuses. One byte is asked for each of its values;
a wider integer for its bounds, which every layout of this package has at most two of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from babyn_protocol.describe import FieldDescription
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.wire import Message

_FAR_TOO_LONG: Final = 4096


def longest(message: type[Message]) -> int:
    """Return the most bytes that can be one message."""
    try:
        message.parse(bytes(_FAR_TOO_LONG))
    except MalformedMessageError as error:
        return error.offset
    raise TypeError(f"{message.__name__}: has no longest size")


def most(message: type[Message], fields: tuple[FieldDescription, ...]) -> int:
    """Return the most bytes that one message takes, with all in it that may be left out.

    A reader may take more: a later version of some may have more at its end.
    """
    total = 0
    for field in fields:
        if field.size is None and not field.bits:  # to the end
            return longest(message)
        total += 2 if field.size is None else field.size
    return min(total, longest(message))


def accepted(
    message: type[Message],
    fields: tuple[FieldDescription, ...],
    field: FieldDescription,
    *,
    signed: bool,
) -> tuple[tuple[int, int], ...]:
    """Return the ranges of numbers that may stand in an integer field; none: any number may.

    Raises:
        TypeError: no number at all was found that may.
    """
    size = field.size or 0
    if not size:
        return ()
    data, at = _sample(message, fields, field)

    def fits(number: int) -> bool:
        word = number.to_bytes(size, "little", signed=signed)
        return _refused(message, data[:at] + word + data[at + size :]) != field.name

    least = -(1 << 8 * size - 1) if signed else 0
    most = (1 << 8 * size - signed) - 1
    if size == 1:
        ranges = merged(filter(fits, range(least, most + 1)))
    else:
        ranges = _by_bounds(fits, least, most, field)
    return () if ranges == ((least, most),) else ranges


def merged(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return the ranges that rising numbers make."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)


def _by_bounds(
    fits: Callable[[int], bool], least: int, most: int, field: FieldDescription
) -> tuple[tuple[int, int], ...]:
    codes = {code for code, _ in field.codes}
    low, high = least, most
    while low in codes:
        low += 1
    while high in codes:
        high -= 1
    inside = next((number for number in range(256) if number not in codes and fits(number)), None)
    if inside is None:
        raise TypeError(f"{field.name}: no number was found that may stand in it")
    if not fits(low):
        low = _edge(fits, low, inside)
    if not fits(high):
        high = _edge(fits, high, inside)
    ranges = [(low, high)]
    for code in sorted(code for code in codes if not low <= code <= high):
        if code == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], code)
        elif code == ranges[0][0] - 1:
            ranges[0] = (code, ranges[0][1])
        else:
            ranges.append((code, code))
    return tuple(ranges)


def _edge(fits: Callable[[int], bool], outside: int, inside: int) -> int:
    """Return the last number that fits on the way to one that does not."""
    while abs(outside - inside) > 1:
        middle = (outside + inside) // 2
        if fits(middle):
            inside = middle
        else:
            outside = middle
    return inside


def _refused(message: type[Message], data: bytes) -> str | None:
    try:
        message.parse(data)
    except MalformedMessageError as error:
        return error.field
    return None


def _sample(
    message: type[Message], fields: tuple[FieldDescription, ...], field: FieldDescription
) -> tuple[bytes, int]:
    """Return bytes in which everything before the field is fine, and where the field starts."""
    flags = 0
    for each in fields:
        if each.presence is not None:
            flags |= 1 << each.presence
        elif each.bits and each.size is None:
            flags |= 1 << each.bits.start
    words: list[bytes] = []
    place = 0
    for each in fields:
        if each.name == field.name:
            place = sum(map(len, words))
        if each.size == 0:
            continue
        size = 2 if each.size is None and each.bits else each.size or 0
        words.append(_word(message, each.name, b"".join(words), size, each, flags))
    return b"".join(words), place


def _word(
    message: type[Message], name: str, before: bytes, size: int, field: FieldDescription, flags: int
) -> bytes:
    """Return bytes that the message takes for one field."""
    if name == "flags":
        return flags.to_bytes(size, "little")
    if not size:
        return b""
    signed = field.format.startswith("sint")
    room = min(64, longest(message) - len(before))
    candidates: list[int] = [*(code for code, _ in field.codes if code >= 0), *range(128)]
    for number in candidates:
        word = int(number).to_bytes(size, "little", signed=signed and number < 0)
        if _refused(message, (before + word).ljust(len(before) + room, b"\0")) != name:
            return word
    raise TypeError(f"{message.__name__}.{name}: nothing was found that may stand in it")
