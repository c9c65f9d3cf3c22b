"""A register of a period from a fetched ledger, without a network: the rows that the service gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import entries
from ewaste.auditor.findings import Findings
from ewaste.auditor.identities import Identities
from ewaste.auditor.ledgerfile import CannotRun, LedgerFile
from ewaste.auditor.tree import Tree
from ewaste.auditor.verify import Watch
from ewaste.evidence.registers.catalogue import rows_of
from ewaste.evidence.registers.columns import Row
from ewaste.evidence.registers.entries import Entry, entry_of
from ewaste.evidence.registers.model import Register
from ewaste.evidence.registers.period import Period
from ewaste.evidence.rules.ruleset import DEFAULT_RULES
from ewaste.evidence.tables.model import Format, Stamp
from ewaste.evidence.tables.writers import open_table

__all__ = ["Exported", "export_register"]

_PAGE: Final = 200
_TELL_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: so many rows, true for the ledger's first `size` records under `root`."""

    rows: int
    stamp: Stamp


class _Reader:
    """One pass over the file: its chains, and which records put things into the register."""

    def __init__(self, file: LedgerFile, register: Register, until: int | None, watch: Watch) -> None:
        self.tree, identities = Tree(), Identities()
        self.chains = Chains(file, identities)
        self.noted: list[Entry] = []
        self.positions: dict[str, list[int]] = {}
        for at, entry in entries(file, self.tree, Findings()):
            if entry is not None and entry.in_place and (until is None or entry.position < until):
                self.chains.see(entry)
                identities.is_new(entry)
                assert entry.envelope is not None
                noted = entry_of(entry.envelope, entry.index)
                if noted is not None and noted.model in register.models:
                    self.noted.append(noted)
                    self.positions.setdefault(noted.key, []).append(entry.position)
            if self.tree.size % _TELL_EVERY == 0:
                watch("records", at, file.bytes)
        watch("records", file.bytes, file.bytes)


def export_register(
    path: Path,
    register: Register,
    period: Period,
    format: Format,
    out: Path,
    *,
    size: int | None = None,
    bom: bool = False,
    watch: Watch = lambda *_: None,
) -> Exported:
    """Write the register as of the first `size` records (default: all) to `out`; raises `CannotRun`."""
    with LedgerFile(path) as file:
        read = _Reader(file, register, size, watch)
        if size is not None and size > read.tree.size:
            raise CannotRun(f"{path} has {read.tree.size} records; give --size of at most that")
        size = read.tree.size if size is None else size
        root = read.tree.root_at(size, file)
        assert root is not None
        stamp = Stamp(register, period, file.head.origin, size, root.hex(), DEFAULT_RULES.digest())
        return Exported(_write(read, stamp, format, out, bom=bom, watch=watch), stamp)


def _write(read: _Reader, stamp: Stamp, format: Format, out: Path, *, bom: bool, watch: Watch) -> int:
    """Through a file beside it, so that what stands at `out` is always whole."""
    part = out.with_name(out.name + ".part")
    written = 0
    try:
        with part.open("wb") as file, open_table(stamp, format, bom=bom) as table:
            for rows in _pages(read, stamp, watch):
                written += len(rows)
                file.write(table.add(rows))
            file.writelines(table.finish())
        part.replace(out)
    except OSError as error:
        raise CannotRun(f"{out} can't be written: {error.strerror}. Choose another place.") from None
    finally:
        part.unlink(missing_ok=True)
    return written


def _pages(read: _Reader, stamp: Stamp, watch: Watch) -> Iterator[list[Row]]:
    register, decisive = stamp.register, stamp.register.decided_by.__name__
    wanted = [each for each in read.noted if each.model == decisive and stamp.period.holds(each.happened_at)]
    wanted.sort(key=lambda each: (each.happened_at, each.index))
    for start in range(0, len(wanted), _PAGE):
        page = wanted[start : start + _PAGE]
        roots = [root for each in page if (root := register.root_of(each)) is not None]
        nodes = {node for root in roots for node in read.chains.related(root, register.skipping)}
        positions = () if roots else {at for each in page for at in read.positions[each.key]}
        yield list(rows_of(register, read.chains.evidence_about(nodes, positions), page))
        watch("things", start + len(page), len(wanted))
