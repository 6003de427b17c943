"""Names of a recipient's own: no two recipients have one in common, and an erasure ends them."""

from __future__ import annotations

import json

import pytest

from babyn_ble.errors import BabynError
from babyn_ble.gateway.pseudonyms import Pseudonyms
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.readings import READING_FIELDS, Quantity, Reading
from tests.gateway.household import CANARIES, DEVICE, Household, set_up
from tests.gateway.mosquitto import Packet, Tap
from tests.gateway.test_deletion_notices import erased
from tests.gateway.test_publish import publish_all

NAMES = ("device", "epoch")
"""The fields of a reading that name something."""


def names_in(packets: list[Packet]) -> set[str]:
    """Return what names a device or a log, in topics and payloads."""
    found = {packet.topic.split("/")[1] for packet in packets}
    for packet in packets:
        if not packet.is_status:
            sent = json.loads(packet.payload)
            found |= {str(sent[name]) for name in NAMES}
    return found


@pytest.mark.requirement("BN-SHR-07")
async def test_two_recipients_cannot_put_theirs_together(tap: Tap, home: Household) -> None:
    """Each gets every field, of the same reading. The control: one of them, with itself.

    Mutant: one key for all; or the device's own id, or the log's epoch, in a field.
    """
    for recipient in ("home", "ward"):
        home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", id=recipient, fields=READING_FIELDS)
    home.agree_to_share()
    home.agree(ConsentScope.sharing("ward"))
    full = Reading(quantity=Quantity.TEMPERATURE, **CANARIES)  # type: ignore[arg-type]  # every field, by name

    found: list[set[str]] = []
    for recipient in ("home", "ward", "home"):
        before = len(tap.packets)
        await publish_all(home.publisher(recipient), full)
        sent = [packet for packet in tap.packets[before:] if packet.kind == "PUBLISH"]
        found.append(names_in(sent))

    first, ward, again = found
    assert first == again  # the control: it is the same device, and the same log
    assert len(first) == len(ward) == len(NAMES)
    assert first.isdisjoint(ward)
    for own in (DEVICE, str(CANARIES["epoch"]), home.subject.subject_id):
        assert own.encode() not in tap.bytes


@pytest.mark.requirement("BN-SHR-07")
async def test_a_name_stays_the_same_and_is_of_one_recipient_subject_and_device(
    home: Household,
) -> None:
    """Mutant: a key that is made anew each time; or one for all recipients, or devices."""
    subject = home.subject.subject_id
    other = set_up(home.register).subject_id
    every = {
        home.recipients.pseudonym(recipient, subject=of, device=device)
        for recipient in ("home", "clinic")
        for of in (subject, other)
        for device in (DEVICE, "otherdev")
    }
    again = home.another_process().recipients.pseudonym("home", subject=subject, device=DEVICE)

    assert len(every) == 8
    assert again in every
    assert all(len(name) == 20 and DEVICE not in name for name in every)


@pytest.mark.requirement("BN-SHR-07")
@pytest.mark.requirement("BN-DSR-04")
async def test_an_erasure_ends_the_names(home: Household) -> None:
    """Mutant: their key is not the subject's, and outlives it."""
    subject = home.subject.subject_id
    home.recipients.pseudonym("home", subject=subject, device=DEVICE)
    assert home.store.list("recipient-key")  # the control

    await erased(home)

    assert not home.store.list("recipient-key")
    with pytest.raises(BabynError):
        home.recipients.pseudonym("home", subject=subject, device=DEVICE)
    reborn = set_up(home.register).subject_id
    assert reborn != subject


def test_the_key_is_in_no_text() -> None:
    assert "key" not in repr(Pseudonyms(b"canary", "subject", DEVICE))
