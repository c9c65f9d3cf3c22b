"""What was done to a bundle of entries: changed, taken out, put in, swapped; told by the leaf hashes it should have."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES, leaf_hash
from ewaste.evidence.tiles.audit import TileFault
from ewaste.evidence.tiles.layout import BundleError, Tile, decode_bundle
from ewaste.evidence.tiles.tree import Read

__all__ = ["FileFault", "Kind", "compact", "diagnose"]


class Kind(StrEnum):
    """What was done, as far as it can be told."""

    MISSING = "missing"
    CHANGED = "changed"
    TAKEN_OUT = "taken_out"
    PUT_IN = "put_in"
    SWAPPED = "swapped"


class FileFault(msgspec.Struct, frozen=True):
    """A file that is not what it must be; ``first`` to ``last`` are the leaves concerned.

    ``until`` is the last leaf of the file, so that entries that all moved up or down are told once.
    """

    kind: Kind
    path: str
    first: int
    last: int
    what: str
    until: int


def diagnose(read: Read, bundle: Tile, row: bytes, faults: Sequence[TileFault]) -> list[FileFault]:
    """The same faults, and for this bundle what happened to its entries; ``row`` are the hashes that it must have."""
    own = [fault for fault in faults if fault.path == bundle.path]
    others = compact(read, [fault for fault in faults if fault.path != bundle.path])
    if not own:
        return others
    found = _hashes(read, bundle)
    wanted = [row[at : at + HASH_BYTES] for at in range(0, len(row), HASH_BYTES)]
    if found is None or len(wanted) != bundle.width:
        return [*compact(read, own), *others]
    return [*_told(bundle, found, wanted), *others]


def compact(read: Read, faults: Sequence[TileFault]) -> list[FileFault]:
    """One fault for each run of leaves that have the same fault."""
    found: list[FileFault] = []
    for fault in faults:
        before = found[-1] if found else None
        if before and (before.path, before.what, before.last + 1) == (fault.path, fault.what, fault.first):
            found[-1] = msgspec.structs.replace(before, last=fault.last, until=fault.last)
        else:
            kind = Kind.MISSING if fault.path.startswith("tile/") and _absent(read, fault.path) else Kind.CHANGED
            found.append(FileFault(kind, fault.path, fault.first, fault.last, fault.what, fault.last))
    return found


def _absent(read: Read, path: str) -> bool:
    return read(path) is None and read(path.partition(".p/")[0]) is None


def _hashes(read: Read, bundle: Tile) -> list[bytes] | None:
    content, whole = read(bundle.path), False
    if content is None:
        content, whole = read(bundle.whole.path), True
    try:
        entries = None if content is None else decode_bundle(content)
    except BundleError:
        return None
    return None if entries is None else [leaf_hash(entry) for entry in entries[: bundle.width if whole else None]]


def _told(bundle: Tile, found: list[bytes], wanted: list[bytes]) -> Iterator[FileFault]:
    start, end = bundle.leaves.start, bundle.leaves[-1]
    first = next((at for at, (left, right) in enumerate(zip(found, wanted, strict=False)) if left != right), None)
    at = min(len(found), len(wanted)) if first is None else first
    if len(found) == len(wanted) and (swapped := _swapped(bundle, found, wanted)):
        yield swapped
    elif len(found) <= len(wanted) and _follows(found[at:], wanted[at + 1 :], len(found) < len(wanted)):
        what = f"entry {start + at} was taken out; those after it moved up"
        yield FileFault(Kind.TAKEN_OUT, bundle.path, start + at, start + at, what, end)
    elif len(found) >= len(wanted) and _follows(wanted[at:], found[at + 1 :], len(found) > len(wanted)):
        what = f"an entry was put in before entry {start + at}; those after it moved down"
        yield FileFault(Kind.PUT_IN, bundle.path, start + at, start + at, what, end)
    elif len(found) != len(wanted):
        what = f"holds {len(found)} entries, not {len(wanted)}; they differ from entry {start + at} on"
        yield FileFault(Kind.CHANGED, bundle.path, start + at, end, what, end)
    else:
        yield from _changed(bundle, found, wanted)


def _follows(found: list[bytes], wanted: list[bytes], is_short: bool) -> bool:
    """Whether one goes on as the other, as far as both go; at the file's end the length alone tells it."""
    common = min(len(found), len(wanted))
    return found[:common] == wanted[:common] and (common > 0 or is_short)


def _swapped(bundle: Tile, found: list[bytes], wanted: list[bytes]) -> FileFault | None:
    places = _places(found, wanted)
    if len(places) != 2 or [found[at] for at in places] != [wanted[at] for at in places[::-1]]:
        return None
    one, other = (bundle.leaves.start + at for at in places)
    return FileFault(Kind.SWAPPED, bundle.path, one, other, f"entries {one} and {other} were swapped", other)


def _changed(bundle: Tile, found: list[bytes], wanted: list[bytes]) -> Iterator[FileFault]:
    for at in _places(found, wanted):
        index = bundle.leaves.start + at
        yield FileFault(Kind.CHANGED, bundle.path, index, index, f"entry {index} was changed", index)


def _places(found: list[bytes], wanted: list[bytes]) -> list[int]:
    return [at for at, (left, right) in enumerate(zip(found, wanted, strict=True)) if left != right]
