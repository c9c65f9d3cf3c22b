"""A receipt made from a mirror: the proof comes from tiles that were held to the signed root."""

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.mirror.kept import kept_checkpoints
from ewaste.auditor.mirror.trusted import TrustedTiles
from ewaste.auditor.mirror.until import Until, size_at
from ewaste.evidence.ledger.merkle import leaf_hash, verify_inclusion
from ewaste.evidence.notes.checkpoints import Checkpoint
from ewaste.evidence.notes.proof import Receipt
from ewaste.evidence.tiles.layout import TILE_WIDTH
from ewaste.evidence.tiles.tree import TileBroken, TileMissing

__all__ = ["prove", "signed_until"]


def signed_until(mirror: Mirror, until: Until | None) -> tuple[bytes, Checkpoint]:
    """The newest checkpoint that the mirror keeps with at most the records of `until`. Raises `CannotRun`."""
    if until is None:
        return mirror.note, mirror.checkpoint
    size = size_at(mirror, until)
    if size == mirror.size:
        return mirror.note, mirror.checkpoint
    kept = [each for each in kept_checkpoints(mirror.folder) if each.checkpoint.size <= size]
    if not kept:
        raise CannotRun(f"{mirror.folder} keeps no checkpoint of {size:,} records or fewer; leave --until out")
    newest = max(kept, key=lambda each: each.checkpoint.size)
    return newest.path.read_bytes(), newest.checkpoint


def prove(mirror: Mirror, index: int, note: bytes, checkpoint: Checkpoint) -> Receipt:
    """The receipt of the record at this index under this checkpoint; its `extra` is the entry. Raises `CannotRun`."""
    tiles = TrustedTiles(read=mirror.read, size=mirror.size, root=mirror.checkpoint.root)
    try:
        entry = tiles.entries(index // TILE_WIDTH)[index % TILE_WIDTH]
        path = tuple(tiles.tree().inclusion_proof(index, checkpoint.size))
        # Also shows that an older checkpoint is of this log.
        verify_inclusion(leaf_hash(entry), index, checkpoint.size, path, checkpoint.root)
    except IndexError:
        raise CannotRun(f"record {index} is not under the checkpoint of {checkpoint.size:,} records") from None
    except (TileMissing, TileBroken, ValueError) as error:
        raise CannotRun(f"{error}. Run `ewaste-auditor verify {mirror.folder}`: it tells what was changed.") from None
    return Receipt(index, path, note, entry)
