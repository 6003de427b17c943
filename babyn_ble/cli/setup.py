"""``babyn setup``: who is responsible, whose data it is, and who may consent. Once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from babyn_ble.cli.invocation import Invocation, UsageError, invocation_of
from babyn_ble.cli.language import LanguageOption, accepted_languages
from babyn_ble.cli.output import Output
from babyn_ble.cli.prompts import ask, ask_for_word
from babyn_ble.cli.running import announce_ends, opened
from babyn_ble.companion import Companion
from babyn_ble.errors import NotSetUpError
from babyn_ble.privacy.notices import statement, statement_sha256
from babyn_ble.privacy.signing import load_public_key
from babyn_ble.privacy.subjects import (
    AttestationMethod,
    GuardianAttestation,
    Party,
    PartyRole,
    PartyType,
    Subject,
    SubjectKind,
)

HASH_DIGITS = 12
"""Digits of a hash that a script has to name at least."""


class Relationship(StrEnum):
    """What the consenting party is to the child."""

    PARENT = "parent"
    GUARDIAN = "guardian"


KINDS = {
    SubjectKind.CHILD: "a child under 14; a parent or guardian consents",
    SubjectKind.TEST_ARTICLE: "a device on a bench, nobody's data; readings are marked as tests",
    SubjectKind.SYNTHETIC: "simulated; works with --radio sim: only",
}


def setup(
    context: typer.Context,
    kind: Annotated[
        SubjectKind | None, typer.Option(help="Whose data it is: a child, or nobody's.")
    ] = None,
    controller: Annotated[
        str | None, typer.Option(help="Name of who is responsible: you, or your organisation.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option(help="How to reach them about privacy (mail, telephone).")
    ] = None,
    organisation: Annotated[
        bool, typer.Option("--organisation", help="The controller is an organisation.")
    ] = False,
    guardian: Annotated[
        str | None,
        typer.Option(help="Name of who may consent: parent, guardian, or the bench's operator."),
    ] = None,
    guardian_contact: Annotated[
        str | None, typer.Option(help="How to reach them; by default as the controller.")
    ] = None,
    relationship: Annotated[
        Relationship | None, typer.Option(help="What they are to the child.")
    ] = None,
    statement_hash: Annotated[
        str | None,
        typer.Option("--statement", help="SHA-256 of the guardian's statement, as agreed to."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What the child or the article is called here; optional.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="ISO 3166 code of the country whose law applies.")
    ] = None,
    language: LanguageOption = None,
    guardian_key: Annotated[
        Path | None,
        typer.Option(
            help="The guardian's public key: from then on only answers signed with it count."
        ),
    ] = None,
) -> None:
    """Name once who is responsible and who may consent.

    A person is asked for what the options leave out; a script gives them all.
    """
    invocation = invocation_of(context)
    output = invocation.output
    if guardian_key is not None:
        load_public_key(guardian_key)  # what is no key is said before anything is recorded
    with opened(invocation) as companion:
        form = _Form(invocation, language)
        known = subject_of(companion)
        if known is not None:
            _pin(invocation, companion, known, guardian_key)
            _report(invocation, known, new=False)
            states = companion.consent.statuses(known.subject_id)
            announce_ends(invocation, companion, [state.scope for state in states])
            return
        chosen = form.kind(kind)
        responsible = Party(
            party_name=form.words("--controller", controller, "Who is responsible? Your name:"),
            party_contact=form.words(
                "--contact", contact, "How can they be reached about privacy? Mail or telephone:"
            ),
            party_role=PartyRole.CONTROLLER,
            party_type=PartyType.ORGANISATION if organisation else PartyType.PERSON,
        )
        who = "Who consents for the child?" if chosen is SubjectKind.CHILD else "Who operates it?"
        consenting_name = form.words(
            "--guardian", guardian, who, default="" if organisation else responsible.party_name
        )
        role, attestation = PartyRole.OPERATOR, None
        if chosen is SubjectKind.CHILD:
            role = form.relationship(relationship)
            attestation = form.attestation(statement_hash)
        subject = companion.consent.setup(
            kind=chosen,
            controller=responsible,
            consenting_party=Party(
                party_name=consenting_name,
                party_contact=guardian_contact or responsible.party_contact,
                party_role=role,
            ),
            attestation=attestation,
            name=form.short("--name", name),
            jurisdiction=form.country(country),
        )
        _pin(invocation, companion, subject, guardian_key)
        _report(invocation, subject, new=True)
    if guardian_key is not None:
        following: tuple[str, ...] = ("request", "FILE")
    else:
        following = ("review",) if invocation.interactive else ("show",)
    output.following(invocation.command("consent", *following))


def subject_of(companion: Companion) -> Subject | None:
    """Return whose data this is, or ``None`` if that was not said yet."""
    try:
        return companion.subject
    except NotSetUpError:
        return None


def names_hash(named: str, sha256: str) -> bool:
    """Return whether enough digits of a hash were named, and the right ones."""
    return len(named) >= HASH_DIGITS and sha256.startswith(named.lower())


class _Form:
    """Takes what options say, and asks a person for the rest."""

    def __init__(self, invocation: Invocation, language: str | None) -> None:
        self._invocation = invocation
        self._languages = accepted_languages(language)
        self._output: Output = invocation.output

    def kind(self, given: SubjectKind | None) -> SubjectKind:
        """Return whose data it is."""
        if given is not None:
            return given
        self._require_person("--kind child|test_article|synthetic")
        for kind, meaning in KINDS.items():
            self._output.say(f"  {kind:<13} {meaning}")
        answer = ask_for_word(
            self._output, "Whose data is it? Type child, test_article or synthetic:", list(KINDS)
        )
        if answer is None:
            raise UsageError("None of the three was chosen; nothing was changed")
        return SubjectKind(answer)

    def words(self, option: str, given: str | None, question: str, *, default: str = "") -> str:
        """Return a name or a contact."""
        if given is None and not self._invocation.interactive and default:
            return default
        if given is None:
            self._require_person(option)
            given = ask(self._output, question, default=default)
        if not given.strip() or len(given) > 300:
            raise UsageError(f"{option} takes 1 to 300 characters; nothing was changed")
        return given

    def short(self, option: str, given: str | None) -> str | None:
        """Return a name that may be left out."""
        if given is not None and not 1 <= len(given) <= 100:
            raise UsageError(f"{option} takes 1 to 100 characters; nothing was changed")
        return given

    def country(self, given: str | None) -> str:
        """Return a country's code; ``ZZ`` if none was given."""
        if given is None:
            return "ZZ"
        if len(given) != 2 or not given.isascii() or not given.isalpha():
            raise UsageError("--country takes two letters (ISO 3166); nothing was changed")
        return given.upper()

    def relationship(self, given: Relationship | None) -> PartyRole:
        """Return what the consenting party is to the child."""
        if given is None:
            self._require_person("--relationship parent|guardian")
            answer = ask_for_word(
                self._output,
                "What are they to the child? Type parent or guardian:",
                list(Relationship),
            )
            if answer is None:
                raise UsageError("Neither parent nor guardian was typed; nothing was changed")
            given = Relationship(answer)
        return PartyRole.PARENT if given is Relationship.PARENT else PartyRole.GUARDIAN

    def attestation(self, named: str | None) -> GuardianAttestation:
        """Return the guardian's statement, made by a person or named by its hash."""
        language = self._languages[0]
        sha256, text = statement_sha256(language), statement(language)
        if named is not None:
            made = [each for each in self._languages if names_hash(named, statement_sha256(each))]
            if not made:
                raise UsageError(
                    f"--statement does not name the guardian's statement, whose SHA-256 begins "
                    f"with {sha256[:HASH_DIGITS]}: {text}"
                )
            language = made[0]
        elif self._invocation.interactive:
            self._output.say(text)
            if ask_for_word(self._output, "Type yes if that is so:", ["yes"]) is None:
                raise UsageError("The statement was not made; nothing was changed")
        else:
            raise UsageError(
                f"A guardian has to state this: {text} A script names its SHA-256: "
                f"--statement {sha256[:HASH_DIGITS]}"
            )
        return GuardianAttestation(
            method=AttestationMethod.TYPED_STATEMENT,
            statement_sha256=statement_sha256(language),
            language=language,
        )

    def _require_person(self, option: str) -> None:
        if not self._invocation.interactive:
            raise UsageError(
                f"Nobody is there to be asked; give {option} as well",
                next_command=self._invocation.command("setup", "--help"),
            )


def _pin(invocation: Invocation, companion: Companion, subject: Subject, file: Path | None) -> None:
    if file is None:
        return
    public_key = load_public_key(file)
    with invocation.helped_by("consent", "replace-key", str(file)):
        companion.consent.pin_guardian_key(subject.subject_id, public_key)
    output = invocation.output
    output.say(
        (f"{output.marks.yes} ", "good"),
        "The guardian's key is pinned: only answers signed with it count from now on. "
        f"It begins with {public_key[:HASH_DIGITS]}.",
    )


def _report(invocation: Invocation, subject: Subject, *, new: bool) -> None:
    output = invocation.output
    output.emit(
        subject=subject.subject_id,
        kind=subject.kind.value,
        role=subject.consenting_party.party_role.value,
        jurisdiction=subject.jurisdiction,
        new=new,
    )
    who = f"{subject.consenting_party.party_name} may consent; "
    responsible = f"{subject.controller.party_name} is responsible."
    what = f"Subject: {subject.kind.value} ({KINDS[subject.kind]})."
    if new:
        output.say((f"{output.marks.yes} ", "good"), "Set up. ", what)
    else:
        output.say((f"{output.marks.yes} ", "good"), "Set up already; nothing was changed. ", what)
    output.say(f"  {who}{responsible}")
