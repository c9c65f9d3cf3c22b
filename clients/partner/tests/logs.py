"""A log as the traceability service serves it: receipts for the records that a checkpoint covers."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.checkpoints import Checkpoint, sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.notes.note import NoteSignature
from ewaste.evidence.notes.proof import Receipt
from ewaste.evidence.tiles.growth import Edge, grow
from ewaste.evidence.tiles.tree import TileTree

__all__ = ["ServedLog"]

ORIGIN = "log.example/custody"


def _signer(name: str, kind: KeyKind) -> NoteSigner:
    return NoteSigner(name, SigningKey(generate_key()), kind)


class ServedLog:
    """`covered` counts the records under the last checkpoint; `tamper` changes what it answers."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self.signer = _signer(ORIGIN, KeyKind.NOTE)
        self.witnesses = [_signer(f"w{number}.example", KeyKind.COSIGNATURE) for number in (1, 2)]
        self.cosigning = list(self.witnesses)
        self.asked: list[str] = []
        self.brings_entry = True
        self.put(records)

    def put(self, records: Sequence[Record]) -> None:
        self.records, self.covered = list(records), len(records)
        tiles = grow(Edge(), [leaf_of(each) for each in records]).tiles
        self.files = {tile.path: content for tile, content in tiles.items()}

    @property
    def policy(self) -> bytes:
        names = [each.key.name for each in self.witnesses]
        witnesses = [f"witness {each.key.name} {each.key}" for each in self.witnesses]
        lines = [f"log {self.signer.key}", *witnesses, f"group seen all {' '.join(names)}", "quorum seen", ""]
        return "\n".join(lines).encode()

    def answer(self, target: str) -> tuple[int, bytes]:
        parts = urlsplit(target)
        self.asked.append(parts.query)
        wanted = {name: values[0] for name, values in parse_qs(parts.query).items()}
        place = (wanted["topic"], int(wanted["partition"]), int(wanted["offset"]))
        found = [n for n, each in enumerate(self.records) if (each.topic, each.partition, each.offset) == place]
        if not found:
            return 404, json.dumps({"detail": "the log has no such record"}).encode()
        if found[0] >= self.covered:
            return 503, json.dumps({"detail": "no checkpoint covers it yet"}).encode()
        return 200, self.receipt(found[0])

    def receipt(self, index: int) -> bytes:
        tree = TileTree(self.files.get, len(self.records))
        note = sign_checkpoint(Checkpoint(ORIGIN, self.covered, tree.root(self.covered)), [self.signer])
        lines = [NoteSignature(w.key.name, w.key.key_id, w.sign(note.text, 1_760_000_000)) for w in self.cosigning]
        extra = tree.entry(index) if self.brings_entry else None
        proof = tuple(tree.inclusion_proof(index, self.covered))
        return Receipt(index, proof, note.with_signatures(lines).to_bytes(), extra).to_bytes()

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of the service."""
        log = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = log.answer(self.path)
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Tests are quiet."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()
