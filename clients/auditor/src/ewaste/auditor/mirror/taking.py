"""Take a log into a folder: only what is missing, and nothing that its checkpoint does not say.

Tiles come from the top down, so that each is held to the one above it before it is written; entries are held to their
tile, contents to the entries that name them; the checkpoint comes last. A run that was killed goes on where it stopped,
because what is in the folder is whole and was checked.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from ewaste.auditor.mirror.kept import put
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.ledger.contents import digests_of
from ewaste.evidence.ledger.merkle import HASH_BYTES
from ewaste.evidence.ledger.record import LeafError, decode_leaf
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.tiles.layout import ENTRIES, BundleError, Tile, content_path, decode_bundle, tiles_of
from ewaste.evidence.tiles.tree import Read, TileBroken, TileMissing, read_row

__all__ = ["CONNECTIONS", "Taken", "take_files"]

CONNECTIONS: Final = 8
_MISSING: Final = ".missing"


class Taken(msgspec.Struct):
    """How many files are new; `missing` are contents that entries name and the log does not serve."""

    files: int = 0
    contents: int = 0
    missing: list[str] = []


class _Source:
    """What is in the folder already, else what the log serves; what is served is checked and kept."""

    def __init__(self, folder: Path, served: Read, local: Read, checkpoint: Checkpoint) -> None:
        self._folder, self._served = folder, served
        self.taken = Taken()
        self.tiles = TrustedTiles(_either(local, served), checkpoint.size, checkpoint.root, served)

    def take(self, tile: Tile) -> None:
        """This tile or bundle into the folder. Raises TileMissing, TileBroken."""
        content = self._serve(tile)
        if tile.level == ENTRIES:
            entries = _decoded(tile, content)
            self.tiles.accept_entries(tile, entries)
            for entry in entries:
                self._take_contents(entry)
        else:
            self.tiles.accept(tile, _row(tile, content))
        put(self._folder, tile.path, content)
        self.taken.files += 1

    def take_content(self, path: str) -> None:
        """Bytes that an entry names by their digest; noted where the log does not serve them."""
        content = self._served(path)
        if content is None or path != content_path(sha256(content).digest()):
            self.taken.missing.append(path)
            return
        put(self._folder, path, content)
        self.taken.contents += 1

    def _take_contents(self, entry: bytes) -> None:
        try:
            digests = digests_of(decode_leaf(entry))
        except LeafError:
            return
        for path in map(content_path, digests):
            if not (self._folder / path).exists():
                self.take_content(path)

    def _serve(self, tile: Tile) -> bytes:
        """As wide as this tree has it, also where the log only keeps the full form (tlog-tiles, Partial Tiles)."""
        content = self._served(tile.path)
        if content is None and not tile.full and (whole := self._served(tile.whole.path)) is not None:
            content = _cut(tile, whole)
        if content is None:
            raise TileMissing(f"{tile.path} is not served, and the checkpoint counts it")
        return content


def take_files(folder: Path, served: Read, local: Read, checkpoint: Checkpoint, watch: Watch = nobody) -> Taken:
    """Everything that the tree of this checkpoint has and the folder has not.

    Raises TileMissing and TileBroken where the log does not serve what its checkpoint says; what was taken until then
    is right and stays. `served` may be called by eight threads at once.
    """
    source = _Source(folder, served, local, checkpoint)
    source.tiles.check_root()
    levels: dict[int, list[Tile]] = {}
    for tile in tiles_of(checkpoint.size):
        if not _is_there(folder, tile):
            levels.setdefault(tile.level, []).append(tile)
    count, done = sum(map(len, levels.values())), 0
    _retry_missing(folder, source)
    # Each level is whole before the one below it begins: a tile is held to its parent.
    for level in sorted(levels, reverse=True):
        for _ in _together(source.take, levels[level]):
            done += 1
            watch("files", done, count)
    _note_missing(folder, source.taken.missing)
    return source.taken


def _either(local: Read, served: Read) -> Read:
    def read(path: str) -> bytes | None:
        content = local(path)
        return content if content is not None else served(path)

    return read


def _together(take: Callable[[Tile], None], tiles: Iterable[Tile]) -> Iterator[None]:
    """As many at once as there are connections; the first error ends it, when those on their way are through."""
    rest = iter(tiles)
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="mirror") as pool:
        running: set[Future[None]] = {pool.submit(take, tile) for tile in islice(rest, 4 * CONNECTIONS)}
        try:
            while running:
                ready, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ready:
                    future.result()
                    yield
                running |= {pool.submit(take, tile) for tile in islice(rest, len(ready))}
        finally:
            pool.shutdown(cancel_futures=True)


def _is_there(folder: Path, tile: Tile) -> bool:
    """A file of the right length: one that a power cut left empty is taken again."""
    for form in (tile,) if tile.full else (tile, tile.whole):
        try:
            length = (folder / form.path).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            continue
        if length == form.width * HASH_BYTES or (form.level == ENTRIES and length >= 2 * form.width):
            return True
    return False


def _retry_missing(folder: Path, source: _Source) -> None:
    try:
        paths = (folder / _MISSING).read_text().splitlines()
    except FileNotFoundError:
        return
    for path in paths:
        if path == content_path(bytes.fromhex(path.rpartition("/")[2])) and not (folder / path).exists():
            source.take_content(path)


def _note_missing(folder: Path, paths: list[str]) -> None:
    if paths:
        put(folder, _MISSING, "".join(f"{path}\n" for path in sorted(set(paths))).encode())
    else:
        (folder / _MISSING).unlink(missing_ok=True)


def _row(tile: Tile, content: bytes) -> bytes:
    return read_row({tile.path: content}.get, tile)


def _decoded(bundle: Tile, content: bytes) -> list[bytes]:
    try:
        return decode_bundle(content, bundle.width)
    except BundleError as error:
        raise TileBroken(f"{bundle.path}: {error}") from error


def _cut(tile: Tile, whole: bytes) -> bytes:
    if tile.level != ENTRIES:
        return whole[: tile.width * HASH_BYTES]
    try:
        return b"".join(len(each).to_bytes(2, "big") + each for each in decode_bundle(whole)[: tile.width])
    except BundleError as error:
        raise TileBroken(f"{tile.whole.path}: {error}") from error
