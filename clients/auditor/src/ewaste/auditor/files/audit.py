"""The audit of files: bundles, leaves, tiles, root. Shared out to all cores by ranges of bundles.

Memory is 32 bytes for each 256 entries, and what one bundle needs in each process.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final

import msgspec
from ewaste.auditor.files.diagnosis import FileFault, Kind, compact, diagnose
from ewaste.auditor.mirror.folder import files_in
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.ledger.merkle import HASH_BYTES, Frontier
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.tiles.audit import check_bundle, check_upper
from ewaste.evidence.tiles.growth import leaf_row
from ewaste.evidence.tiles.layout import ENTRIES, TILE_WIDTH, tile_in
from ewaste.evidence.tiles.tree import TileBroken, TileMissing, read_bundle

__all__ = ["FilesAudit", "audit_files"]

_CHUNK: Final = 128
_ALONE: Final = 256
"""Below this many bundles other processes would cost more than they save."""


class FilesAudit(msgspec.Struct, frozen=True):
    """What is wrong with the files, and the root that the entries make: None where not all of them can be read."""

    faults: list[FileFault]
    made: bytes | None


class _Part(msgspec.Struct, frozen=True):
    """Some bundles: what the tiles above need of each, and their faults."""

    summaries: list[bytes]
    faults: list[FileFault]


def audit_files(folder: Path, checkpoint: Checkpoint, watch: Watch = nobody) -> FilesAudit:
    """Hold every bundle and tile of the mirror to the checkpoint's root, and name the files that were changed."""
    bundles = -(-checkpoint.size // TILE_WIDTH)
    summaries: list[bytes] = []
    faults: list[FileFault] = []
    for part in _parts(folder, checkpoint, bundles):
        summaries += part.summaries
        for fault in part.faults:
            _add(faults, fault)
        watch("entries", min(len(summaries) * TILE_WIDTH, checkpoint.size), checkpoint.size)
    if all(summaries):
        # Where a bundle and its tile are both lost, the tiles above would be accused in their place.
        read = files_in(folder)
        faults += compact(read, check_upper(read, checkpoint.size, checkpoint.root, summaries))
    return FilesAudit(faults, _made(folder, checkpoint.size) if faults else checkpoint.root)


def _parts(folder: Path, checkpoint: Checkpoint, bundles: int) -> Iterator[_Part]:
    ranges = [range(first, min(first + _CHUNK, bundles)) for first in range(0, bundles, _CHUNK)]
    workers = min(os.cpu_count() or 1, len(ranges))
    if bundles < _ALONE or workers == 1:
        yield from (_check(folder, checkpoint, some) for some in ranges)
        return
    # A fork would copy the progress bar's thread in whatever state it is; a fresh process has none.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting: deque[Future[_Part]] = deque()
        for some in ranges:
            waiting.append(pool.submit(_check, folder, checkpoint, some))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()


def _check(folder: Path, checkpoint: Checkpoint, bundles: range) -> _Part:
    read = files_in(folder)
    summaries: list[bytes] = []
    faults: list[FileFault] = []
    for index in bundles:
        checked = check_bundle(read, checkpoint.size, checkpoint.root, index)
        summaries.append(checked.summary)
        if checked.faults:
            faults += diagnose(read, tile_in(ENTRIES, index, checkpoint.size), checked.row, checked.faults)
    return _Part(summaries, faults)


def _add(faults: list[FileFault], fault: FileFault) -> None:
    """Entries that all moved by one place, bundle after bundle, are one fault."""
    before = faults[-1] if faults else None
    moved = fault.kind in (Kind.TAKEN_OUT, Kind.PUT_IN)
    if before and moved and (before.kind, before.until + 1) == (fault.kind, fault.first):
        faults[-1] = msgspec.structs.replace(before, until=fault.until)
    else:
        faults.append(fault)


def _made(folder: Path, size: int) -> bytes | None:
    """The root that the entries make by themselves, whatever the tiles say."""
    read, tree = files_in(folder), Frontier()
    for index in range(-(-size // TILE_WIDTH)):
        try:
            row = leaf_row(read_bundle(read, tile_in(ENTRIES, index, size)))
        except (TileMissing, TileBroken):
            return None
        tree = tree.extend(row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES))
    return tree.root()
