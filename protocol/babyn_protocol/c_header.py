"""The C header ``babyn_wire.h``, made from the declarations.

``python -m babyn_protocol.c_header > babyn_wire.h`` writes it; a test compares the committed one.

What a field's format and codes are, :meth:`Message.describe` says. Which numbers may stand in it
is asked of the message itself (:mod:`babyn_protocol.c_ranges`), so that the header refuses what
Python refuses.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from typing import Final

from babyn_protocol.c_advertisement import advertisement
from babyn_protocol.c_bthome import bthome
from babyn_protocol.c_fields import c_name, comment, declared
from babyn_protocol.c_message import MessageWriter, part_names
from babyn_protocol.c_preamble import PREAMBLE
from babyn_protocol.c_ranges import longest
from babyn_protocol.c_valid_range import valid_ranges
from babyn_protocol.gatt import CHARACTERISTICS
from babyn_protocol.uuids import (
    AssignedUuid,
    Characteristic,
    Descriptor,
    Service,
    VendorCharacteristic,
    VendorService,
    short,
)
from babyn_protocol.wire import Message

_HEAD: Final = """\
/* The BabyN wire format in C99: UUIDs, masks, codes, layouts; decoding and encoding.
 *
 * Made from the declarations in babyn_protocol by babyn_protocol.c_header: do not edit.
 * README.md beside this file says what everything means. This is no medical device.
 *
 * For each message `x` there are:
 *   babyn_x          its values. Fields under a flag bit count if the bit is set in `flags`.
 *   babyn_x_fixed    the bytes that are always there, at their offsets. Bytes only: it may be laid
 *                    over any buffer that has them, whatever its alignment.
 *   babyn_x_decode   exactly one message or an error. Reserved bits are ignored. Spans point into
 *                    the buffer that was decoded.
 *   babyn_x_encode   flag bits for widths and lists are set as the values need them; reserved bits
 *                    are zero. Nothing that babyn_x_decode refuses is sent.
 *   BABYN_X_MAX_SIZE bytes that babyn_x_encode writes at most.
 * Integers with a resolution are counted in its steps. No function allocates, or keeps a pointer.
 */
#ifndef BABYN_WIRE_H
#define BABYN_WIRE_H
"""


def header() -> str:
    """Return the header's text."""
    _, texts = _everything()
    parts = [_HEAD, PREAMBLE, _uuids(), *texts, valid_ranges(), bthome(), advertisement()]
    return "\n".join([*parts, "#endif /* BABYN_WIRE_H */\n"])


def messages() -> tuple[type[Message], ...]:
    """Return the messages that the header has: those of all characteristics, and their parts."""
    return _everything()[0]


@cache
def _everything() -> tuple[tuple[type[Message], ...], tuple[str, ...]]:
    done: dict[str, type[Message]] = {}
    texts: list[str] = []
    for known in CHARACTERISTICS.values():
        for message in (known.message, known.written):
            if message is not None:
                texts += _with_parts(message, done)
    return tuple(done.values()), tuple(texts)


def _with_parts(message: type[Message], done: dict[str, type[Message]]) -> Iterator[str]:
    if message.__name__ in done:
        return
    for name in part_names(message):
        yield from _with_parts(declared()[name], done)
    base = next((each for each in declared().values() if each is message.__mro__[1]), None)
    if base is not None and _alike(message, base):
        yield from _with_parts(base, done)
        done[message.__name__] = message
        yield _alias(message, base)
    else:
        done[message.__name__] = message
        yield MessageWriter(message).text()


def _alike(message: type[Message], base: type[Message]) -> bool:
    return base.describe() == message.describe() and longest(base) == longest(message)


def _alias(message: type[Message], base: type[Message]) -> str:
    name, other = c_name(message.__name__), c_name(base.__name__)
    lines = [comment(message), f"typedef babyn_{other} babyn_{name};"]
    lines += [f"#define babyn_{name}_{verb} babyn_{other}_{verb}" for verb in ("decode", "encode")]
    lines.append(f"#define BABYN_{name.upper()}_MAX_SIZE BABYN_{other.upper()}_MAX_SIZE")
    return "\n".join(lines) + "\n"


def _uuids() -> str:
    lines = ["/* 16-bit UUIDs of the Bluetooth SIG. */"]
    for prefix, kind in (
        ("SERVICE", Service),
        ("CHARACTERISTIC", Characteristic),
        ("DESCRIPTOR", Descriptor),
    ):
        lines += [f"#define BABYN_{prefix}_{each.name} {short(each)}u" for each in kind]
    lines += ["", "/* 128-bit UUIDs of our own: the 16 bytes as sent, least significant first. */"]
    own: tuple[tuple[str, type[AssignedUuid]], ...] = (
        ("SERVICE", VendorService),
        ("CHARACTERISTIC", VendorCharacteristic),
    )
    for prefix, vendor in own:
        for member in vendor:
            data = bytes.fromhex(member.replace("-", ""))[::-1]
            values = ", ".join(f"0x{byte:02X}" for byte in data)
            lines += [
                f"/* {member} */",
                f"#define BABYN_{prefix}_{member.name} \\\n    {{{values}}}",
            ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(header())
