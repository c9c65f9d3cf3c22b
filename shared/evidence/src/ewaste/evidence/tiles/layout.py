"""The C2SP tlog-tiles layout: what a tile is called, how wide it is in a tree, and the bytes of an entry bundle.

A tile at level l holds up to 256 consecutive hashes of perfect subtrees of 256**l leaves; an entry bundle holds the
entries under one tile of level 0. Everything here is a name or a pure function of sizes; `ewaste.evidence.tiles.growth`
makes the contents and `ewaste.evidence.tiles.tree` reads them.
"""

import re
import struct
from collections.abc import Iterator, Sequence

import msgspec
from ewaste.evidence.ledger.merkle import HASH_BYTES

__all__ = [
    "CHECKPOINT_PATH",
    "ENTRIES",
    "MAX_ENTRY_BYTES",
    "TILE_BYTES",
    "TILE_HEIGHT",
    "TILE_WIDTH",
    "BundleError",
    "Tile",
    "changed_tiles",
    "content_path",
    "decode_bundle",
    "encode_bundle",
    "parse_tile_path",
    "tile_in",
    "tiles_of",
]

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_BYTES = TILE_WIDTH * HASH_BYTES
MAX_ENTRY_BYTES = 0xFFFF
CHECKPOINT_PATH = "checkpoint"

ENTRIES = -1
"""The level of entry bundles: below the leaf hashes."""

_MAX_LEVEL = 63
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LENGTH = struct.Struct(">H")


class BundleError(ValueError):
    """The bytes are no entry bundle, or an entry fits none: nothing in it may be believed."""


class Tile(msgspec.Struct, frozen=True, order=True):
    """One resource of a tiled log: a hash tile, or at level `ENTRIES` an entry bundle.

    ``width`` counts hashes or entries: 256 when full. Raises ValueError outside tlog-tiles' bounds.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if not (ENTRIES <= self.level <= _MAX_LEVEL and self.index >= 0 and 1 <= self.width <= TILE_WIDTH):
            raise ValueError(f"no tile has level {self.level}, index {self.index} and width {self.width}")

    @property
    def full(self) -> bool:
        """Whether nothing can be added to it any more."""
        return self.width == TILE_WIDTH

    @property
    def path(self) -> str:
        """Where it is served: ``tile/<L>/<N>[.p/<W>]``, 1234067 as ``x001/x234/067`` (tlog-tiles, Merkle Tree)."""
        level = "entries" if self.level == ENTRIES else str(self.level)
        suffix = "" if self.full else f".p/{self.width}"
        return f"tile/{level}/{_index_path(self.index)}{suffix}"

    @property
    def whole(self) -> "Tile":
        """The full tile that this one becomes."""
        return Tile(self.level, self.index)

    @property
    def leaves(self) -> range:
        """The indexes of the leaves under it."""
        span = 1 << TILE_HEIGHT * max(self.level, 0)
        start = self.index * TILE_WIDTH * span
        return range(start, start + self.width * span)


def parse_tile_path(path: str) -> Tile:
    """The tile of a path, in its one spelling only. Raises ValueError."""
    match = _PATH.fullmatch(path)
    if not match:
        raise ValueError(f"{path!r} is no path of a tile")
    level, index, width = match.groups()
    number = int(index.replace("x", "").replace("/", ""))
    tile = Tile(ENTRIES if level == "entries" else int(level), number, int(width or TILE_WIDTH))
    if tile.path != path:
        raise ValueError(f"{path!r} is no path of a tile; the tile's is {tile.path!r}")
    return tile


def content_path(sha256: bytes) -> str:
    """Where a log of ours keeps bytes that an entry holds by digest only: our own addition beside tlog-tiles."""
    name = sha256.hex()
    return f"content/{name[:2]}/{name}"


def tile_in(level: int, index: int, size: int) -> Tile:
    """The tile as wide as a tree of ``size`` has it (tlog-tiles, Partial Tiles). Raises IndexError."""
    width = min(_count(level, size) - index * TILE_WIDTH, TILE_WIDTH)
    if width < 1 or index < 0:
        raise IndexError(f"a tree of size {size} has no tile {index} at level {level}")
    return Tile(level, index, width)


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and bundle of a tree of this size: bundles first, then level by level."""
    return changed_tiles(0, size)


def changed_tiles(old: int, new: int) -> Iterator[Tile]:
    """The tiles and bundles that a tree of size ``new`` has and one of size ``old`` has not, in that order.

    Raises ValueError when the tree would shrink.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree never goes from size {old} to size {new}")
    for level in _levels(new):
        before, after = _count(level, old), _count(level, new)
        if before != after:
            for index in range(before // TILE_WIDTH, -(-after // TILE_WIDTH)):
                yield tile_in(level, index, new)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries, each after its length as big-endian uint16 (tlog-tiles, Log entries). Raises BundleError."""
    pack = _LENGTH.pack
    try:
        return b"".join([part for entry in entries for part in (pack(len(entry)), entry)])
    except struct.error as error:
        longest = max(map(len, entries))
        raise BundleError(f"an entry of {longest} bytes fits no bundle; {MAX_ENTRY_BYTES} is the most") from error


def decode_bundle(bundle: bytes, width: int | None = None) -> list[bytes]:
    """The entries; exactly ``width`` of them where given. Raises BundleError when lengths and bytes disagree."""
    entries: list[bytes] = []
    at, end = 0, len(bundle)
    try:
        while at < end:
            start = at + 2
            at = start + (bundle[at] << 8 | bundle[start - 1])
            entries.append(bundle[start:at])
    except IndexError as error:
        raise BundleError(f"the bundle of {end} bytes ends inside a length") from error
    if at != end:
        raise BundleError(f"the bundle has {end} bytes where its lengths say {at}")
    if width not in (None, len(entries)):
        raise BundleError(f"the bundle holds {len(entries)} entries, not {width}")
    return entries


def _levels(size: int) -> range:
    return range(ENTRIES, -(-size.bit_length() // TILE_HEIGHT))


def _count(level: int, size: int) -> int:
    return size >> TILE_HEIGHT * max(level, 0)


def _index_path(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))
