"""What ``babyn doctor`` looks at of a subject's rights: what is overdue, or has been left lying."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from babyn_ble.privacy.doctor import Finding, Verdict, examination
from babyn_ble.privacy.rights.backup import expired_backups
from babyn_ble.privacy.rights.notices import DeletionNotices
from babyn_ble.privacy.rights.requests import RequestRegister

if TYPE_CHECKING:
    from babyn_ble.privacy.consent import ConsentRegister


@examination("backups")
def _backups(register: ConsentRegister, _: Path) -> Finding:
    expired = len(expired_backups(register.vault, register.clock.now()))
    if not expired:
        return Finding("backups", Verdict.FINE, "none that is past its time is still there")
    are = "1 is" if expired == 1 else f"{expired} are"
    return Finding("backups", Verdict.LOOK, f"{are} past the time for which it was made; delete it")


@examination("notices")
def _notices(register: ConsentRegister, _: Path) -> Finding:
    waiting = len(DeletionNotices(register.vault).open())
    if not waiting:
        return Finding("notices", Verdict.FINE, "nobody is still to be told to delete")
    words = f"{waiting} still to be handed over"
    return Finding("notices", Verdict.LOOK, words, ("privacy", "notices", "send"))


@examination("requests")
def _requests(register: ConsentRegister, _: Path) -> Finding:
    pressing = sum(
        len(RequestRegister(register, subject_id).pressing()) for subject_id in register.subjects()
    )
    if not pressing:
        return Finding("requests", Verdict.FINE, "none is due soon")
    words = f"{pressing} due soon, or overdue"
    return Finding("requests", Verdict.LOOK, words, ("privacy", "requests", "list"))
