"""What is done with data, purpose by purpose, in plain words: for whoever asks (L27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from babyn_ble.privacy.notices import cited_lines
from babyn_ble.privacy.policy import POLICY, PolicyVersion, citation
from babyn_ble.privacy.purposes import ConsentScope, Operation, operations
from babyn_ble.privacy.terms import terms


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one consent means.

    Attributes:
        scope: which consent.
        why: what it is for.
        data: which data.
        operations: what is done with them.
        kept: for how long.
        recipients: who gets them, by name; nobody, if it is empty.
        withdraw: the command that ends it.
        policy_lines: the lines of the policy that it rests on.
        in_policy: whether the policy itself asks for it; if not, its notice is ours.
    """

    scope: ConsentScope
    why: str
    data: str
    operations: tuple[Operation, ...]
    kept: str
    recipients: tuple[str, ...]
    withdraw: str
    policy_lines: tuple[str, ...]
    in_policy: bool


def explain(
    scope: ConsentScope, recipients: Sequence[str] = (), policy: PolicyVersion = POLICY
) -> Explanation:
    """Return what a consent means.

    Args:
        scope: which consent.
        recipients: names of who gets the data under it.
        policy: the version whose lines are cited.
    """
    told = terms(scope)
    return Explanation(
        scope=scope,
        why=told.why,
        data=told.data,
        operations=operations(scope),
        kept=told.kept,
        recipients=tuple(recipients),
        withdraw=f"babyn consent withdraw {scope}",
        policy_lines=tuple(citation(*lines) for lines in cited_lines(scope, policy)),
        in_policy=told.in_policy,
    )
