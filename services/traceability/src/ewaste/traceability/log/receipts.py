"""Receipts (C2SP tlog-proof): an entry's place under the checkpoint that readers see, made from tiles alone."""

from pathlib import Path

from ewaste.evidence.notes.checkpoints import parse_checkpoint
from ewaste.evidence.notes.note import parse_note
from ewaste.evidence.notes.proof import Receipt
from ewaste.evidence.tiles.layout import CHECKPOINT_PATH
from ewaste.evidence.tiles.tree import TileTree
from ewaste.traceability.log.serving import read_file

__all__ = ["NotCovered", "receipt_at"]


class NotCovered(LookupError):
    """No published checkpoint reaches this entry yet: ask again in a moment."""


def receipt_at(folder: Path, index: int) -> Receipt:
    """The receipt of the entry at `index`; the entry itself, the leaf, is its `extra`. Raises NotCovered, OSError."""
    note = read_file(folder, CHECKPOINT_PATH)
    if note is None:
        raise NotCovered("no checkpoint of this log is published yet")
    checkpoint = parse_checkpoint(parse_note(note).text)
    if index >= checkpoint.size:
        raise NotCovered(f"entry {index} is not under the published checkpoint, which has {checkpoint.size} entries")
    tree = TileTree(lambda path: read_file(folder, path), checkpoint.size)
    return Receipt(index, tuple(tree.inclusion_proof(index)), note, tree.entry(index))
