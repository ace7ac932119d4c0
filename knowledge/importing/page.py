"""An import's report as one page: what was found, and the clauses beside the source that they were made from."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path

from knowledge.importing.document import Finding, Place, Severity
from knowledge.importing.findings import CODES
from knowledge.model import CouncilProtocol
from knowledge.store import load_protocol

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td,th{border-top:1px solid #bbb;padding:.4rem;text-align:left;vertical-align:top}
.severe{background:#ffe3e0}.warning{background:#fff4d6}small a,small{color:#444}mark{background:#ffe69a}li:target mark{outline:2px solid}
.beside{display:grid;grid-template-columns:1fr 1fr;gap:2rem}.clause{display:grid;grid-template-columns:5rem 1fr}
.clause p,.clause ul{margin:0 0 .5rem}ol{padding-left:3.5rem}@media(max-width:50rem){.beside{grid-template-columns:1fr}}"""


def page_of(folder: Path, findings: Sequence[Finding], marked: Sequence[int | None]) -> str:
    """The page, for the draft or the protocol in `folder`; nothing in it is fetched from anywhere.

    `marked` has for each finding the line of the source that it is about.

    Raises:
        BadData: when the protocol cannot be read.
    """
    protocol = load_protocol(folder / "protocol.yaml")
    order = sorted(zip(findings, marked, strict=True), key=lambda pair: list(Severity)[::-1].index(pair[0].severity))
    rows = "".join(_row(finding, line) for finding, line in order)
    source = folder / "source.txt"
    lines = source.read_text(encoding="utf-8").splitlines() if source.is_file() else []
    read = "".join(
        f"<li id='line-{number}'>{f'<mark>{_text(line)}</mark>' if number in marked else _text(line)}</li>"
        for number, line in enumerate(lines, 1)
    )
    counts = ", ".join(
        f"{sum(finding.severity is severity for finding in findings)} {words}" for severity, words in _MATTERS.items()
    )
    return (
        f"<!doctype html><html lang='en-GB'><meta charset='utf-8'><title>{_text(protocol.title)}: report</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{_STYLE}</style><h1>{_text(protocol.council)}: {_text(protocol.title)}</h1><p>{counts}.</p>"
        "<h2>Findings</h2><table><thead><tr><th>Matters</th><th>What and where</th><th>Words</th><th>What to do</th></tr>"
        f"</thead><tbody>{rows}</tbody></table><div class='beside'><section><h2>Clauses as they will be quoted</h2>"
        f"{_clauses(protocol)}</section><section><h2>The document, as it was read</h2><ol>{read}</ol></section></div></html>"
    )


_MATTERS = {
    Severity.SEVERE: "to accept before publishing",
    Severity.WARNING: "to look at",
    Severity.INFO: "for information",
}


def _row(finding: Finding, line: int | None) -> str:
    where = ", ".join(part for part in (_where(finding.place), finding.clause and f"clause {finding.clause}") if part)
    linked = f"<a href='#line-{line}'>{_text(where)}</a>" if line else _text(where)
    return (
        f"<tr class='{finding.severity.value}'><td>{_MATTERS[finding.severity]}</td>"
        f"<td>{_text(CODES.get(finding.code, finding.code))}<br><small>{linked}</small></td>"
        f"<td>{f'“{_text(finding.words)}”' if finding.words else ''}</td><td>{_text(finding.todo)}</td></tr>"
    )


def _where(place: Place) -> str:
    return "" if place == Place() else str(place)


def _clauses(protocol: CouncilProtocol) -> str:
    parts: list[str] = []
    opened: tuple[str, ...] = ()
    for clause in protocol.clauses:
        parts += [f"<h3>{_text(heading)}</h3>" for heading in clause.heading if heading not in opened]
        opened = clause.heading
        items = f"<ul>{''.join(f'<li>{_paragraphs(item)}</li>' for item in clause.items)}</ul>" if clause.items else ""
        number = _text(clause.number.text)
        parts.append(f"<div class='clause'><b>{number}</b><div>{_paragraphs(clause.text)}{items}</div></div>")
    return "".join(parts)


def _text(words: str) -> str:
    return html.escape(words)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_text(part)}</p>" for part in text.split("\n\n") if part)
