"""Inputs made from seeds, the same ones for the same seed of the generator."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

LONGEST = 1700
"""Longer than anything that is read can be."""

_INTERESTING = (0x00, 0x01, 0x0F, 0x10, 0x7F, 0x80, 0xF0, 0xFE, 0xFF)


def mutated(seed: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Return a seed with one change or a few; about as many are small as are rough."""
    data = bytearray(seed)
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        place = random.randrange(len(data)) if data else 0
        match random.randrange(11):
            case 0 | 1 if data:
                data[place] ^= 1 << random.randrange(8)
            case 2 | 3 if data:
                data[place] = random.randrange(256)
            case 4 if data:
                data[place] = random.choice(_INTERESTING)
            case 5 if data:
                data[place] = data[place] + random.choice((-1, 1)) & 0xFF
            case 6:
                del data[place : place + random.choice((1, 1, 2, 4))]
            case 7:
                data[place:place] = random.randbytes(random.choice((1, 1, 2, 7, 250)))
            case 8:
                del data[place:]
            case 9:
                data = (data * random.choice((2, 2, 3, 30, 300)))[:LONGEST]
            case _:
                other = random.choice(others)
                data[place:] = other[random.randrange(len(other) + 1) :]
    return bytes(data[:LONGEST])


def noise(random: Random) -> bytes:
    """Return bytes that nobody sent."""
    return random.randbytes(random.choice((0, 1, 2, 3, 5, 8, 13, 20, 20, 64, 253, 600)))
