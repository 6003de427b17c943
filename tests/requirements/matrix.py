"""``make policy``: every requirement with its clause, its code, and what its tests say now."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping

import pytest
from rich.console import Console
from rich.table import Table

from tests.requirements.catalogue import ROOT, Requirement, nodes, requirements

PAGE = ROOT / "docs" / "privacy.md"
BEGIN, END = "<!-- matrix: made by `make policy` -->", "<!-- end of the matrix -->"


class Outcomes:
    """A pytest plugin that notes how the tests of each requirement end."""

    def __init__(self) -> None:
        self.of: dict[str, Counter[str]] = {}
        self._ids: dict[str, tuple[str, ...]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            self._ids[item.nodeid] = tuple(
                str(id_) for mark in item.iter_markers("requirement") for id_ in mark.args
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            for id_ in self._ids.get(report.nodeid, ()):
                self.of.setdefault(id_, Counter())[report.outcome] += 1


def verdict(requirement: Requirement, outcomes: Counter[str] | None) -> str:
    """Return in a few words how a requirement stands."""
    if requirement.not_here:
        return f"not this library: {requirement.not_here}"
    if not outcomes:
        return "NO TEST"
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))


def page(catalogue: Mapping[str, Requirement]) -> str:
    """Return the matrix as it stands in ``docs/privacy.md``."""
    lines = ["| id | clause | what it asks for | code | tests |", "|---|---|---|---|---|"]
    for id_, requirement in catalogue.items():
        if requirement.not_here:
            where = f"not this library: {requirement.not_here} | "
        else:
            code = " ".join(f"`{name}`" for name in requirement.code)
            where = f"{code} | {_listed(nodes().get(id_, ()))}"
        lines.append(f"| {id_} | {requirement.clause} | {requirement.rule} | {where} |")
    return "\n".join(lines)


def _listed(marked: tuple[str, ...]) -> str:
    files = Counter(node.partition("::")[0] for node in marked)
    return " ".join(f"`{file}` ({count})" for file, count in sorted(files.items()))


def with_matrix(text: str, matrix: str) -> str:
    """Return the text of the page with the matrix in its place."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{matrix}\n{END}{after}"


def main() -> int:
    """Run the tests, print the matrix, and write it into the page."""
    outcomes = Outcomes()
    marked = sorted({node for found in nodes().values() for node in found})
    code = pytest.main(["-q", "--no-header", "-p", "no:cacheprovider", *marked], plugins=[outcomes])
    table = Table("id", "clause", "what it asks for", "tests")
    silent = 0
    for id_, requirement in requirements().items():
        said = verdict(requirement, outcomes.of.get(id_))
        silent += said == "NO TEST"
        table.add_row(id_, requirement.clause, requirement.rule, said)
    Console().print(table)
    here = sum(not requirement.not_here for requirement in requirements().values())
    print(f"{len(requirements())} requirements: {here} kept here, {silent} of them without a test")
    PAGE.write_text(
        with_matrix(PAGE.read_text(encoding="utf-8"), page(requirements())), encoding="utf-8"
    )
    return int(code) or int(silent > 0)


if __name__ == "__main__":
    sys.exit(main())
