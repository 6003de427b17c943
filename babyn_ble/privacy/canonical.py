"""Canonical JSON (RFC 8785 - JSON Canonicalization Scheme) of strings, integers and booleans.

One content has one spelling. Floats and ``null`` are refused: libraries write the former
differently, and the latter says nothing that a missing field does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn, TypeGuard, cast

import rfc8785


class NotCanonicalError(Exception):
    """Bytes that are not the one spelling of their content."""


def dump(content: Mapping[str, object]) -> bytes:
    """Return the bytes of an object.

    Raises:
        ValueError: it holds something else than strings, integers and booleans, in lists and
            objects, or an integer beyond 2**53.
    """
    return rfc8785.dumps(_plain(content))


def parse(data: bytes) -> dict[str, object]:
    """Return the object that ``data`` spells.

    Raises:
        NotCanonicalError: it spells none, or in another way than :func:`dump` does.
    """

    def no_float(_: str) -> NoReturn:
        raise ValueError("a float")

    try:
        content: object = json.loads(data, parse_float=no_float, parse_constant=no_float)
        if not is_object(content):
            raise NotCanonicalError("it is no entry")
        if dump(content) != data:
            raise NotCanonicalError("it is not in canonical form")
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        raise NotCanonicalError("it cannot be read") from None
    return content


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Return whether a value of JSON is an object."""
    return isinstance(value, dict)


def written(moment: datetime) -> str:
    """Return the one spelling of a date: UTC, with microseconds."""
    in_utc = moment.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_date(text: object) -> datetime:
    """Return the date that :func:`written` spelled.

    Raises:
        NotCanonicalError: it is none, or spelled in another way.
    """
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or written(moment) != text:
        raise NotCanonicalError("it has no date")
    return moment


def _plain(value: object) -> _Json:
    """Return ``value`` if it consists of strings, integers and booleans only."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):  # a bool is one
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_key(name): _plain(content) for name, content in items}
    if isinstance(value, list | tuple):
        return [_plain(content) for content in cast("list[object]", value)]
    raise ValueError("the ledger holds strings, integers and booleans only")


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError("the ledger holds objects with string keys only")
    return name


_Json = str | int | list["_Json"] | dict[str, "_Json"]
