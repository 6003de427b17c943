from __future__ import annotations

import hashlib

import pytest

from babyn_ble.privacy import POLICY, notices
from babyn_ble.privacy.notices import Notice, notice_for
from babyn_ble.privacy.purposes import OWN_SCOPES, ConsentScope
from babyn_ble.privacy.recipients import RecipientType
from babyn_ble.privacy.terms import terms
from tests.privacy.household import CONTROLLER, RECIPIENT, Household

SHARING = ConsentScope.sharing("home")
ABROAD = ConsentScope.cross_border("DE")
ELSEWHERE = RECIPIENT.model_copy(update={"id": "ward", "country": "DE"})


def every_notice() -> list[Notice]:
    return [
        *(notice_for(scope) for scope in OWN_SCOPES),
        notice_for(SHARING, recipients=[RECIPIENT], reference="r"),
        notice_for(ABROAD, recipients=[ELSEWHERE], reference="r"),
    ]


@pytest.mark.parametrize("notice", every_notice(), ids=lambda notice: str(notice.scope))
def test_a_notice_says_everything(notice: Notice) -> None:
    """BN-PUR-08. Mutant: a section is missing, or a placeholder is left unfilled."""
    assert [heading for heading, _ in notice.sections] == [
        "What happens",
        "Why",
        "Which data",
        "Where it stays",
        "For how long",
        "Who gets it",
        "If you change your mind",
        "If you say no",
        "What the BabyN app's privacy policy says",
        "Your rights",
    ]
    assert "{" not in notice.text
    assert f"'babyn consent withdraw {notice.scope}'" in notice.text
    assert POLICY.sha256 in notice.text
    assert notice.title.endswith("?")
    until = {"P180D": "180 days", "P1Y": "one year"}[terms(notice.scope).validity]
    assert until in notice.text
    assert hashlib.sha256(notice.text.encode()).hexdigest() == notice.sha256


@pytest.mark.parametrize("notice", every_notice(), ids=lambda notice: str(notice.scope))
def test_a_notice_does_not_claim_what_the_policy_does_not_cover(notice: Notice) -> None:
    """Gap G6. Mutant: health readings presented as covered by the app's policy."""
    policy = dict(notice.sections)["What the BabyN app's privacy policy says"]
    assert ("notice is ours" in policy) is not terms(notice.scope).in_policy


def test_a_notice_is_the_same_every_time_and_everywhere() -> None:
    """Mutant: the hash depends on the installation, or on who is responsible."""
    home, other = Household(), Household()
    for scope in OWN_SCOPES:
        notice = home.register.notice(home.id, scope)
        assert notice.sha256 == other.register.notice(other.id, scope).sha256
        assert CONTROLLER not in notice.text  # its hash stands in the ledger for good


def test_a_notice_names_the_controller_beside_its_text(home: Household) -> None:
    """BN-MIN-05. Mutant: the contact is left out."""
    controller = home.register.notice(home.id, OWN_SCOPES[0]).controller
    assert controller is not None
    assert controller.party_name == CONTROLLER
    assert controller.party_contact


def test_another_policy_makes_another_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """BN-VER-03. Mutant: the policy's hash is no part of the text."""
    before = {notice.sha256 for notice in every_notice()}
    from dataclasses import replace

    monkeypatch.setattr(notices, "POLICY", replace(POLICY, sha256="0" * 64))
    assert before.isdisjoint(notice.sha256 for notice in every_notice())


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Another"},
        {"endpoint": "mqtt://127.0.0.2"},
        {"fields": ("value",)},
        {"fields": ("unit", "value")},
        {"fields": ("value", "unit", "site")},
        {"purpose": "Something else"},
        {"country": "DE"},
        {"contact": "someone else"},
        {"retention": "one year"},
        {"delete_channel": "write a letter"},
        {"policy_url": "https://example.org"},
        {"recipient_type": RecipientType.PROCESSOR, "agreement_ref": "A-1"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_about_a_recipient_makes_another_notice(
    home: Household, change: dict[str, object]
) -> None:
    """BN-SHR-04. Mutant: a field of the recipient is not in the notice."""
    changed = RECIPIENT.model_copy(update=change)
    home.register.recipients.put(RECIPIENT)
    before = home.register.notice(home.id, SHARING)
    assert "value, unit" in before.text
    assert RECIPIENT.name in before.title
    home.register.recipients.put(changed)
    assert home.register.notice(home.id, SHARING).sha256 != before.sha256
    home.register.recipients.put(RECIPIENT)
    assert home.register.notice(home.id, SHARING).sha256 == before.sha256  # the control


def test_names_cannot_be_guessed_out_of_a_sharing_notices_hash() -> None:
    """Mutant: the keyed reference is left out, and the hash can be tried with names."""
    texts: list[str] = []
    for home in (Household(), Household()):
        home.register.recipients.put(RECIPIENT)
        texts.append(home.register.notice(home.id, SHARING).text)
    assert texts[0] != texts[1]
    assert texts[0].partition("\n\n[")[0] == texts[1].partition("\n\n[")[0]


def test_what_was_typed_in_cannot_look_like_the_notice() -> None:
    """Mutant: line breaks of a recipient's name are kept."""
    forged = RECIPIENT.model_copy(update={"name": "Home\n\nWho gets it\nNobody."})
    notice = notice_for(SHARING, recipients=[forged])
    assert notice.text.count("\nWho gets it\n") == 1


def test_there_is_only_what_there_is() -> None:
    with pytest.raises(ValueError, match="en only"):
        notice_for(OWN_SCOPES[0], "xx")
    for scope, recipients in (
        (SHARING, []),
        (SHARING, [ELSEWHERE]),
        (SHARING, [RECIPIENT, ELSEWHERE]),
        (ABROAD, []),
        (ABROAD, [RECIPIENT]),
        (ABROAD, [ELSEWHERE, RECIPIENT]),
        (OWN_SCOPES[0], [RECIPIENT]),
    ):
        with pytest.raises(ValueError, match="about its own"):
            notice_for(scope, recipients=recipients)


def test_the_guardians_statement() -> None:
    assert "under 14" in notices.statement()
    digest = hashlib.sha256(notices.statement().encode()).hexdigest()
    assert notices.statement_sha256() == digest
