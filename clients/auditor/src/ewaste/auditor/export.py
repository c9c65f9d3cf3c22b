"""A register of a period from a mirror, without a network: the rows that the service gives."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ewaste.auditor.chains import Chains
from ewaste.auditor.entries import head_at, trusted_entries
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.identities import Identities
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.auditor.watch import Watch, nobody
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


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: so many rows, true for the ledger's first `size` records under `root`."""

    rows: int
    stamp: Stamp


class _Reader:
    """One pass over the mirror: its chains, and which records put things into the register."""

    def __init__(self, mirror: Mirror, register: Register, size: int, watch: Watch) -> None:
        identities = Identities()
        self.chains = Chains(mirror, identities)
        self.noted: list[Entry] = []
        self.indices: dict[str, list[int]] = {}
        for entry in trusted_entries(mirror, size, watch):
            if entry.in_place:
                self.chains.see(entry)
                identities.is_new(entry)
                assert entry.envelope is not None
                noted = entry_of(entry.envelope, entry.index)
                if noted is not None and noted.model in register.models:
                    self.noted.append(noted)
                    self.indices.setdefault(noted.key, []).append(entry.index)


def export_register(
    folder: Path,
    register: Register,
    period: Period,
    format: Format,
    out: Path,
    *,
    until: Until | None = None,
    bom: bool = False,
    watch: Watch = nobody,
) -> Exported:
    """Write the register as of `until` (default: all records) to `out`; raises `CannotRun`."""
    mirror = Mirror.open(folder)
    size = size_at(mirror, until)
    read = _Reader(mirror, register, size, watch)
    stamp = Stamp(register, period, mirror.origin, size, head_at(mirror, size).root.hex(), DEFAULT_RULES.digest())
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
        indices = () if roots else {at for each in page for at in read.indices[each.key]}
        yield list(rows_of(register, read.chains.evidence_about(nodes, indices), page))
        watch("things", start + len(page), len(wanted))
