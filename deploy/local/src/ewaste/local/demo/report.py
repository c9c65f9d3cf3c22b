"""What the demo prints: one item's chain as a tree, and the day in numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

from ewaste.local.demo.day import Outcome
from ewaste.local.demo.world import World
from rich.markup import escape
from rich.table import Column, Table
from rich.tree import Tree

__all__ = ["chain", "numbers", "urls"]

_MOST_BRANCHES = 8


def chain(trace: Mapping[str, Any]) -> Tree:
    """The tree of `GET /trace/item/...`: Thai first, English beside it."""
    tree = Tree(_headline(trace))
    _grow(tree, trace)
    return tree


def _grow(tree: Tree, trace: Mapping[str, Any]) -> None:
    for step in trace["steps"]:
        claim = " [green]✓ คู่ค้าลงนาม (signed by the partner)[/green]" if step.get("claim") else ""
        where = f"[dim]#{step['index']} {step['time']}[/dim]"
        tree.add(f"{escape(step['text_th'])}{claim}\n[dim]{escape(step['text_en'])}[/dim]\n{where}")
    for lacking in trace["missing"]:
        tree.add(f"[yellow]{escape(lacking['text_th'])}[/yellow]\n[dim]{escape(lacking['text_en'])}[/dim]")
    for branch in trace["then"][:_MOST_BRANCHES]:
        _grow(tree.add(_headline(branch)), branch)


def _headline(trace: Mapping[str, Any]) -> str:
    return f"[bold]{escape(trace['text_th'])}[/bold]\n[dim]{escape(trace['text_en'])}[/dim]"


def numbers(world: World, outcome: Outcome) -> Table:
    """The day in numbers; grams close to the last one."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _rows(world, outcome):
        table.add_row(name, f"[bold]{value}[/bold]")
    return table


def _rows(world: World, outcome: Outcome) -> Iterator[tuple[str, str]]:
    def total(name: str) -> int:
        return sum(certificate["grams"][name] for certificate in outcome.certificates)

    yield "boxes", f"{len(world.boxes):,}"
    yield "items dropped", f"{len(world.drops):,}"
    yield "events in the ledger", f"{outcome.events:,}"
    yield "events per second, whole day", f"{outcome.events / outcome.seconds:,.0f} ({outcome.seconds:.1f} s)"
    yield "batches", f"{len(world.batches)}"
    yield "certificates", f"{len(outcome.certificates)}"
    for line in outcome.uncertified["open_lines"]:
        yield f"no certificate: {outcome.uncertified['batch_id']}", f"{line['text_th']} ({line['text_en']})"
    yield "grams collected (net)", f"{sum(bag.net_grams for bag in world.bags):,}"
    yield (
        "grams in, certified batches",
        f"{total('input'):,} (own {total('own'):,}, other clients {total('other_clients'):,})",
    )
    yield "grams out, certified batches", f"{total('output'):,} + declared loss {total('process_loss'):,}"
    yield "grams landfilled, certified", f"{total('landfill'):,}"


def urls(ports: Mapping[str, int], outcome: Outcome) -> Table:
    """Where to look next; an address is never cut, a narrow screen folds it."""
    table = Table(Column(), Column(overflow="fold"), show_header=False, box=None, pad_edge=False)
    base = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    table.add_row("this item, as its owner sees it", f"{base['dropoff']}/r/{outcome.receipt_code}")
    table.add_row("this item's chain", f"{base['traceability']}/pages/trace/item/{outcome.shown_item}")
    table.add_row("certificates", f"{base['traceability']}/pages/certificates")
    table.add_row("the ledger's records", f"{base['traceability']}/ledgers/custody/entries")
    table.add_row("the log's checkpoint", f"{base['traceability']}/log/custody/checkpoint")
    table.add_row("whom to trust", f"{base['traceability']}/log/custody/policy")
    for name in ("dropoff", "logistics", "recycler", "education", "traceability"):
        table.add_row(f"{name}: API", f"{base[name]}/docs")
    return table
