"""The rules of the advertisement linter, as data: what is wrong, why it matters, what to do.

Texts name no value: what a device advertises may identify it, or its owner.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_CORE: Final = "Core v5.2 - Bluetooth Core Specification - "
_CSS: Final = "CSS v11 - Supplement to the Bluetooth Core Specification - "
_BTHOME: Final = "BTHome v2 - BTHome format - "
_POLICY: Final = "this kit's threat model: anybody in reach reads an advertisement"


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """A rule is broken, or the device cannot work as it is meant to."""

    WARNING = "warning"
    """It works, and somebody is worse off: a scanner that sees nothing, a person who is seen."""

    NOTE = "note"
    """To be known; there may be good reasons for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that can be wrong."""

    code: str
    """A short name that does not change."""

    severity: Severity
    """How bad it is."""

    what: str
    """What was found."""

    why: str
    """Why that matters."""

    remedy: str
    """What to do."""

    source: str
    """Who says so."""


def _error(code: str, what: str, why: str, remedy: str, source: str) -> Rule:
    return _rule(Severity.ERROR, code, what, why, remedy, source)


def _warning(code: str, what: str, why: str, remedy: str, source: str) -> Rule:
    return _rule(Severity.WARNING, code, what, why, remedy, source)


def _note(code: str, what: str, why: str, remedy: str, source: str) -> Rule:
    return _rule(Severity.NOTE, code, what, why, remedy, source)


def _rule(severity: Severity, code: str, what: str, why: str, remedy: str, source: str) -> Rule:
    return Rule(code=code, severity=severity, what=what, why=why, remedy=remedy, source=source)


# --- its form ---

TOO_LONG: Final = _error(
    "too-long",
    "it is longer than 31 bytes",
    "legacy advertising carries no more, and most scanners see nothing else",
    "leave something out, or move what passive scanners do not need into the scan response",
    _CORE + "Vol 3 Part C §11",
)
CUT_OFF: Final = _error(
    "cut-off",
    "the last structure is longer than what is left",
    "scanners stop there, and some drop everything",
    "count the length byte again: it is the type byte and the data, without itself",
    _CORE + "Vol 3 Part C §11",
)
BYTES_AFTER_END: Final = _warning(
    "bytes-after-end",
    "bytes stand after a length of 0",
    "a length of 0 ends the list, so nobody reads them",
    "leave the zero out, or fill up with zeros only",
    _CORE + "Vol 3 Part C §11",
)
MALFORMED: Final = _error(
    "malformed-structure",
    "a structure is not what its type says",
    "scanners drop it, or read it past its end",
    "give it the size that its type has",
    _CSS + "Part A §1",
)
REPEATED: Final = _error(
    "repeated-type",
    "flags, a name, a transmit power or one kind of UUID list stand there twice",
    "each may appear once, and scanners differ in which one they take",
    "put everything of one type into one structure",
    _CSS + "Part A §1",
)
NAME_NOT_TEXT: Final = _error(
    "name-not-utf8",
    "the name is not UTF-8, or holds characters that cannot be printed",
    "people are shown something else, and terminals obey control characters",
    "use plain text; cut long names at a character, not at a byte",
    _CSS + "Part A §1.2",
)

# --- flags ---

FLAGS_MISSING: Final = _error(
    "flags-missing",
    "it is connectable and has no flags",
    "flags are required there once any is set, and BlueZ does not show such a device to a plain "
    "scan",
    "start with 02 01 06",
    _CSS + "Part A §1.3; bluez/bluez src/adapter.c, update_found_devices",
)
FLAGS_ABSENT: Final = _warning(
    "flags-absent",
    "it has no flags",
    "allowed for a broadcaster, but passive scanners on BlueZ select by flags (Home Assistant's "
    "do), and do not see it",
    "start with 02 01 06",
    _BTHOME + "§Flags; Bluetooth-Devices/habluetooth#615",
)
FLAGS_IN_SCAN_RESPONSE: Final = _error(
    "flags-in-scan-response",
    "the scan response has flags",
    "they may stand in the advertising data only; Linux refuses to send them elsewhere",
    "move them into the advertising data",
    _CSS + "Part A §1.3",
)
FLAGS_BOTH_MODES: Final = _error(
    "flags-both-modes",
    "the flags say limited and general discoverable mode at once",
    "a device is in one of them",
    "set general (02) unless the device can be found for a short time only",
    _CORE + "Vol 3 Part C §9.2",
)
FLAGS_NOT_DISCOVERABLE: Final = _warning(
    "flags-not-discoverable",
    "the flags say that it is not discoverable",
    "a plain scan of BlueZ leaves it out, and so do many apps",
    "set general discoverable (02), unless only hosts that know it shall find it",
    _CORE + "Vol 3 Part C §9.2; bluez/bluez src/adapter.c, update_found_devices",
)
FLAGS_BR_EDR: Final = _warning(
    "flags-br-edr",
    "the flags do not say that BR/EDR is not supported",
    "hosts may take it for a device of both kinds, and try to connect the classic way first",
    "set BR/EDR not supported (04), and clear 08 and 10, unless it does speak both",
    _CSS + "Part A §1.3",
)
FLAGS_RESERVED: Final = _warning(
    "flags-reserved",
    "the flags have bits without a meaning",
    "they are reserved for future use, and will mean something one day",
    "set them to zero",
    _CSS + "Part A §1.3",
)

# --- who sees it ---

ONLY_IN_SCAN_RESPONSE: Final = _warning(
    "only-in-scan-response",
    "service UUIDs or data stand in the scan response only",
    "a passive scanner never asks for it: gateways, proxies and phones that save power do not "
    "see them",
    "move them into the advertising data, and the name into the scan response",
    _CORE + "Vol 6 Part B §4.4.3",
)
NAME_ONLY_IN_SCAN_RESPONSE: Final = _note(
    "name-only-in-scan-response",
    "the name stands in the scan response only",
    "passive scanners do not see it; that saves room, and tells less",
    "do not let anything recognise the device by its name",
    _CORE + "Vol 6 Part B §4.4.3",
)
NOTHING_TO_RECOGNISE: Final = _warning(
    "nothing-to-recognise",
    "the advertising data names no service and holds no data of one",
    "nothing tells a passive scanner, or a filter, what it is",
    "list a service UUID, or send service data",
    _CSS + "Part A §1.1",
)
IOS_BACKGROUND: Final = _warning(
    "ios-background",
    "no service UUID is listed",
    "an iOS app in the background scans for service UUIDs that devices list, and is not told of "
    "others (unless it shows a Live Activity, from iOS 26 on)",
    "list one 16-bit UUID (4 bytes), or know that the app must be open",
    "Apple, Core Bluetooth; Core Bluetooth Programming Guide, Background Processing",
)
ANDROID_SCREEN_OFF: Final = _note(
    "android-screen-off",
    "it can be filtered by its data only, not by a service UUID",
    "with the screen off, Android (8.1 and later) stops scans without a filter, and a filter on "
    "service UUIDs does not match it",
    "let the app filter on the data (ScanFilter.setServiceData, setManufacturerData), or list a "
    "UUID",
    "Android, ScanFilter; NordicSemiconductor/Android-Scanner-Compat-Library README",
)
BLUEZ_UUID_FILTER: Final = _note(
    "bluez-uuid-filter",
    "no service UUID is listed",
    "a discovery filter on UUIDs looks at lists only, so a Linux host with one never reports it",
    "scan without a UUID filter there; passively, with a pattern on the data",
    "Linux net/bluetooth/mgmt.c, eir_has_uuids",
)
MACOS_UUID_FILTER: Final = _note(
    "macos-uuid-filter",
    "no service UUID is listed",
    "macOS 12.0 to 12.2 reports nothing to a scan without service UUIDs to look for",
    "list one 16-bit UUID, or do not support these versions",
    "hbldh/bleak#635, #720",
)
LONG_UUID: Final = _note(
    "long-uuid",
    "a 16-bit UUID is spelled out in 128 bits",
    "it takes 14 bytes more, of 31",
    "use the 16-bit form",
    _CORE + "Vol 3 Part B §2.5.1",
)

# --- what it gives away ---

NAME_TELLS: Final = _warning(
    "name-tells-of-a-child",
    "the name speaks of a child, or of a brand for children",
    "it tells the street that a child lives here",
    "use a neutral name, or none",
    _POLICY,
)
NAME_SERIAL: Final = _warning(
    "name-like-a-serial",
    "the name holds what looks like a serial number or a part of an address",
    "it recognises this one unit wherever it goes, whatever its address does",
    "use the same name for all units; let apps tell them apart once they are bound",
    _POLICY,
)
DATA_SERIAL: Final = _warning(
    "data-like-a-serial",
    "service or manufacturer data holds what looks like a serial number",
    "it recognises this one unit wherever it goes, whatever its address does",
    "leave it out, or send it once the device is bound, encrypted",
    _POLICY,
)
ADDRESS_IN_DATA: Final = _warning(
    "address-in-data",
    "it holds a Bluetooth address as data",
    "an address that changes is of no use then",
    "leave it out",
    _CSS + "Part A §1.16",
)
PUBLIC_ADDRESS: Final = _warning(
    "public-address",
    "it advertises from a public address",
    "that never changes, names the maker, and shows everybody where this unit is",
    "use a resolvable private address; for encrypted BTHome, which needs a fixed one, a static "
    "address of each unit's own, and say so to people",
    _CORE + "Vol 3 Part C §10.7",
)
STATIC_ADDRESS: Final = _note(
    "static-address",
    "it advertises from a static address",
    "that is the same until a restart at least, so the unit can be followed",
    "use a resolvable private address where nothing needs a fixed one",
    _CORE + "Vol 3 Part C §10.7",
)
HEALTH_SERVICE: Final = _note(
    "health-service",
    "it says that it measures somebody's body",
    "anybody in reach learns that somebody here is being measured; standard devices must say it, "
    "others need not",
    "once bound, advertise no health service; never together with a name that tells more",
    _POLICY,
)
TEST_COMPANY: Final = _error(
    "test-company",
    "it uses the company identifier 0xFFFF",
    "that is for tests only; products that ship must not use it, and collide if they do",
    "get an identifier from the Bluetooth SIG, or use service data of a UUID of your own",
    "Bluetooth SIG Assigned Numbers §7",
)

# --- BTHome ---

BTHOME_FOREIGN: Final = _error(
    "bthome-foreign-content",
    "service data of 0xFCD2 is not BTHome v2",
    "the UUID belongs to Allterco, who lend it for BTHome and nothing else; receivers misread it",
    "send BTHome v2, or use a UUID of your own",
    _BTHOME + "§UUID",
)
BTHOME_PLAINTEXT: Final = _warning(
    "bthome-plaintext",
    "it broadcasts readings that are not encrypted",
    "anybody in reach reads them, and anybody can send others in its place",
    "give the device a key, unless nobody is concerned by what it measures",
    _BTHOME + "§Encryption",
)
BTHOME_ADDRESS: Final = _warning(
    "bthome-address-included",
    "the BTHome data includes an address",
    "that bit is reserved, and the address follows the unit wherever it goes",
    "clear bit 1 of the first byte, and leave the six bytes out",
    _BTHOME + "§BTHome Device Information",
)
BTHOME_CHANGING_ADDRESS: Final = _error(
    "bthome-changing-address",
    "it broadcasts encrypted BTHome from an address that changes",
    "the address is part of the nonce, so receivers cannot open it",
    "use a static address, or connect instead of broadcasting",
    "BTHome v2 - BTHome encryption - §Encrypting your messages",
)
BTHOME_MACOS: Final = _note(
    "bthome-macos",
    "encrypted BTHome needs the sender's address",
    "macOS shows identifiers of its own instead, so it cannot be opened there",
    "record the address when the device is bound, from its label",
    "hbldh/bleak bleak/backends/corebluetooth/scanner.py; "
    "BTHome v2 - BTHome encryption - §Encrypting your messages",
)

RULES: Final = tuple(found for found in tuple(globals().values()) if isinstance(found, Rule))
"""Every rule, in the order they are looked at."""
