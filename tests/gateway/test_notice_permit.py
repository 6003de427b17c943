"""What a deletion notice's permit opens: that notice, to who got the data, once."""

from __future__ import annotations

import inspect
import secrets
from typing import Any

import pytest
from pydantic import ValidationError

from babyn_ble.errors import ConsentRequiredError
from babyn_ble.gateway import hand_over
from babyn_ble.gateway.mqtt_sending import NoticeConnection, ReadingConnection
from babyn_ble.privacy.permits import Permit
from babyn_ble.privacy.purposes import Category, ConsentScope, Operation, Purpose
from babyn_ble.privacy.rights.notice_permit import NoticeDocument
from babyn_ble.privacy.rights.notices import (
    NOTICE_KEY,
    NOTICE_KIND,
    DeletionNotice,
    DeletionNotices,
    NoticeStatus,
)
from babyn_ble.readings import READING_FIELDS
from babyn_ble.store.memory import MemoryStore
from tests.gateway.household import Household
from tests.gateway.mosquitto import Tap, soon
from tests.gateway.test_deletion_notices import erased, publish
from tests.gateway.test_recipients import ask


async def issued(home: Household) -> tuple[DeletionNotices, DeletionNotice]:
    """Return the notice of an erasure, with what it is kept in."""
    home.agree_to_share()
    await publish(home)
    [notice] = (await erased(home)).notices
    return DeletionNotices(home.register.vault), notice


def put(home: Household, notice: DeletionNotice) -> None:
    home.register.vault.put(NOTICE_KIND, notice.id, notice)


@pytest.mark.requirement("BN-DSR-05")
@pytest.mark.parametrize(
    ("recipient", "document"),
    [
        ({"endpoint": "mqtt://127.0.0.1:9"}, {}),
        ({"id": "never"}, {}),
        ({"id": "never"}, {"recipient": "never"}),
        ({}, {"devices": ["0" * 20]}),
        ({}, {"devices": []}),
        ({}, {"value": "37.4"}),
        ({}, {"exempt_reason": "37.4"}),
        ({}, {"public_key": secrets.token_hex(32)}),
        ({}, {"signature": ""}),
    ],
)
async def test_a_notice_that_was_not_issued_here_opens_nothing(
    tap: Tap, home: Household, recipient: dict[str, Any], document: dict[str, Any]
) -> None:
    """Mutants: its signature, its entry, or its fields are not looked at."""
    notices, notice = await issued(home)
    notices.permit(notice.id).check()  # the control
    before = tap.bytes
    changed = {
        "recipient": {**notice.recipient, **recipient},
        "document": {**notice.document, **document},
    }
    put(home, notice.model_copy(update=changed))

    with pytest.raises(ConsentRequiredError):
        notices.permit(notice.id).check()
    [after] = await soon(hand_over(notices))
    assert after.status is NoticeStatus.FAILED
    assert tap.bytes == before


@pytest.mark.requirement("BN-DSR-05")
async def test_a_recipient_that_never_got_anything_is_not_reached(
    tap: Tap, home: Household
) -> None:
    """All that another store has issued, with its key named, is nothing here.

    Mutant: any notice that is signed will do, by whomever.
    """
    elsewhere = Household(store=MemoryStore())
    elsewhere.add_recipient(f"mqtt://127.0.0.1:{tap.port}")
    _, notice = await issued(elsewhere)
    before = tap.bytes
    put(home, notice)
    notices = DeletionNotices(home.register.vault)
    [refused] = await soon(hand_over(notices))
    assert refused.status is NoticeStatus.FAILED
    home.register.vault.put_bytes(NOTICE_KEY, NOTICE_KEY, bytes(32))
    put(home, notice)
    [refused] = await soon(hand_over(notices))
    assert refused.status is NoticeStatus.FAILED
    assert tap.bytes == before

    [told] = await soon(hand_over(DeletionNotices(elsewhere.register.vault)))  # the control
    assert told.status is NoticeStatus.SENT
    await elsewhere.aclose()


@pytest.mark.requirement("BN-DSR-05", "BN-SHR-01")
async def test_it_carries_no_reading(tap: Tap, home: Household) -> None:
    """Mutants: any kind of leave opens a connection for readings; or one for another recipient."""
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", id="ward")
    home.agree(ConsentScope.sharing("ward"))
    notices, notice = await issued(home)
    entry = home.recipients.get("home")
    permit = notices.permit(notice.id)
    permit.check()

    before = len(tap.sent)
    with pytest.raises(ConsentRequiredError):
        ReadingConnection(entry, "0" * 20, permit=permit, client_id="probe")
    with pytest.raises(ConsentRequiredError):  # nor does it open the gate
        ask(home)
    assert len(tap.sent) == before


@pytest.mark.requirement("BN-SHR-01")
async def test_readings_go_by_a_permit_for_that_recipient(home: Household) -> None:
    """Mutant: a permit to share with one recipient opens the way to another."""
    for recipient in ("home", "ward"):
        home.add_recipient("mqtt://127.0.0.1", id=recipient)
    home.agree_to_share()
    entry = home.recipients.get("home")

    def connection(permit: Permit) -> ReadingConnection:
        return ReadingConnection(entry, "0" * 20, permit=permit, client_id="probe")

    with ask(home) as permit:
        connection(permit)  # the control
    home.agree(ConsentScope.sharing("ward"))
    with ask(home, "ward") as permit, pytest.raises(ConsentRequiredError):
        connection(permit)
    question = (Purpose.HEALTH_MONITORING, Category.HEALTH, Operation.COLLECT)
    home.agree(*map(ConsentScope.parse, ("location", "bluetooth")))
    with (
        home.gate.permit(home.subject.subject_id, *question) as permit,
        pytest.raises(ConsentRequiredError),
    ):
        connection(permit)


def test_its_connection_takes_nothing_from_whoever_uses_it() -> None:
    """There is no way to give it a topic or a payload. Mutant: a method that takes one."""
    methods = {
        name: list(inspect.signature(method).parameters)[1:]
        for name, method in inspect.getmembers(NoticeConnection, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == {name: [] for name in ("open", "hand_over", "cut", "close", "finish")}


@pytest.mark.requirement("BN-DSR-05")
async def test_a_notice_has_no_room_for_anything_else(tap: Tap, home: Household) -> None:
    """Mutants: a field more; a name that is none."""
    _, notice = await issued(home)
    NoticeDocument.model_validate(notice.document)  # the control
    assert set(NoticeDocument.model_fields).isdisjoint(READING_FIELDS)
    for more in ({"value": "37.4"}, {"devices": ["37.4"]}, {"format": "37.4"}):
        with pytest.raises(ValidationError):
            NoticeDocument.model_validate({**notice.document, **more})


@pytest.mark.requirement("BN-DSR-05")
async def test_it_is_dead_once_the_notice_is_handed_over(tap: Tap, home: Household) -> None:
    """Mutant: a notice can be handed over as often as one likes."""
    notices, notice = await issued(home)
    permit = notices.permit(notice.id)
    await soon(hand_over(notices))
    before = tap.bytes

    for use in (permit.check, lambda: permit.entry, lambda: permit.names, lambda: permit.text):
        with pytest.raises(ConsentRequiredError):
            use()
    assert await soon(hand_over(notices)) == ()
    assert tap.bytes == before
