"""What must hold besides the consents before the radio is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babyn_ble.privacy.platform import PlatformProbe, require_allowed
from babyn_ble.privacy.purposes import Category

if TYPE_CHECKING:
    from babyn_ble.privacy.background import Background
    from babyn_ble.privacy.consent import ConsentRegister
    from babyn_ble.privacy.permits import Permit
    from babyn_ble.subject_gate import SubjectGate

__all__ = ["RadioConditions"]


class RadioConditions:
    """The platform does not refuse it, and work without a person is written down.

    Args:
        register: told what the platform allows.
        background: begun where nobody is there.
        probe: looks at what the platform allows; ``None`` for a radio that asks no platform.
        subject_gate: says whose data this is, and whether a person is there.
    """

    def __init__(
        self,
        register: ConsentRegister,
        background: Background,
        probe: PlatformProbe | None,
        subject_gate: SubjectGate,
    ) -> None:
        self._register = register
        self._background = background
        self._probe = probe
        self._subject_gate = subject_gate

    async def require(self, permit: Permit) -> None:
        """Return if the radio may be used under a permit.

        Raises:
            PlatformPermissionDeniedError: the platform is known to refuse.
            ConsentRequiredError: nobody is there, and that is not agreed to.
        """
        if self._probe is not None:
            evidence = self._register.platform = await self._probe.snapshot()
            require_allowed(evidence, scanning=permit.act.category is Category.SIGHTING)
        if not self._subject_gate.attended:
            await self._background.begin(self._subject_gate.subject.subject_id)
