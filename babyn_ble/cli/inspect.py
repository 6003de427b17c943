"""``babyn inspect``: what a device offers, what it says, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from babyn_ble.cli.findings import finding_fields, show_findings
from babyn_ble.cli.invocation import Invocation, invocation_of
from babyn_ble.cli.marks import Marks, printable
from babyn_ble.cli.output import Part, words
from babyn_ble.cli.running import run
from babyn_ble.cli.scan import choose
from babyn_ble.cli.wording import count
from babyn_ble.companion import Companion
from babyn_ble.privacy.acts import Act
from babyn_protocol.advertisement_rules import Severity

if TYPE_CHECKING:
    from babyn_ble.discovery import Sighting
    from babyn_ble.inspection import InspectedCharacteristic, InspectedService, Inspection

VALUE_BYTES = 20
"""Bytes of an unknown value that are shown."""


def inspect(
    context: typer.Context,
    device: Annotated[
        str | None,
        typer.Argument(help="Id, address or advertised name; without it, the only one in reach."),
    ] = None,
    pair: Annotated[
        bool, typer.Option("--pair/--no-pair", help="Pair first; many values need it.")
    ] = False,
) -> None:
    """Show what a device offers, decoded, and what is wrong."""
    invocation = invocation_of(context)

    async def work(companion: Companion) -> None:
        sighting = await choose(invocation, companion, device, "inspect")
        inspection = await companion.inspect(sighting, pair=pair)
        show(invocation, sighting, inspection)

    run(invocation, work, Act.SCAN)


def show(invocation: Invocation, sighting: Sighting, inspection: Inspection) -> None:
    """Print an inspection: one JSON document, or a tree and the findings."""
    output = invocation.output
    output.emit(**inspection_fields(sighting, inspection))
    output.show(inspection_tree(sighting, inspection, output.marks))
    if inspection.findings:
        output.say((f"{count(len(inspection.findings), 'finding')}:", "due"))
        for finding in inspection.findings:
            output.say((f"  {output.marks.due} ", "due"), finding)
    show_findings(output, inspection.advertisement.findings)
    for missing in inspection.advertisement.not_seen:
        output.say(("Not judged: ", "quiet"), missing)
    wrong = [
        each for each in inspection.advertisement.findings if each.severity is not Severity.NOTE
    ]
    if not inspection.findings and not wrong:
        output.say((f"{output.marks.yes} ", "good"), "Nothing wrong was found.")


def inspection_fields(sighting: Sighting, inspection: Inspection) -> dict[str, object]:
    """Return an inspection as plain JSON types; bytes are hexadecimal."""
    return {
        "id": sighting.id,
        "model": sighting.model,
        "mtu": inspection.mtu,
        "services": [
            {
                "uuid": service.uuid,
                "name": service.name,
                "characteristics": [_fields(item) for item in service.characteristics],
            }
            for service in inspection.services
        ],
        "findings": list(inspection.findings),
        "advertisement": {
            "findings": [finding_fields(each) for each in inspection.advertisement.findings],
            "not_seen": list(inspection.advertisement.not_seen),
        },
    }


def _fields(item: InspectedCharacteristic) -> dict[str, object]:
    return {
        "uuid": item.uuid,
        "name": item.name,
        "properties": list(item.properties),
        "descriptors": list(item.descriptors),
        "value": None if item.value is None else item.value.hex(),
        "decoded": item.decoded,
        "note": item.note,
    }


def inspection_tree(sighting: Sighting, inspection: Inspection, marks: Marks) -> Tree:
    """Return the GATT tree as a picture."""
    tree = Tree(
        words((sighting.id, "what"), f" {sighting.model}", (f"  MTU {inspection.mtu}", "quiet")),
        guide_style="quiet",
    )
    for service in inspection.services:
        branch = tree.add(_service(service))
        for item in service.characteristics:
            leaf = branch.add(_characteristic(item))
            leaf.add(_value(item, marks))
    return tree


def _service(service: InspectedService) -> Text:
    return words(_name(service.name, "what"), (f"  {short_uuid(service.uuid)}", "quiet"))


def _characteristic(item: InspectedCharacteristic) -> Text:
    return words(
        _name(item.name, ""),
        (f"  {short_uuid(item.uuid)}", "quiet"),
        f"  [{', '.join(item.properties)}]",
    )


def _value(item: InspectedCharacteristic, marks: Marks) -> Text:
    if item.value is None:
        return words((item.note or "no value", "quiet"))
    if item.decoded is not None:
        return words((printable(item.decoded, limit=60), "good"))
    more = marks.ellipsis if len(item.value) > VALUE_BYTES else ""
    shown = item.value[:VALUE_BYTES].hex(" ")
    return words(("not decoded: ", "due"), f"{shown}{more}" if shown else "empty")


def _name(name: str | None, style: str) -> Part:
    return ("unknown", "due") if name is None else (name, style)


_BASE = "-0000-1000-8000-00805f9b34fb"


def short_uuid(uuid: str) -> str:
    """Return ``0x2A1C`` for a UUID that Bluetooth SIG assigned, and any other whole."""
    text = uuid.lower()
    if text.endswith(_BASE) and text.startswith("0000"):
        return f"0x{text[4:8].upper()}"
    return text
