"""A log in a folder, written at once from its leaves; keys and policies to sign it and to trust it."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.notes.note import Note, NoteSignature
from ewaste.evidence.notes.policy import Policy, parse_policy
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.layout import content_path

ORIGIN = "urn:ewaste:cm:custody"
COSIGNED_AT = 1_763_000_000


class Signers:
    """A log's key and its witnesses'; two of three witnesses make the policy's quorum."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.log = NoteSigner(origin, SigningKey(generate_key()), KeyKind.NOTE)
        self.witnesses = [
            NoteSigner(f"witness.example/{name}", SigningKey(generate_key()), KeyKind.COSIGNATURE)
            for name in ("a", "b", "c")
        ]

    def sign(self, checkpoint: Checkpoint, witnesses: int = 3) -> bytes:
        note = sign_checkpoint(checkpoint, [self.log])
        return self._cosigned(note, self.witnesses[:witnesses]).to_bytes()

    def policy_text(self) -> bytes:
        lines = [f"log {self.log.key}"]
        lines += [f"witness {name} {each.key}" for name, each in zip("abc", self.witnesses, strict=True)]
        return "\n".join([*lines, "group seen 2 a b c", "quorum seen", ""]).encode()

    @property
    def policy(self) -> Policy:
        return parse_policy(self.policy_text())

    @staticmethod
    def _cosigned(note: Note, witnesses: Sequence[NoteSigner]) -> Note:
        return note.with_signatures(
            NoteSignature(each.key.name, each.key.key_id, each.sign(note.text, COSIGNED_AT)) for each in witnesses
        )


def write_tiles(folder: Path, leaves: Sequence[bytes], contents: Sequence[bytes] = ()) -> Checkpoint:
    """Every tile, bundle and content of a log with these leaves; gives its head."""
    growth = grow(Edge(), leaves)
    files = {tile.path: content for tile, content in growth.tiles.items()}
    files |= {content_path(sha256(content).digest()): content for content in contents}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return Checkpoint(ORIGIN, growth.edge.size, growth.edge.root())


def write_log(
    folder: Path, leaves: Sequence[bytes], contents: Sequence[bytes] = (), signers: Signers | None = None
) -> Checkpoint:
    """The log with its checkpoint, signed by its key and all witnesses."""
    head = write_tiles(folder, leaves, contents)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").write_bytes((signers or Signers()).sign(head))
    return head
