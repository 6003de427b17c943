"""Another country: only encrypted, and only under an agreement."""

from __future__ import annotations

import pytest

from babyn_ble.errors import RecipientError
from babyn_ble.gateway.mqtt import require_protected_abroad
from babyn_ble.gateway.recipients import MqttRecipient, complete
from babyn_ble.privacy.purposes import ConsentScope
from tests.gateway.household import Household, Source, reading
from tests.gateway.mosquitto import Tap, soon

pytestmark = pytest.mark.requirement("BN-SHR-11")


@pytest.mark.parametrize(
    ("endpoint", "agreement", "abroad", "refused"),
    [
        ("mqtts://broker.example", "2026-7", True, None),
        ("mqtts://broker.example", "", True, "agreement"),
        ("mqtts://broker.example", " ", True, "agreement"),
        ("mqtt://127.0.0.1", "2026-7", True, "encrypted"),
        ("mqtt://127.0.0.1", "", True, "encrypted"),
        ("mqtt://127.0.0.1", "", False, None),
    ],
)
def test_what_it_takes(endpoint: str, agreement: str, *, abroad: bool, refused: str | None) -> None:
    """Mutant: one of the two is enough; or the own country is asked the same."""
    own = MqttRecipient.own_broker("mqtt://127.0.0.1", contact="guardian@example.org")
    entry = complete(
        {**own.model_dump(), "endpoint": endpoint, "agreement_ref": agreement, "country": "DE"}
    )
    country = "DE" if abroad else None
    if refused is None:
        require_protected_abroad(entry, country)
        return
    with pytest.raises(RecipientError, match=refused):
        require_protected_abroad(entry, country)


async def test_it_is_asked_before_anything_is_sent(tap: Tap, home: Household) -> None:
    """Mutant: it is asked once the connection stands, or never."""
    home.add_recipient(f"mqtt://127.0.0.1:{tap.port}", country="DE")
    home.agree_to_share()
    home.agree(ConsentScope.cross_border("DE"))
    with pytest.raises(RecipientError, match="another country"):
        await soon(home.publisher().publish(Source(reading())))
    assert tap.sent == []
