"""Tampering with a mirror: change its entries, and hash again as much as somebody with the files could."""

import shutil
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path

from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.layout import ENTRIES, TILE_WIDTH, Tile, encode_bundle, tiles_of
from ewaste.evidence.tiles.tree import read_bundle
from signedlogs import Signers, write_log

Change = Callable[[list[bytes]], list[bytes]]


class Depth(IntEnum):
    """How far the tamperer goes."""

    BUNDLE = 0
    """The one bundle of entries; a record too few or too many shows in its length."""
    BUNDLES = 1
    """All bundles from there on, packed again."""
    TILES = 2
    """And their leaf hashes."""
    ROOT = 3
    """And every tile up to the root: only the signed checkpoint is as it was."""
    FORGED = 4
    """And a checkpoint of their own, with another key under the log's name."""


def tamper(folder: Path, change: Change, depth: Depth) -> None:
    """Apply the change to the mirror's entries."""
    old = entries_of(folder)
    new = change([*old])
    differ = (place for place, (one, other) in enumerate(zip(old, new, strict=False)) if one != other)
    at = next(differ, len(old) - 1)
    if depth is Depth.FORGED:
        shutil.rmtree(folder / "tile")
        write_log(folder, new, (), Signers())
    elif depth is Depth.BUNDLE:
        _write_one(folder, at // TILE_WIDTH, len(old), len(new), new)
    else:
        _write(folder, _as_many(new, len(old)) if depth > Depth.BUNDLES else new, len(old), depth)


def entries_of(folder: Path) -> list[bytes]:
    """All entries of a log, as far as its bundles go."""

    def read(path: str) -> bytes | None:
        return (folder / path).read_bytes() if (folder / path).is_file() else None

    entries: list[bytes] = []
    for whole in range(len([*folder.glob("tile/entries/[0-9][0-9][0-9]")])):
        entries += read_bundle(read, Tile(ENTRIES, whole))
    for partial in folder.glob("tile/entries/*.p/*"):
        entries += read_bundle(read, Tile(ENTRIES, len(entries) // TILE_WIDTH, int(partial.name)))
    return entries


def edit(index: int, old: bytes, new: bytes) -> Change:
    def change(entries: list[bytes]) -> list[bytes]:
        assert old in entries[index]
        assert len(old) == len(new)
        entries[index] = entries[index].replace(old, new)
        return entries

    return change


def delete(index: int) -> Change:
    return lambda entries: [*entries[:index], *entries[index + 1 :]]


def swap(index: int, other: int) -> Change:
    def change(entries: list[bytes]) -> list[bytes]:
        entries[index], entries[other] = entries[other], entries[index]
        return entries

    return change


def insert(index: int, entry: bytes) -> Change:
    return lambda entries: [*entries[:index], entry, *entries[index:]]


def _as_many(entries: list[bytes], count: int) -> list[bytes]:
    """Who hashes everything again must keep the checkpoint's size: with a copy at the end, or the last one gone."""
    return (entries + entries[-1:])[:count]


def _write_one(folder: Path, index: int, size: int, count: int, entries: Sequence[bytes]) -> None:
    start = index * TILE_WIDTH
    width = min(TILE_WIDTH, size - start)
    own = entries[start : start + width + (count - size)]
    (folder / Tile(ENTRIES, index, width).path).write_bytes(encode_bundle(own))


def _write(folder: Path, entries: list[bytes], size: int, depth: Depth) -> None:
    made = grow(Edge(), entries).tiles
    for tile in tiles_of(size):
        if tile.level == ENTRIES and len(entries) != size:
            own = entries[tile.leaves.start : None if tile.leaves.stop == size else tile.leaves.stop]
            (folder / tile.path).write_bytes(encode_bundle(own))
        elif tile.level == ENTRIES or (tile.level == 0 and depth >= Depth.TILES) or depth >= Depth.ROOT:
            (folder / tile.path).write_bytes(made[tile])
