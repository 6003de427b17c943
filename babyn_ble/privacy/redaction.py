"""Keeping the logs of libraries silent about people.

:func:`redact_logging` works where log records are made, so it holds for every handler, also
for those added later. It is an allow-list. Of a foreign record only this passes: logger and
level; text that stands as a literal in the library's own source; ``None``, booleans, members
of enumerations and single digits. Everything else becomes a short keyed id, the same for the
same address. Our own records are written without personal data; they are searched all the
same, for addresses, long numbers and whatever was given to :meth:`Redactor.protect`.

Importing this module changes nothing. A host decides for itself.
"""

from __future__ import annotations

import base64
import inspect
import logging
import re
import secrets
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from functools import lru_cache, partial
from types import CodeType, FrameType
from typing import cast

from babyn_ble.errors import BabynError
from babyn_ble.privacy import keys
from babyn_ble.privacy.keyring import KEY_SIZE

FOREIGN_LOGGERS = (
    "aiomqtt",
    "asyncio",
    "bleak",
    "bleak_retry_connector",
    "bluetooth_adapters",
    "bumble",
    "concurrent",
    "dbus_fast",
    "habluetooth",
    "mqtt",
    "paho",
    "py.warnings",
    "sqlalchemy",
    "websockets",
)
"""Loggers of libraries underneath; each with all below it."""

OWN_LOGGERS = ("babyn_ble", "babyn_protocol", "babyn_simulator")

_SPECIFIER = re.compile(
    r"%(?:\((?P<name>[^)]*)\))?[-#0 +]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+))?[hlL]?"
    r"(?P<type>[diouxXeEfFgGcrsa%])"
)
_ADDRESS = re.compile(
    r"(?<![0-9A-Fa-f])(?:(?:[0-9A-Fa-f]{2}[:\-_]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12})(?![0-9A-Fa-f])"
)
_SUSPICIOUS = re.compile(
    # UUIDs; those of the Bluetooth SIG name a service, not a device
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{8}-(?:"
    r"(?P<assigned>0000-1000-8000-00805[fF]9[bB]34[fF][bB])|(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
    r")(?![0-9A-Fa-f])"
    # addresses
    rf"|{_ADDRESS.pattern}"
    # bytes as Python writes them
    r"""|b'(?:[^'\\]|\\.)*'|b"(?:[^"\\]|\\.)*\""""
    # octets, and anything long in hexadecimal or decimal
    r"|(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}[:\- ]){3,}[0-9A-Fa-f]{2}(?![0-9A-Za-z])"
    r"|(?<![0-9A-Za-z])[0-9A-Fa-f]{10,}(?![0-9A-Za-z])"
)
_SHORTEST_LITERAL = 3
_SHORTEST_ANYWHERE = 6
_SHORTEST_SPELLED = 3

_Factory = Callable[..., logging.LogRecord]


class Redactor:
    """Replaces what is personal by short ids.

    Args:
        short_id: makes them (:meth:`babyn_ble.privacy.keys.Keys.short_id`); without it, ids
            under a key of this process.
    """

    def __init__(self, short_id: Callable[[bytes | str], str] | None = None) -> None:
        self._short_id = short_id or partial(keys.short_id, secrets.token_bytes(KEY_SIZE))
        self._protected: dict[str, str] = {}
        self._search: re.Pattern[str] | None = None

    def protect(self, value: str | bytes) -> None:
        """Have a value (a name, a key, a reading) replaced in our own records too.

        It is found as text, in hexadecimal, decimal and base64, forwards and reversed.
        """
        identity = self._short_id(value)
        for spelling in _spellings(value):
            self._protected[spelling.casefold()] = identity
        longest_first = sorted(self._protected, key=len, reverse=True)
        self._search = re.compile("|".join(map(_anywhere, longest_first)), re.IGNORECASE)

    def scrub(self, text: str) -> str:
        """Return a text of ours with everything that looks personal replaced."""
        if self._search is not None:
            text = self._search.sub(self._as_protected, text)
        return _SUSPICIOUS.sub(self._as_id, text)

    def withhold(self, value: object) -> str:
        """Return what stands for a foreign value: ids of its addresses, or of all of it."""
        if isinstance(value, bytes | bytearray):
            return f"<{self._short_id(bytes(value))}>"
        try:
            text = str(value)
        except Exception:  # noqa: BLE001 - somebody else's __str__ may fail in any way
            text = type(value).__name__
        addresses = dict.fromkeys(_ADDRESS.findall(text))
        ids = dict.fromkeys(map(self._short_id, addresses or (text,)))
        return f"<{' '.join(ids)}>"

    def foreign(self, message: object, arguments: object, literals: frozenset[str]) -> str:
        """Return what passes of a foreign message.

        Args:
            message: as it was given to the logger.
            arguments: likewise.
            literals: the strings that stand in the code which gave it.
        """
        if not isinstance(message, str):
            return self.withhold(message)
        if message in literals:
            return self._filled(message, arguments)
        beginning = max(
            (text for text in literals if message.startswith(text)), key=len, default=""
        )
        if len(beginning) < _SHORTEST_LITERAL:
            beginning = ""
        return beginning + self.withhold(message[len(beginning) :])

    def _filled(self, template: str, arguments: object) -> str:
        if not arguments:
            return template
        named: Mapping[str, object] = {}
        given: Iterator[object] = iter(())
        if isinstance(arguments, tuple):
            given = iter(cast("tuple[object, ...]", arguments))
        elif isinstance(arguments, Mapping):  # logging unpacks a single mapping
            named = cast("Mapping[str, object]", arguments)
            given = iter((named,))

        def fill(specifier: re.Match[str]) -> str:
            if specifier["type"] == "%":
                return "%"
            if "*" in (specifier["width"], specifier["precision"]):
                next(given, None)
            if specifier["name"] is not None:
                return self._allowed(named.get(specifier["name"]))
            return self._allowed(next(given, None))

        return _SPECIFIER.sub(fill, template)

    def _allowed(self, value: object) -> str:
        if value is None or isinstance(value, bool):
            return str(value)
        if isinstance(value, Enum):
            return f"{type(value).__name__}.{value.name}"
        if isinstance(value, int) and 0 <= value <= 9:  # a count of attempts, not a reading
            return str(int(value))
        if isinstance(value, BaseException):
            return f"{type(value).__name__} {self.withhold(value)}"
        return self.withhold(value)

    def _as_protected(self, found: re.Match[str]) -> str:
        return f"<{self._protected[found[0].casefold()]}>"

    def _as_id(self, found: re.Match[str]) -> str:
        return found[0] if found["assigned"] else f"<{self._short_id(found[0])}>"


@contextmanager
def redact_logging(
    short_id: Callable[[bytes | str], str] | None = None,
    *,
    protect: Iterable[str | bytes] = (),
    foreign: Iterable[str] = FOREIGN_LOGGERS,
) -> Generator[Redactor]:
    """Redact every log record of the libraries underneath, and ours, until the end.

    Args:
        short_id: makes short ids (:meth:`babyn_ble.privacy.keys.Keys.short_id`).
        protect: what our own records must not carry; more by :meth:`Redactor.protect`.
        foreign: names of the libraries' loggers.

    Yields:
        The redactor in use.
    """
    redactor = Redactor(short_id)
    for value in protect:
        redactor.protect(value)
    tamed = tuple(foreign)
    before: _Factory = logging.getLogRecordFactory()
    active = True

    def factory(name: str, level: int, *rest: object, **extra: object) -> logging.LogRecord:
        record = before(name, level, *rest, **extra)
        if active:
            _redact(record, redactor, tamed)
        return record

    logging.setLogRecordFactory(factory)
    try:
        yield redactor
    finally:
        active = False  # also where somebody else has put theirs over ours
        if logging.getLogRecordFactory() is factory:
            logging.setLogRecordFactory(before)


def _redact(record: logging.LogRecord, redactor: Redactor, tamed: tuple[str, ...]) -> None:
    name = str(record.name)
    if (root := _root(name, tamed)) is not None:
        literals = _literals_at(record.pathname, record.lineno)
        message = redactor.foreign(record.msg, record.args, literals)
        # A logger may be named after a device: only names of modules pass.
        record.name = name if name in sys.modules else root
        record.stack_info = None
        if hasattr(record, "taskName"):
            record.taskName = None
    elif _root(name, OWN_LOGGERS) is not None:
        try:
            message = redactor.scrub(record.getMessage())
        except Exception:  # noqa: BLE001 - or the handler would print the arguments
            message = redactor.withhold(record.msg)
    else:
        return
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        text = redactor.scrub(str(error)) if isinstance(error, BabynError) else ""
        message += f" [{type(error).__name__}{': ' if text else ''}{text}]"
    record.msg, record.args = message, None
    record.exc_info, record.exc_text = None, None


def _root(name: str, roots: Iterable[str]) -> str | None:
    return next((root for root in roots if name == root or name.startswith(root + ".")), None)


def _literals_at(path: str, line: int) -> frozenset[str]:
    """Return the strings in the code that is logging right now."""
    frame: FrameType | None = inspect.currentframe()
    while frame is not None:
        if frame.f_lineno == line and frame.f_code.co_filename == path:
            return _literals_of(frame.f_code)
        frame = frame.f_back
    return frozenset()


@lru_cache(maxsize=4096)
def _literals_of(code: CodeType) -> frozenset[str]:
    return frozenset(constant for constant in code.co_consts if isinstance(constant, str))


def _anywhere(spelling: str) -> str:
    """Return the search for a spelling: a short one only where it stands alone."""
    if len(spelling) >= _SHORTEST_ANYWHERE:
        return re.escape(spelling)
    return rf"(?<![0-9A-Za-z]){re.escape(spelling)}(?![0-9A-Za-z])"


def _spellings(value: str | bytes) -> set[str]:
    """Return the ways in which a value may stand in a text."""
    spelled = {value} if isinstance(value, str) else set[str]()
    for data in _as_bytes(value):
        for octets in (data, data[::-1]):
            spelled |= {octets.hex(separator) for separator in ":- _"} | {octets.hex()}
            spelled |= {str(int.from_bytes(octets, "big")), repr(list(octets))[1:-1]}
            spelled |= {repr(octets)[2:-1], "".join(f"\\x{octet:02x}" for octet in octets)}
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                spelled.add(encode(octets).decode().rstrip("="))
    return {spelling for spelling in spelled if spelling}


def _as_bytes(value: str | bytes) -> Iterable[bytes]:
    if isinstance(value, bytes):
        octets = [value]
    else:
        octets = [value.encode()]
        if _ADDRESS.fullmatch(value):
            octets.append(bytes.fromhex(re.sub(r"[^0-9A-Fa-f]", "", value)))
    return [data for data in octets if len(data) >= _SHORTEST_SPELLED]
