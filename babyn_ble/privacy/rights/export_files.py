"""An export as files: one in JSON, and a table in CSV for each part of it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from babyn_ble.errors import StoreError
from babyn_ble.privacy.rights.export import Export, Row
from babyn_ble.store.files import create_private, prepare_directory

JSON_NAME = "export.json"
_TABLES = ("devices", "readings", "consents", "recipients", "policies", "records", "left_out")
_NUMBER = re.compile(r"[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_export(export: Export, directory: Path) -> tuple[Path, ...]:
    """Write an export into a new directory that only its owner can enter; return the files.

    Raises:
        StoreError: the directory holds something already, or cannot be written.
    """
    prepare_directory(directory)
    files: list[Path] = []
    try:
        if any(directory.iterdir()):
            raise StoreError("The directory for the export is not empty; name a new one")
        for name, content in as_files(export).items():
            path = directory / name
            create_private(path, partial(_fill, content))
            files.append(path)
    except OSError:
        raise StoreError("The export cannot be written; check the directory and its disk") from None
    return tuple(files)


def as_files(export: Export) -> dict[str, str]:
    """Return the files of an export, each name with its text.

    CSV as of RFC 4180, in UTF-8 with a mark at the beginning, so that spreadsheets read it
    right. Text that a spreadsheet would take for a formula begins with an apostrophe there.
    """
    document = export.model_dump(mode="json")
    files = {JSON_NAME: json.dumps(document, ensure_ascii=False, indent=2) + "\n"}
    tables: dict[str, Sequence[Row]] = {"subject": [export.subject]}
    tables |= {name: document[name] for name in _TABLES}
    tables["readings"] = list(_with_their_device(export))
    for name, rows in tables.items():
        files[f"{name}.csv"] = _table([_flat(row) for row in rows])
    return files


def _with_their_device(export: Export) -> Iterator[Row]:
    """Yield the readings with what their devices state of themselves, for their provenance."""
    devices = {device["id"]: device for device in export.devices}
    for row in export.readings:
        device = devices.get(row["device"], {})
        yield {
            **row,
            **{
                f"device_{name}": device.get(name)
                for name in ("model", "manufacturer", "model_number", "firmware")
            },
        }


def _flat(row: Row, prefix: str = "") -> Row:
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(cast("Row", value), f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _table(rows: Sequence[Row]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return "\ufeff" + text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        formula = value.startswith(_FORMULA) and not _NUMBER.fullmatch(value)
        return f"'{value}" if formula else value
    return json.dumps(value, ensure_ascii=False)


def _fill(content: str, draft: Path) -> None:
    draft.write_text(content, encoding="utf-8", newline="")
