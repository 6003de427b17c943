"""The gate's answer to one question: from what the register has in memory, denied by default."""

from __future__ import annotations

from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.lookup import Decision
from babyn_ble.privacy.permits import Act, Denial, Window
from babyn_ble.privacy.purposes import OWN_SCOPES, RadioKind, required_scopes
from babyn_ble.privacy.rights.entries import ENDED
from babyn_ble.privacy.subjects import SubjectKind


def answer(act: Act, register: ConsentRegister, radio: RadioKind) -> Window | Denial:
    """Return when an act is allowed, or why it is not.

    Args:
        act: the question.
        register: what was consented to.
        radio: where radio traffic goes.

    Raises:
        LedgerError: the ledger does not verify.
        StoreError: the store cannot be read.
    """
    country = None
    if act.recipient is not None:
        country = register.destination(act.subject_id, act.recipient)
    required = required_scopes(act.purpose, act.category, act.operation, act.recipient, country)
    if required is None:
        return Denial(
            f"No consent allows to {act.operation.value} {act.category.value} data for "
            f"{act.purpose.value}, so it is not done"
        )
    kind = register.kind(act.subject_id)
    if kind is None:
        register.decide(act.subject_id, ())  # a damaged ledger knows nobody
        return Denial(
            "Nobody is set up here whose data this would be; name controller, guardian "
            "and child first ('babyn setup')",
            required,
        )
    closed = register.why_closed(act.subject_id, act.purpose, act.operation)
    if closed is not None:
        return Denial(closed, ended=closed == ENDED)
    if kind is SubjectKind.SYNTHETIC and radio is not RadioKind.SIM:
        return Denial(
            "A synthetic subject exists in a simulation only (radio sim:); for a real radio "
            "set up a test article or a child"
        )
    if act.recipient is not None and kind is not SubjectKind.CHILD:
        return Denial(f"Data of a {kind.value} go to no recipient, so nothing was sent")
    decision = register.decide(act.subject_id, required)
    if not decision.missing:
        return Window(decision.not_before, decision.not_after)
    exception = register.exception_for(act, decision.missing)
    if exception is None:
        return _not_agreed(decision)
    return Window(
        max(decision.not_before, exception.declared_at),
        min(decision.not_after, exception.until),
        exception.exception_id,
    )


def _not_agreed(decision: Decision) -> Denial:
    missing, renewal = decision.missing, decision.missing == decision.renewable
    names = [str(scope) for scope in OWN_SCOPES if scope in missing]
    names += sorted(str(scope) for scope in missing.difference(OWN_SCOPES))
    listed = ", ".join(names)
    if renewal:
        why = ", ".join(sorted(change.value.replace("_", " ") for change in decision.changes))
        why = f"this has changed ({why})" if why else "it ended or its notice changed"
        message = f"To be agreed to again, as {why}: {listed}"
    else:
        message = f"Not agreed to: {listed}"
    return Denial(
        f"{message}; read the notice and decide ('babyn consent give {names[0]}')",
        missing,
        renewal=renewal,
        changes=decision.changes if renewal else frozenset(),
    )
