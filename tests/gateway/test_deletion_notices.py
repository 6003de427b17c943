"""Who ever got data is told to delete them: over a real broker, or once it is back."""

from __future__ import annotations

import asyncio
import json

import aiomqtt
import pytest

from babyn_ble.errors import ConsentRequiredError, RecipientError
from babyn_ble.gateway import RecipientUnreachableError, hand_over
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.rights.closing import set_hold
from babyn_ble.privacy.rights.deliveries import Deliveries
from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import Erased, erase
from babyn_ble.privacy.rights.notices import DeletionNotices, NoticeStatus, verify_notice
from tests.gateway.household import DEVICE, Household, Source, reading
from tests.gateway.mosquitto import Tap, free_port, soon


async def publish(home: Household, recipient: str = "home") -> None:
    source = Source(reading(0), reading(1))
    source.end()
    await soon(home.publisher(recipient).publish(source))


async def erased(home: Household) -> Erased:
    return await erase(
        home.register,
        home.subject.subject_id,
        ground=DeletionGround.NO_LONGER_USED,
        verified_by=VerifiedBy.LOCAL_USER,
    )


@pytest.mark.requirement("BN-DSR-05")
async def test_a_delivery_is_noted_before_the_first_byte(tap: Tap, home: Household) -> None:
    """Mutant: noted at the end, so that a crash forgets who got data."""
    home.agree_to_share()
    subject = home.subject.subject_id
    deliveries = Deliveries(home.register.vault)
    source = Source(reading(0))

    publishing = asyncio.create_task(home.publisher().publish(source))
    await tap.until(lambda: len(tap.published) == 1)
    found = deliveries.find(subject, "home")  # while it is still at work
    assert found is not None
    assert found.devices == (home.recipients.pseudonym("home", subject=subject, device=DEVICE),)
    source.end()
    await soon(publishing)
    await publish(home)
    [again] = deliveries.all(subject).values()
    assert (again.devices, again.readings) == (found.devices, 3)
    assert again.first_at == found.first_at


@pytest.mark.requirement("BN-DSR-05")
async def test_one_that_could_not_be_reached_got_nothing(tap: Tap, home: Household) -> None:
    """Mutant: an attempt counts, so that it is told to delete what it never got."""
    home.agree_to_share()
    deliveries = Deliveries(home.register.vault)
    await tap.vanish()
    with pytest.raises(RecipientUnreachableError):
        await publish(home)
    assert deliveries.all(home.subject.subject_id) == {}

    await tap.listen()
    await publish(home)  # the control
    [before] = deliveries.all(home.subject.subject_id).values()
    await tap.vanish()
    with pytest.raises(RecipientUnreachableError):
        await publish(home)
    assert deliveries.find(home.subject.subject_id, "home") == before


@pytest.mark.requirement("BN-DSR-05")
async def test_two_recipients_one_of_them_away(tap: Tap, home: Household) -> None:
    """Mutant: one that is away is forgotten, or ends the others, or is told twice."""
    second = Tap(tap._broker_port)  # pyright: ignore[reportPrivateUsage]  # the same broker
    await second.listen()
    home.add_recipient(f"mqtt://127.0.0.1:{second.port}", id="ward")
    home.add_recipient(f"mqtt://127.0.0.1:{free_port()}", id="never")
    home.agree_to_share()
    home.agree(ConsentScope.sharing("ward"), ConsentScope.sharing("never"))
    await publish(home)
    await publish(home, "ward")
    await second.vanish()
    subject = home.subject.subject_id
    known = {
        name: home.recipients.pseudonym(name, subject=subject, device=DEVICE)
        for name in ("home", "ward")
    }

    result = await erased(home)
    assert [notice.recipient_id for notice in result.notices] == ["home", "ward"]
    notices = DeletionNotices(home.register.vault)
    before = len(tap.published)
    after = {notice.recipient_id: notice for notice in await soon(hand_over(notices))}
    assert after["home"].status is NoticeStatus.SENT
    assert (after["ward"].status, after["ward"].attempts) == (NoticeStatus.PENDING, 1)
    [packet] = tap.published[before:]
    assert packet.topic == f"babyn/{known['home']}/own-use-at-home/deletion"
    assert (packet.qos, packet.retained) == (1, False)
    document = json.loads(packet.payload)
    assert (document["devices"], document["delete"]) == ([known["home"]], True)
    assert subject.encode() not in packet.payload
    assert DEVICE.encode() not in packet.payload
    assert verify_notice(document)
    assert not verify_notice({**document, "delete": False})

    await second.listen()
    [ward] = await soon(hand_over(notices))  # the one that is still open
    assert (ward.status, ward.attempts) == (NoticeStatus.SENT, 2)
    assert second.published[-1].topic.startswith(f"babyn/{known['ward']}/")
    assert await hand_over(notices) == ()
    assert len(tap.published) == before + 1
    assert notices.acknowledged(ward.id).status is NoticeStatus.ACKNOWLEDGED
    await second.vanish()


@pytest.mark.requirement("BN-DSR-06")
async def test_one_that_was_authorised_without_us_is_told_and_need_not_delete(
    tap: Tap, home: Household
) -> None:
    """Mutant: it is required to delete; or it is not told."""
    home.agree_to_share()
    await publish(home)
    Deliveries(home.register.vault).authorise_independently(
        home.subject.subject_id, "home", "the ward's own contract"
    )
    [notice] = (await erased(home)).notices
    assert notice.status is NoticeStatus.EXEMPT
    notices = DeletionNotices(home.register.vault)
    [told] = await soon(hand_over(notices))
    assert (told.status, told.handed_over) == (NoticeStatus.EXEMPT, True)
    document = json.loads(tap.published[-1].payload)
    assert document["delete"] is False
    assert document["exempt_reason"] == "the ward's own contract"
    assert await hand_over(notices) == ()


@pytest.mark.requirement("BN-DSR-05")
async def test_one_that_refuses_has_failed(tap: Tap, home: Household) -> None:
    """A broker that may not be sent to: its own channel is left. Mutant: pending for ever."""
    home.agree_to_share()
    await publish(home)
    [notice] = (await erased(home)).notices
    notices = DeletionNotices(home.register.vault)
    changed = notice.model_copy(
        update={"recipient": {**notice.recipient, "endpoint": "mqtt://192.0.2.1"}}
    )
    home.register.vault.put("deletion-notice", notice.id, changed)
    [after] = await soon(hand_over(notices))
    assert after.status is NoticeStatus.FAILED
    assert len(notices.open()) == 1
    notices.acknowledged(notice.id)  # told by mail
    assert notices.open() == ()


async def test_without_an_open_notice_nothing_is_sent(tap: Tap, home: Household) -> None:
    """Mutant: the leave for notices opens a connection for something else."""
    notices = DeletionNotices(home.register.vault)
    with pytest.raises(ConsentRequiredError):
        notices.permit("0" * 16).check()
    assert await hand_over(notices) == ()
    home.agree_to_share()
    await publish(home)
    [notice] = (await erased(home)).notices
    notices.permit(notice.id).check()  # the control
    await soon(hand_over(notices))
    with pytest.raises(ConsentRequiredError):
        notices.permit(notice.id).check()
    with pytest.raises(RecipientError):
        notices.get("0" * 16)


async def test_under_a_hold_they_are_told_too_and_once(tap: Tap, home: Household) -> None:
    """Mutant: a second notice at the release of the hold."""
    home.agree_to_share()
    await publish(home)
    set_hold(home.register, home.subject.subject_id, "proceedings 7")
    [first] = (await erased(home)).notices
    [second] = (await erased(home)).notices
    assert first.id == second.id
    assert len(DeletionNotices(home.register.vault).list()) == 1


@pytest.mark.requirement("BN-DSR-09")
@pytest.mark.requirement("BN-SHR-12")
async def test_nothing_that_a_broker_says_is_listened_to(tap: Tap, home: Household) -> None:
    """Commands go to every topic that is known. Mutant: the publisher subscribes to any."""
    home.agree_to_share()
    subject = home.subject.subject_id
    name = home.recipients.pseudonym("home", subject=subject, device=DEVICE)
    before = [row.entry for row in home.store.rows()]
    commands = Source(reading(0))
    commands.end()
    await soon(home.publisher().publish(commands))

    async with aiomqtt.Client("127.0.0.1", tap._broker_port) as stranger:  # pyright: ignore[reportPrivateUsage]
        for what in ("export", "erase", "cancel"):
            for topic in (f"babyn/{name}/cmd/{what}", f"babyn/cmd/{what}", f"{name}/{what}/set"):
                await stranger.publish(topic, b"{}", qos=1)
    await publish(home)
    assert {packet.kind for packet in tap.packets} == {"CONNECT", "PUBLISH", "DISCONNECT"}
    assert [row.entry for row in home.store.rows()] == before
    assert home.register.subjects() == (subject,)
