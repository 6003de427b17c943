"""How ``babyn decode`` shows advertising data: in the specification's words, as a tree."""

from __future__ import annotations

from typing import Final

from rich.tree import Tree

from babyn_ble.cli.marks import printable
from babyn_ble.cli.output import words
from babyn_protocol.ad_structures import AdFlags, name_of
from babyn_protocol.advertisement import Advertisement
from babyn_protocol.bthome import EncryptedBroadcast, parse
from babyn_protocol.capture.values import hexadecimal
from babyn_protocol.errors import MalformedMessageError
from babyn_protocol.gatt.generic_access import Appearance
from babyn_protocol.uuids import name_of as name_of_uuid
from babyn_protocol.uuids import short, uuid16

BTHOME: Final = uuid16(0xFCD2)
LINE: Final = 200
"""Characters of a device's own words that are shown."""

_FLAGS: Final = {
    AdFlags.LE_LIMITED_DISCOVERABLE: "LE Limited Discoverable",
    AdFlags.LE_GENERAL_DISCOVERABLE: "LE General Discoverable",
    AdFlags.BR_EDR_NOT_SUPPORTED: "BR/EDR not supported",
    AdFlags.LE_AND_BR_EDR_CONTROLLER: "LE and BR/EDR at the same time (controller)",
    AdFlags.LE_AND_BR_EDR_HOST: "LE and BR/EDR at the same time (host)",
}
"""What each flag says.

CSS v11 - Supplement to the Bluetooth Core Specification - Part A §1.3
"""


def advertisement_tree(title: str, said: Advertisement) -> Tree:
    """Return what advertising data, or a scan response, says; what is not in it is not shown."""
    tree = Tree(words((title, "what")), guide_style="quiet")
    if said.flags is not None:
        tree.add(words("flags: ", flags_in_words(said.flags)))
    if said.local_name is not None:
        whole = "name" if said.name_complete else "shortened name"
        tree.add(words(f"{whole}: ", printable(said.local_name, limit=LINE) or "empty"))
    for uuid in said.service_uuids:
        tree.add(words("service: ", _service(uuid)))
    for uuid, data in said.service_data:
        branch = tree.add(words("data of service ", _service(uuid), ": ", hexadecimal(data)))
        if uuid == BTHOME:
            _add_bthome(branch, data)
    for company, data in said.manufacturer_data:
        tree.add(words(f"data of company 0x{company:04X}: ", hexadecimal(data)))
    if said.tx_power is not None:
        tree.add(words(f"transmit power: {said.tx_power} dBm"))
    if said.appearance is not None:
        tree.add(words(f"appearance: {Appearance(value=said.appearance)}"))
    for other in said.others:
        tree.add(words(f"{name_of(other.type)}: ", hexadecimal(other.data)))
    if not tree.children:
        tree.add(words(("nothing", "quiet")))
    return tree


def flags_in_words(flags: AdFlags) -> str:
    """Return the flags in the specification's words."""
    return ", ".join(text for flag, text in _FLAGS.items() if flag in flags) or "none set"


def _service(uuid: str) -> str:
    name = "BTHome v2" if uuid == BTHOME else name_of_uuid(uuid)
    return short(uuid) if name is None else f"{name} {short(uuid)}"


def _add_bthome(branch: Tree, data: bytes) -> None:
    try:
        found = parse(data)
    except MalformedMessageError as error:
        branch.add(words(("this is no BTHome v2: ", "bad"), f"byte {error.offset}: {error.reason}"))
        return
    if isinstance(found, EncryptedBroadcast):
        branch.add(words(f"encrypted, counter {found.counter}; --service-data opens it"))
        return
    for item in found.objects:
        branch.add(words(printable(str(item), limit=LINE)))
