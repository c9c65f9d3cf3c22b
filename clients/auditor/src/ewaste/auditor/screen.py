"""What people see: the report of an audit, and a chain as a tree in English or Thai."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from ewaste.auditor.findings import Finding, what_to_do
from ewaste.auditor.report import Report
from ewaste.auditor.rules_diff import Change, RulesDiff
from ewaste.evidence.custody.trace import Trace
from ewaste.evidence.notes.checkpoints import Checkpoint
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

__all__ = ["Language", "show_chain", "show_finding", "show_report", "show_rules_diff"]

_SHOWN_FINDINGS: Final = 50
_SHOWN_OPEN: Final = 5


class Language(StrEnum):
    EN = "en"
    TH = "th"
    BOTH = "both"


def show_report(console: Console, report: Report) -> None:
    """Numbers first, then each finding with its place and what to do."""
    console.print(_numbers(report))
    if report.open:
        console.print(f"\n[yellow]{len(report.open)} not complete yet[/] (no finding; mirror again later)")
        for finding in report.open[:_SHOWN_OPEN]:
            console.print(Text(f"  {finding.message}"))
    findings = report.findings.by_place()
    for finding in findings[:_SHOWN_FINDINGS]:
        show_finding(console, finding)
    total = report.findings.counts.total()
    if total > _SHOWN_FINDINGS:
        console.print(f"\n… {total - _SHOWN_FINDINGS} more; --json lists them")
    verdict = "[bold green]clean[/]: no finding" if report.clean else f"[bold red]{total} finding{'s' * (total > 1)}[/]"
    console.print(f"\n{escape(report.mirror)}: {verdict}")


def show_rules_diff(console: Console, found: RulesDiff) -> None:
    """The files that differ, then each batch that they judge otherwise."""
    for name, (old, new) in found.files.items():
        console.print(Text(f"{name}: {(old or 'none')[:16]} → {(new or 'none')[:16]}", style="dim"))
    for change in found.changes[:_SHOWN_FINDINGS]:
        _show_change(console, change)
    if len(found.changes) > _SHOWN_FINDINGS:
        console.print(f"\n… {len(found.changes) - _SHOWN_FINDINGS} more; --json lists them")
    console.print(f"\n{len(found.changes)} of {found.batches} batches would be judged otherwise")


def _show_change(console: Console, change: Change) -> None:
    console.print(Text.assemble("\n", (change.effect.value, "bold"), f"  batch {change.batch_id}"))
    for each in change.differences:
        console.print(Text(f"  {each.path}: {each.old} → {each.new}"))
    if change.old_reasons or change.new_reasons:
        before, after = ", ".join(change.old_reasons), ", ".join(change.new_reasons)
        console.print(Text(f"  {before or 'certificate'} → {after or 'certificate'}"))


def _numbers(report: Report) -> Table:
    root = report.root.hex() if report.root else "none: not all entries can be read"
    rows = [
        ("ledger", report.checkpoint.origin),
        ("checkpoint", f"{report.checkpoint.size:,} records, root {report.checkpoint.root.hex()}"),
        ("signed", _signed(report)),
        ("as of", f"{report.size:,} records, root {root}" if report.size != report.checkpoint.size else ""),
        ("roots compared", f"{report.numbers.roots}"),
        *(() if report.files_only else _events(report)),
    ]
    table = Table.grid(padding=(0, 2))
    for name, told in rows:
        if told:
            table.add_row(Text(name, style="dim"), Text(told))
    return table


def _signed(report: Report) -> str:
    if not report.policy_given:
        return "not checked: no --policy says whom to trust"
    if report.signed is None:
        return "by no log of the policy"
    witnesses = [f"{each.key.name} at {_utc(each.time)}" for each in report.signed.cosigned]
    return f"by {report.checkpoint.origin}; {', '.join(witnesses) if witnesses else 'no witness'}"


def _utc(seconds: int | None) -> str:
    try:
        return datetime.fromtimestamp(seconds or 0, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return f"{seconds} s after 1970"


def _events(report: Report) -> Iterable[tuple[str, str]]:
    numbers, judged = report.numbers, report.judged
    refused = ", ".join(f"{count} {reason}" for reason, count in sorted(judged.refused.items()))
    apart = f"{numbers.repeated} sent again, {numbers.unreadable} unreadable, {numbers.out_of_place} out of place"
    return (
        ("records", f"{numbers.records:,} in {numbers.partitions} partitions ({apart})"),
        ("sources", ", ".join(f"{name} to {highest:,}" for name, highest in numbers.sources.items()) or "none"),
        (
            "claims",
            f"{judged.accepted:,} accepted, {judged.refused.total():,} refused{f' ({refused})' if refused else ''}",
        ),
        ("", f"{len(judged.unanswered):,} without an answer" if judged.unanswered else ""),
        ("certificates", f"{numbers.certificates:,} derived again, byte for byte"),
    )


def show_finding(console: Console, finding: Finding) -> None:
    """What, where, and what to do."""
    console.print(Text.assemble("\n", (finding.code.value, "bold red"), f"  {finding.message}"))
    if finding.place:
        console.print(Text(f"  {finding.place}", style="dim"))
    console.print(Text(f"  → {what_to_do(finding.code)}"))


def show_chain(console: Console, chain: Trace, head: Checkpoint, language: Language) -> None:
    """The tree, and what it rests on."""
    console.print(_tree(chain, language))
    missing = chain.all_missing()
    if missing:
        console.print()
        for each in missing:
            for text in _texts(each.text_en, each.text_th, language):
                console.print(Text(f"… {text}", style="yellow"))
    console.print(Text(f"\nfrom {head.size:,} records of {head.origin}, root {head.root.hex()}", style="dim"))
    console.print(Text("`ewaste-auditor verify` shows whether these records are whole.", style="dim"))


def _tree(chain: Trace, language: Language) -> Tree:
    tree = Tree(_label(_texts(chain.text_en, chain.text_th, language), style="bold"))
    for step in chain.steps:
        proof = f"  #{step.index}" + (f" ← signed #{step.claim.index}" if step.claim else "")
        taken_back = f"  taken back by #{step.withdrawn_by}" if step.withdrawn_by is not None else ""
        label = _label(_texts(step.text_en, step.text_th, language))
        tree.add(Text.assemble((f"{step.time} ", "dim"), label, (proof + taken_back, "dim")))
    for difference in chain.differences:
        if difference.difference.value != "matched":
            tree.add(Text(f"≠ {difference.difference.value}", style="yellow"))
    for told in chain.disputes:
        style = "yellow" if told.dispute.is_open else ""
        dispute = tree.add(_label(_texts(told.text_en, told.text_th, language), style=style))
        for said, (english, thai) in zip(told.dispute.statements, told.said, strict=True):
            dispute.add(Text.assemble(_label(_texts(english, thai, language)), (f"  #{said.index}", "dim")))
    for below in (*chain.then, *chain.inside):
        tree.children.append(_tree(below, language))
    return tree


def _label(texts: Iterable[str], style: str = "") -> Text:
    return Text(" · ".join(texts), style=style)


def _texts(english: str, thai: str, language: Language) -> list[str]:
    if language is Language.BOTH:
        return [english, thai]
    return [english if language is Language.EN else thai]
