"""What is wrong with a table of a scenario, in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError

Kinds = Mapping[str, type[BaseModel]]
"""The kinds of one family of tables: what each is called, and what may stand in it."""


def explain(
    error: ValidationError,
    data: Mapping[str, Any],
    *,
    top: Mapping[str, type[BaseModel] | None],
    families: Mapping[str, Kinds],
    tables: Kinds,
) -> str:
    """Return the first problem: its key, and what is allowed there. No value is in it.

    Args:
        error: what pydantic found.
        data: what it looked at.
        top: the keys of ``data``, with the table that each holds unless it is a family.
        families: the keys that hold a list of tables, each of one of several kinds.
        tables: the tables that a table of a family may have inside.
    """
    problems = error.errors(include_url=False, include_input=False)
    first = problems[0]
    where = list(first["loc"])
    kinds: Kinds = families.get(str(where[0]), {}) if where else {}
    if len(where) > 2 and kinds:
        del where[2]  # the kind, by which pydantic chose among them
    context = cast("Mapping[str, Any]", first.get("ctx", {}))
    kind = first["type"]
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        where.append("kind")
        what = f"allowed: {', '.join(kinds)}"
    elif kind == "extra_forbidden":
        allowed = _allowed(where, data, top, kinds, tables)
        what = f"this key is not known here; allowed: {', '.join(allowed)}"
    elif kind == "missing":
        what = "two numbers are needed" if isinstance(where[-1], int) else "this key is missing"
    elif kind == "tuple_type":
        names = ".".join(part for part in where if isinstance(part, str))
        what = f"must be a list; a {where[-1]} begins with [[{names}]]"
    elif kind == "literal_error":
        what = f"allowed: {context['expected']}"
    elif kind == "value_error":
        what = str(context["error"])
    elif kind == "string_pattern_mismatch":
        what = f"must match the pattern {context['pattern']}"
    else:
        what = first["msg"].replace("Input should be", "must be").replace("Input", "it")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{_key(where)}: {what}{more}"


def _key(where: Iterable[object]) -> str:
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the file"


def _allowed(
    where: Sequence[int | str],
    data: Mapping[str, Any],
    top: Mapping[str, type[BaseModel] | None],
    kinds: Kinds,
    tables: Kinds,
) -> Iterable[str]:
    """Return the keys of the table that an unknown key stands in."""
    if len(where) == 1:
        return list(top)
    whole = top[str(where[0])]
    if whole is not None:
        return list(whole.model_fields)
    table = cast("Mapping[str, Any]", data[str(where[0])][where[1]])
    inside = [part for part in where[2:-1] if isinstance(part, str)]
    known = tables[inside[-1]] if inside else kinds[table["kind"]]
    return list(known.model_fields)
