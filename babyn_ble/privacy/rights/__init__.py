"""A subject's rights: to see what is kept, to have it corrected, and to have it erased.

None of them needs a consent, a device, a radio or a network. Everything here is for who can
open the store; nothing of it can be reached from elsewhere.
"""

from __future__ import annotations

from babyn_ble.privacy.rights.entries import DeletionGround, VerifiedBy
from babyn_ble.privacy.rights.erasure import Erased, erase
from babyn_ble.privacy.rights.export import Export, export
from babyn_ble.privacy.rights.export_files import write_export
from babyn_ble.privacy.rights.importing import import_export

__all__ = [
    "DeletionGround",
    "Erased",
    "Export",
    "VerifiedBy",
    "erase",
    "export",
    "import_export",
    "write_export",
]
