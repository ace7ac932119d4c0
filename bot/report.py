"""The clerk's report: how many questions, on which themes, how many without an answer; and the gap list.

Every figure is shown as a band of five ("10–14"), the total too, and anything under five only as that. So no figure
figure under five is shown, nor can one be computed: from a total and its parts, or from the reports of two months.
Only months that are over are reported on, so that nobody watches a band change from one day to the next.
"""

from __future__ import annotations

import calendar
import html
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.answer import Ending
from bot.gaps import Gap
from bot.storage import Feedback, Tally

FEWEST = 5
"""No count under this is shown."""

_QUESTIONS = {Ending.OWN, Ending.BORROWED, Ending.CHOICE, Ending.SILENT}


@dataclass(frozen=True, slots=True)
class Band:
    """A count as it is shown: its band of five, or that there were fewer than five (`low` is 0 then)."""

    low: int

    @classmethod
    def of(cls, count: int) -> Band:
        """The band of a count.

        >>> str(Band.of(4)), str(Band.of(5)), str(Band.of(42))
        ('fewer than 5', '5–9', '40–44')
        """
        return cls(count // FEWEST * FEWEST)

    def __str__(self) -> str:
        return f"{self.low}–{self.low + FEWEST - 1}" if self.low else f"fewer than {FEWEST}"


@dataclass(frozen=True, slots=True)
class Named:
    """A band with what it counts."""

    name: str
    band: Band


@dataclass(frozen=True, slots=True)
class Report:
    """What the clerk is shown of the twelve months that end with `month` (2026-11).

    `themes` are those of five questions or more, the most asked first; `rare` names all others of the catalogue,
    asked or not. `months` are the twelve, the oldest first.
    """

    council: str
    month: str
    questions: Band
    this_month: Band
    unanswered: Band
    unsure: Band
    helpful: Band
    unhelpful: Band
    months: tuple[Named, ...]
    themes: tuple[Named, ...]
    rare: tuple[str, ...]
    gaps: tuple[Gap, ...]


def first_month(month: str) -> str:
    """The month eleven before: with it begins the rolling year.

    >>> first_month("2026-11"), first_month("2026-12")
    ('2025-12', '2026-01')
    """
    number = int(month[:4]) * 12 + int(month[5:]) - 1 - 11
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_before(month: str) -> str:
    """The month before one.

    >>> month_before("2026-11"), month_before("2027-01")
    ('2026-10', '2026-12')
    """
    number = int(month[:4]) * 12 + int(month[5:]) - 2
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def make_report(
    council: str,
    month: str,
    tallies: Iterable[Tally],
    feedbacks: Iterable[Feedback],
    themes: Iterable[str],
    gaps: Sequence[Gap],
) -> Report:
    """The report on `council` (its name), from what was counted. `themes` are all that the catalogue knows."""
    first = first_month(month)
    year = [tally for tally in tallies if first <= tally.month <= month and tally.outcome in _QUESTIONS]
    voices = [voice for voice in feedbacks if first <= voice.month <= month]
    by_theme: Counter[str] = Counter()
    by_month: Counter[str] = Counter()
    by_outcome: Counter[str] = Counter()
    for tally in year:
        by_theme[tally.theme] += tally.count
        by_month[tally.month] += tally.count
        by_outcome[tally.outcome] += tally.count
    common = [theme for theme, count in by_theme.items() if theme and count >= FEWEST]
    named = (Named(_title(theme), Band.of(by_theme[theme])) for theme in common)
    return Report(
        council=council,
        month=month,
        questions=Band.of(sum(by_month.values())),
        this_month=Band.of(by_month[month]),
        unanswered=Band.of(by_outcome[Ending.SILENT.value]),
        unsure=Band.of(by_outcome[Ending.CHOICE.value]),
        helpful=Band.of(sum(voice.helpful for voice in voices)),
        unhelpful=Band.of(sum(voice.unhelpful for voice in voices)),
        months=tuple(Named(_month(name), Band.of(by_month[name])) for name in _year_to(month)),
        themes=tuple(sorted(named, key=lambda entry: (-entry.band.low, entry.name))),
        rare=tuple(sorted(_title(theme) for theme in set(themes) - set(common))),
        gaps=tuple(gaps),
    )


def as_text(report: Report) -> str:
    """The report for a terminal or a mail."""
    lines = [
        f"{report.council}: questions from {_month(first_month(report.month))} to {_month(report.month)}",
        "",
        *(f"{name + ':':<28}{band}" for name, band in _figures(report)),
        "",
        "Themes of the year",
        *(f"  {theme.name:<26}{theme.band}" for theme in report.themes),
    ]
    if report.rare:
        lines.append(f"  Fewer than {FEWEST} each, or none: {', '.join(report.rare)}")
    lines += ["", f"On {len(report.gaps)} matters your protocol is silent and another council's is not"]
    for gap in report.gaps:
        lines += ["", f"  {gap.title} ({_title(gap.theme).lower()})", *(f"    {line}" for line in _words(gap))]
        lines.append(f"    — {gap.quote.citation}")
    return "\n".join([*lines, "", _FOOTNOTE])


def as_page(report: Report) -> str:
    """The report as one page of HTML with charts, which needs nothing from anywhere else."""
    title = html.escape(f"{report.council}: questions to {_month(report.month)}")
    figures = "".join(f"<tr><th scope=row>{name}</th><td>{band}</td></tr>" for name, band in _figures(report))
    rare = html.escape(f"Fewer than {FEWEST} each, or none: {', '.join(report.rare)}.") if report.rare else ""
    gaps = "".join(
        f"<section><h3>{html.escape(gap.title)}</h3><blockquote>"
        + "".join(f"<p>{html.escape(line)}</p>" for line in _words(gap))
        + f"</blockquote><p class=cite>{html.escape(gap.quote.citation)}</p></section>"
        for gap in report.gaps
    )
    return (
        f"<!doctype html><html lang=en-GB><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f"<table>{figures}</table>"
        f"<h2>Themes of the year</h2>{_chart('Questions by theme', report.themes)}<p>{rare}</p>"
        f"<h2>Month by month</h2>{_chart('Questions by month', report.months)}"
        f"<h2>On {len(report.gaps)} matters your protocol is silent and another council's is not</h2>{gaps}"
        f"<p class=note>{html.escape(_FOOTNOTE)}</p></html>\n"
    )


_FOOTNOTE = (
    "Figures are shown in bands of five and nothing under five is shown, so that nobody can work out who asked what. "
    "No question is kept. The list of matters comes from the protocols' texts, not from what anybody asked."
)

_STYLE = (
    "body{font:17px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "body{color:#1b1b1b;background:#fff}"
    "h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2.2rem}h3{font-size:1rem;margin-bottom:.3rem}"
    "th{text-align:left;font-weight:400;padding-right:2rem}td{font-variant-numeric:tabular-nums}"
    "blockquote{margin:.3rem 0;padding-left:1rem;border-left:4px solid #9db4ce}blockquote p{margin:.3rem 0}"
    ".cite,.note{color:#4a4a4a;font-size:.9rem}svg{width:100%;height:auto}"
    "svg text{font:13px system-ui,sans-serif;fill:#1b1b1b}"
    "@media(prefers-color-scheme:dark){body{background:#16181b;color:#eee}svg text{fill:#eee}"
    ".cite,.note{color:#b9b9b9}}"
)

_ROW = 28
_LABELS = 190
_BARS = 330


def _chart(title: str, entries: Sequence[Named]) -> str:
    """A bar for each entry, as long as its band's middle; its words are text, so a screen reader reads the chart."""
    if not any(entry.band.low for entry in entries):
        return f"<p>{html.escape(title)}: fewer than {FEWEST} each.</p>"
    longest = max(entry.band.low for entry in entries) + FEWEST
    rows = []
    for place, entry in enumerate(entries):
        middle = place * _ROW + 18
        width = round((entry.band.low + FEWEST / 2) / longest * _BARS) if entry.band.low else 0
        rows.append(
            f"<text x={_LABELS - 8} y={middle} text-anchor=end>{html.escape(entry.name)}</text>"
            f"<rect x={_LABELS} y={middle - 14} width={width} height=18 rx=2 fill='#2f6fb0'></rect>"
            f"<text x={_LABELS + width + 8} y={middle}>{entry.band}</text>"
        )
    height = len(entries) * _ROW + 4
    return (
        f"<svg viewBox='0 0 {_LABELS + _BARS + 110} {height}' role=img aria-label='{html.escape(title, quote=True)}'>"
        f"<title>{html.escape(title)}</title>{''.join(rows)}</svg>"
    )


def _figures(report: Report) -> tuple[tuple[str, Band], ...]:
    return (
        ("Questions in twelve months", report.questions),
        (f"In {_month(report.month)}", report.this_month),
        ("No clause speaks to them", report.unanswered),
        ("Unsure which was meant", report.unsure),
        ("Said to be helpful", report.helpful),
        ("Said not to be helpful", report.unhelpful),
    )


def _words(gap: Gap) -> list[str]:
    lead = [gap.quote.lead] if gap.quote.lead else []
    text = [gap.quote.text] if gap.quote.text else []
    return [*lead, *"\n\n".join(text).split("\n\n"), *(f"• {item}" for item in gap.quote.items)]


def _year_to(month: str) -> list[str]:
    number = int(month[:4]) * 12 + int(month[5:]) - 1
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in range(number - 11, number + 1)]


def _month(month: str) -> str:
    return f"{calendar.month_name[int(month[5:])]} {month[:4]}"


def _title(theme: str) -> str:
    return theme.replace("-", " ").capitalize()


def is_month(text: str) -> bool:
    """Whether `text` is a month as it is counted by.

    >>> is_month("2026-11"), is_month("2026-13"), is_month("11/2026")
    (True, False, False)
    """
    return len(text) == 7 and text[4] == "-" and text[:4].isdecimal() and text[5:] in {f"{n:02d}" for n in range(1, 13)}
