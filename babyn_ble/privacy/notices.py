"""Notices: what a person reads before agreeing. One for each consent, in plain words.

A notice is identified by the SHA-256 of its text. The text names the policy version, for
sharing the recipient and every field, and for sending abroad every recipient there; so whatever
changes there makes another notice, and a consent given under the old one has to be given again.
The texts are data (``notices_*.toml``).
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from babyn_ble.privacy.policy import POLICY, PolicyText, PolicyVersion, citation
from babyn_ble.privacy.purposes import ConsentScope
from babyn_ble.privacy.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from babyn_ble.privacy.recipients import Recipient
    from babyn_ble.privacy.subjects import Party

LANGUAGES = ("en", "zh")
"""Languages there are notices in; BCP 47."""

_SECTIONS = (
    "what",
    "why",
    "data",
    "where",
    "kept",
    "who",
    "withdraw",
    "refuse",
    "policy",
    "rights",
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice for one consent.

    Attributes:
        scope: what it asks for.
        language: of its text; BCP 47.
        title: the question that it asks.
        sections: headings with their texts, in order.
        source: the policy version and lines that it rests on.
        policy: the policy version that it rests on.
        covers: purpose, category and operation of every act that takes this consent.
        reference: keyed hash of everything known of its recipients; empty without any.
        controller: who asks, and how to reach them. Shown with the notice; not in its hash,
            which stands in the ledger for good.
    """

    scope: ConsentScope
    language: str
    title: str
    sections: tuple[tuple[str, str], ...]
    source: str
    policy: PolicyVersion
    covers: tuple[str, ...] = ()
    reference: str = ""
    controller: Party | None = None

    @property
    def text(self) -> str:
        """The text that the hash is taken of."""
        head = f"{self.title}\n[{self.scope}, {self.language}: {', '.join(self.covers)}]"
        body = "".join(f"\n\n{heading}\n{text}" for heading, text in self.sections)
        reference = f"\n\n[{self.reference}]" if self.reference else ""
        return f"{head}{body}\n\n{self.source}{reference}\n"

    @property
    def sha256(self) -> str:
        """SHA-256 of the text in UTF-8, as hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def cited(self, policy: PolicyText) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the cited lines of the policy, from a text the user gave.

        Returns:
            Pairs of a citation (``L61``) and its lines.
        """
        return tuple(
            (citation(first, last), policy.lines(first, last))
            for first, last in cited_lines(self.scope, self.policy)
        )


def notice_for(
    scope: ConsentScope,
    language: str = "en",
    *,
    recipients: Sequence[Recipient] = (),
    reference: str = "",
    controller: Party | None = None,
    policy: PolicyVersion = POLICY,
) -> Notice:
    """Return the notice for a consent.

    Args:
        scope: what is asked for.
        language: BCP 47.
        recipients: for sharing the one in question, for a country every one that is there;
            otherwise none.
        reference: keyed hash of their entries. It keeps anyone without the key from
            guessing names out of the notice's hash.
        controller: who asks.
        policy: the version that it rests on.

    Raises:
        ValueError: there is no notice in that language, or the recipients are not the scope's.
    """
    if scope.country is not None:
        proper = {recipient.country for recipient in recipients} == {scope.country}
    else:
        proper = [recipient.id for recipient in recipients] == list(filter(None, [scope.recipient]))
    if not proper:
        raise ValueError("a notice about recipients is about its own")
    texts = _texts(language)
    own, common, headings = texts[scope.kind], texts["common"], texts["headings"]
    values = {"scope": str(scope), **_of_recipients(scope, recipients, common["no_agreement"])}

    def filled(name: str) -> str:
        return (own.get(name) or common[name]).format_map(values)

    source = common["source"].format(
        title=policy.title,
        update_date=policy.update_date,
        effective_date=policy.effective_date,
        sha256=policy.sha256,
        lines=", ".join(citation(*lines) for lines in cited_lines(scope, policy)) or "-",
    )
    return Notice(
        scope,
        language,
        filled("title"),
        tuple((headings[name], filled(name)) for name in _SECTIONS),
        source,
        policy,
        covered(scope),
        reference,
        controller,
    )


def covered(scope: ConsentScope) -> tuple[str, ...]:
    """Return which acts a notice covers, each as purpose, category and operation."""
    return tuple(registry()["covers"][scope.kind])


@cache
def registry() -> dict[str, Any]:
    """Return what the notices cover, as it was written down with them."""
    file = resources.files("babyn_ble.privacy") / "notices.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def cited_lines(scope: ConsentScope, policy: PolicyVersion) -> tuple[tuple[int, int], ...]:
    """Return the lines of a policy version that a notice rests on."""
    if policy.sha256 == POLICY.sha256:
        return terms(scope).policy_lines
    return policy.cites.get(scope.kind, ())


def statement(language: str = "en") -> str:
    """Return the statement that a guardian makes once, at set-up."""
    return _texts(language)["statement"]["text"]


def statement_sha256(language: str = "en") -> str:
    """Return the SHA-256 of :func:`statement`, as hexadecimal digits."""
    return hashlib.sha256(statement(language).encode()).hexdigest()


def _of_recipients(
    scope: ConsentScope, recipients: Sequence[Recipient], no_agreement: str
) -> dict[str, str]:
    if scope.country is not None:
        names = (_one_line(f"{recipient.name} ({recipient.id})") for recipient in recipients)
        return {"country": scope.country, "names": "; ".join(names)}
    if scope.recipient is None:
        return {}
    (recipient,) = recipients
    values = {
        "id": recipient.id,
        "name": recipient.name,
        "endpoint": recipient.endpoint,
        "purpose": recipient.purpose,
        "fields": ", ".join(recipient.fields),
        "country": recipient.country,
        "agreement": recipient.agreement_ref or no_agreement,
        "retention": recipient.retention,
        "contact": recipient.contact,
        "policy_url": recipient.policy_url,
        "delete_channel": recipient.delete_channel,
    }
    return {name: _one_line(value) for name, value in values.items()}


def _one_line(typed: str) -> str:
    """Return it so that it cannot look like a part of the notice."""
    return " ".join(typed.split())


@cache
def _texts(language: str) -> dict[str, dict[str, str]]:
    if language not in LANGUAGES:
        raise ValueError(f"there are notices in {', '.join(LANGUAGES)} only, so far")
    file = resources.files("babyn_ble.privacy") / f"notices_{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
