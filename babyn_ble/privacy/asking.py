"""Asking a person through a host's own prompt: what is open, once, and never a no again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from babyn_ble.privacy.answers import Answer
from babyn_ble.privacy.consent import ConsentRegister
from babyn_ble.privacy.events import IndicationMethod, RequestOrigin
from babyn_ble.privacy.lookup import ConsentState
from babyn_ble.privacy.notices import Notice
from babyn_ble.privacy.purposes import ConsentScope

Prompt = Callable[[Notice], Awaitable[Answer]]
"""Shows a notice to a person and returns what they said."""


async def ask(
    register: ConsentRegister,
    subject_id: str,
    scopes: Sequence[ConsentScope],
    prompt: Prompt,
    *,
    indication_method: IndicationMethod,
    by_their_wish: bool = False,
    language: str = "en",
) -> list[ConsentState]:
    """Ask for each of some consents that does not hold, and record the answers.

    What a person has refused or withdrawn is not asked again, unless its notice is another by
    now: a program may call this at every start.

    Args:
        register: records the answers. Its methods run on this thread.
        subject_id: whose data.
        scopes: what is needed.
        prompt: asks a person, one notice at a time.
        indication_method: how a person answers there.
        by_their_wish: a person has asked for the question; then what they refused is asked too.
        language: of the notices.

    Returns:
        Where each of them stands then, in their order.
    """
    given_by = register.subject(subject_id).consenting_party.party_id
    for scope in scopes:
        state = register.status(subject_id, scope)
        if state.valid or (state.settled and not by_their_wish):
            continue
        notice = register.notice(subject_id, scope, language)
        register.request(subject_id, scope, language=language, origin=RequestOrigin.HOST)
        answer = await prompt(notice)
        if answer is Answer.AGREE:
            register.give(
                subject_id,
                scope,
                notice_sha256=notice.sha256,
                given_by=given_by,
                indication_method=indication_method,
                language=language,
            )
        elif answer is Answer.REFUSE:
            register.refuse(subject_id, scope, given_by=given_by)
        else:
            register.defer(subject_id, scope)
    return [register.status(subject_id, scope) for scope in scopes]
