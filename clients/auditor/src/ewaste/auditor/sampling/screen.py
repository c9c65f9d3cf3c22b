"""A sample as people and spreadsheets read it."""

import csv
from typing import IO, Final

from ewaste.auditor.sampling.sample import Sample
from ewaste.auditor.sampling.subjects import FieldFact
from ewaste.evidence.tables.cells import safe_text
from rich.console import Console
from rich.text import Text

__all__ = ["show_sample", "write_csv"]

_COLUMNS: Final = ("number", "member", "subject")
_FACT_COLUMNS: Final = (
    "index", "topic", "partition", "offset", "type", "time", "claim_index",
    "text_en", "text_th", "look_at_en", "look_at_th",
)  # fmt: skip


def show_sample(console: Console, found: Sample, *, thai: bool, english: bool) -> None:
    """Each subject with its facts, and under each what to look at."""
    for subject in found.subjects:
        console.print(Text(f"\n{subject.number:>3}. {subject.name}", style="bold"))
        for fact in subject.facts:
            told = fact.to_dict()
            console.print(Text.assemble("     ", _words(told, "text", thai, english), (f"  {_where(fact)}", "dim")))
            console.print(Text(f"       → {_words(told, 'look_at', thai, english)}", style="cyan"))
    head = found.head
    console.print(
        Text(
            f"\n{len(found.subjects)} of {found.count:,} {found.population.value} of {head.origin}, size {head.size:,}"
        )
    )
    console.print(Text(f"root {head.root.hex()}, nonce {found.nonce!r}: anybody draws the same from these"))


def write_csv(file: IO[str], found: Sample) -> None:
    """One row per fact, with the texts in both languages; safe for spreadsheets."""
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([*_COLUMNS, *_FACT_COLUMNS])
    for subject in found.subjects:
        names = [subject.number, subject.member, safe_text(subject.name)]
        for fact in subject.facts:
            told = fact.to_dict()
            writer.writerow([*names, *(_cell(told[name]) for name in _FACT_COLUMNS)])


def _words(told: dict[str, str], name: str, thai: bool, english: bool) -> str:
    return " · ".join(told[f"{name}_{tongue}"] for tongue, shown in (("en", english), ("th", thai)) if shown)


def _where(fact: FieldFact) -> str:
    return f"#{fact.place.index}" + (f", signed at #{fact.claim}" if fact.claim is not None else "")


def _cell(value: str | int | None) -> str | int:
    return value if isinstance(value, int) else safe_text(value or "")
