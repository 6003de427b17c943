from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import replace
from importlib import resources

import pytest

from babyn_ble.privacy import POLICY, PolicyVersion, notices
from babyn_ble.privacy.notices import Notice, notice_for
from babyn_ble.privacy.purposes import (
    LOCATION,
    OWN_SCOPES,
    REQUIREMENTS,
    Category,
    ConsentScope,
    Permission,
    Purpose,
)
from babyn_ble.privacy.recipients import Recipient, RecipientType
from babyn_ble.privacy.terms import SCOPE_TERMS, terms
from tests.privacy.household import CONTROLLER, RECIPIENT, Household

SHARING = ConsentScope.sharing("home")
ABROAD = ConsentScope.cross_border("DE")
ELSEWHERE = RECIPIENT.model_copy(update={"id": "ward", "country": "DE"})


def every_notice(policy: PolicyVersion = POLICY, language: str = "en") -> list[Notice]:
    return [
        *(notice_for(scope, language, policy=policy) for scope in OWN_SCOPES),
        notice_for(SHARING, language, recipients=[RECIPIENT], reference="r", policy=policy),
        notice_for(ABROAD, language, recipients=[ELSEWHERE], reference="r", policy=policy),
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


def test_another_policy_makes_another_notice() -> None:
    """BN-VER-03. Mutant: the policy's hash is no part of the text."""
    before = {notice.sha256 for notice in every_notice()}
    other = POLICY.model_copy(update={"sha256": "0" * 64})
    assert before.isdisjoint(notice.sha256 for notice in every_notice(other))


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
    with pytest.raises(ValueError, match="en, zh only"):
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


def texts(language: str) -> dict[str, dict[str, str]]:
    file = resources.files("babyn_ble.privacy") / f"notices_{language}.toml"
    return tomllib.loads(file.read_text("utf-8"))


@pytest.mark.requirement("BN-PUR-08")
@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    """BN-PUR-08. Mutant: a text, or what is filled into it, is missing in one language."""
    there, english = texts(language), texts("en")
    assert {name: set(table) for name, table in there.items()} == {
        name: set(table) for name, table in english.items()
    }
    for name, table in there.items():
        for part, text in table.items():
            fields = set(re.findall(r"\{\w+\}", text))
            assert fields == set(re.findall(r"\{\w+\}", english[name][part])), (name, part)


@pytest.mark.parametrize("language", notices.LANGUAGES)
def test_a_notice_in_every_language_names_times_and_the_way_back(language: str) -> None:
    """Mutant: a time in one language is not the one that holds."""
    told = {"P180D": ("180 days", "180 天"), "P1Y": ("one year", "一年")}
    for notice in every_notice(language=language):
        assert "{" not in notice.text
        assert f"'babyn consent withdraw {notice.scope}'" in notice.text
        assert any(until in notice.text for until in told[terms(notice.scope).validity])
        assert POLICY.sha256 in notice.text
        assert notice.title[-1] in ("?", "\uff1f")
    assert len({notice.sha256 for notice in every_notice(language=language)}) == 10
    assert notices.statement(language)


def test_a_consent_in_chinese_is_bound_to_the_chinese_text(home: Household) -> None:
    """Mutant: the language is not part of what is compared."""
    shown = home.register.notice(home.id, LOCATION, "zh")
    home.register.request(home.id, LOCATION, language="zh")
    home.answer(LOCATION, notice_sha256=shown.sha256, language="zh")
    state = home.register.status(home.id, LOCATION)
    assert (state.valid, state.language, state.notice_sha256) == (True, "zh", shown.sha256)
    assert shown.sha256 != home.register.notice(home.id, LOCATION).sha256


@pytest.mark.requirement("BN-VER-06")
def test_what_the_code_does_stands_in_the_notices() -> None:
    """BN-VER-06. Mutant: an act, or a field of a recipient, is added to the code alone."""
    registry = notices.registry()
    assert registry["covers"] == {
        kind: [
            " ".join((purpose, category, operation))
            for (purpose, category, operation), kinds in REQUIREMENTS.items()
            if kind in kinds
        ]
        for kind in SCOPE_TERMS
    }
    assert registry["recipient_fields"] == list(Recipient.model_fields)
    named = {word for acts in registry["covers"].values() for act in acts for word in act.split()}
    assert {*Purpose, *Category} <= named


@pytest.mark.requirement("BN-VER-06")
def test_what_a_notice_covers_is_part_of_it() -> None:
    """BN-VER-06. Mutant: more is covered under the same hash."""
    notice = notice_for(LOCATION)
    wider = replace(notice, covers=(*notice.covers, "sharing health transmit"))
    assert wider.sha256 != notice.sha256


@pytest.mark.requirement("BN-PUR-08")
def test_everything_is_explained(home: Household) -> None:
    """BN-PUR-08. Mutant: a purpose, or one of the things to be said of it, is left out."""
    home.register.recipients.put(RECIPIENT)
    home.register.recipients.put(ELSEWHERE)
    told = {str(one.scope): one for one in home.register.explain(home.id)}
    assert {one.scope.purpose for one in told.values()} == set(Purpose)
    assert {one.scope.permission for one in told.values()} == {None, *Permission}
    for scope, one in told.items():
        assert all((one.why, one.data, one.operations, one.kept, one.policy_lines)), scope
        assert one.withdraw == f"babyn consent withdraw {scope}"
        assert bool(one.recipients) is (one.scope.kind in ("sharing", "cross_border")), scope
    assert told["sharing:home"].recipients == (RECIPIENT.name,)
    assert told["cross_border:DE"].recipients == (ELSEWHERE.name,)
    assert told["location"].policy_lines == ("L61", "L152-L160")
    assert {scope for scope, one in told.items() if one.in_policy} == {"location", "bluetooth"}
