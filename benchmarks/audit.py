"""What an audit costs, beside the limits in the same run: signatures, files, and the whole ledger folded again.

(a) `signatures`: partners' signed records judged as `verify` does it, on all cores, beside the bare library's verify
    of the same bytes on all cores (aim: 0.85 of it);
(b) `files`: every file of a mirror held to its checkpoint, signatures left out (aim: 500,000 entries/s per core);
(c) `replay`: read models and certificates from the records, digest and comparison included (aim: 50,000 events/s per
    core), beside the raw limit: the same leaves read from the same files and hashed, nothing else;
(d) peak memory of (c) at each size: it must not grow with the ledger (aim: 200 MB at 5 million entries).

The ledger is a city's: bags with 17 drops each, loads and batches of 20 bags, signed confirmations, a certificate per
batch, a state attested at the end. Each measurement runs in a process of its own and is told in processor time of one
core, which a busy machine does not change; (a) is wall time on all cores. Prints JSON.
Run: `python benchmarks/audit.py --entries 100000 1000000 --claims 40000` (5 million: 15 minutes and 6 GB of disk).
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from ewaste.auditor.files.audit import audit_files
from ewaste.auditor.mirror.folder import Mirror
from ewaste.auditor.replay.replaying import replay
from ewaste.auditor.signing import signatures_of
from ewaste.contracts.envelope import source_of, source_of_partner, with_sequence
from ewaste.contracts.events import dropoff, logistics, recycler
from ewaste.contracts.events.traceability import ReadModelAttested
from ewaste.contracts.fields import Context, Part
from ewaste.contracts.registry import type_for, write_event
from ewaste.contracts.topics import partner_topic
from ewaste.evidence.certificates.certify import Certificate, certify
from ewaste.evidence.custody.fold import Evidence, read_evidence
from ewaste.evidence.keys import SigningKey, generate_key
from ewaste.evidence.ledger.record import Record, leaf_of
from ewaste.evidence.notes.checkpoints import sign_checkpoint
from ewaste.evidence.notes.keys import KeyKind, NoteSigner
from ewaste.evidence.replay.code import code_digest
from ewaste.evidence.signatures import sign_detached
from ewaste.evidence.tiles.files import LogFolder

_ORIGIN = "urn:ewaste:bench:custody"
_PARTNER = "green-metals"
_START = datetime(2026, 1, 1, 1, tzinfo=UTC)
_BAGS, _ITEMS, _GRAMS = 20, 17, 5_000
_BATCH = 1_000
_WHO = {"partner_id": _PARTNER, "facility_id": "F-1"}
_HERE = {"point_id": "cm-001"}


class City:
    """Writes a log as the services would: one record after the other, a certificate for each batch."""

    def __init__(self, log: LogFolder) -> None:
        self._log = log
        self._key = generate_key()
        self._waiting: list[bytes] = []
        self._evidence: list[Evidence] = []
        self._common: list[Evidence] = []
        self._offsets: dict[str, int] = {}
        self._sequences: dict[str, int] = {}
        self.size = 0
        self._registered()

    def grow(self, entries: int) -> None:
        number = 0
        while self.size < entries:
            self._batch(number)
            number += 1
        self.flush()

    def say(self, context: Context, data: Part, causation_id: str | None = None) -> str:
        """One event as a record; gives its id."""
        self.size += 1
        is_partner = context is Context.PARTNER
        source = source_of_partner(_PARTNER) if is_partner else source_of("bench", context)
        event_type = type_for(context, type(data))
        topic = partner_topic(_PARTNER) if is_partner else event_type.topic
        key = event_type.key_of(data)
        id = UUID(int=self.size << 80 | 0x7 << 76 | 0b10 << 62)
        at = _START + timedelta(seconds=self.size)
        value = write_event(event_type, data, id=id, source=source, time=at, causation_id=causation_id)
        value = with_sequence(value, self._next(self._sequences, source) + 1)
        jws = sign_detached(value, self._key, issuer=_PARTNER, topic=topic, record_key=key) if is_partner else ""
        headers = (("jws", jws.encode()),) if is_partner else ()
        milliseconds = int(at.timestamp() * 1000)
        record = Record(topic, 0, self._next(self._offsets, topic), milliseconds, key.encode(), headers, value)
        self._waiting.append(leaf_of(record))
        if (evidence := read_evidence(self.size - 1, topic, value)) is not None:
            self._evidence.append(evidence)
        return str(id)

    def flush(self) -> None:
        for start in range(0, len(self._waiting), _BATCH):
            self._log.append(self._log.head.size, self._waiting[start : start + _BATCH])
        self._waiting.clear()

    @staticmethod
    def _next(counters: dict[str, int], name: str) -> int:
        counters[name] = counters.get(name, -1) + 1
        return counters[name]

    def _accept(self, data: Part) -> None:
        self.say(Context.RECYCLER, data, self.say(Context.PARTNER, data))

    def _registered(self) -> None:
        days = {"licence_valid_from": date(2026, 1, 1), "licence_valid_until": date(2036, 1, 1)}
        self.say(
            Context.RECYCLER, recycler.PartnerRegistered(partner_id=_PARTNER, name_th="ก", licence_number="L-1", **days)
        )
        self._common, self._evidence = self._evidence, []

    def _batch(self, number: int) -> None:
        self._evidence = list(self._common)
        bags = [f"bag-{number:07}-{each:02}" for each in range(_BAGS)]
        for bag in bags:
            self._filled(bag)
        load, gross = f"load-{number:07}", (_GRAMS + 50) * _BAGS
        sent = tuple(logistics.BagInLoad(bag_id=b, seal_number=f"S-{b}", gross_grams=_GRAMS + 50) for b in bags)
        places = {"carrier_id": "C-1", "origin_id": "Y-1", "destination_id": _PARTNER}
        self.say(Context.LOGISTICS, logistics.LoadDispatched(load_id=load, bags=sent, gross_grams=gross, **places))
        weighed = tuple(recycler.ReceivedBag(bag_id=b, seal_read=f"S-{b}", received_grams=_GRAMS + 50) for b in bags)
        self._accept(recycler.LoadReceived(load_id=load, bags=weighed, received_grams=gross, **_WHO))
        name = f"batch-{number:07}"
        inputs = tuple(recycler.BatchInput(bag_id=bag, grams=_GRAMS) for bag in bags)
        self._accept(recycler.BatchOpened(batch_id=name, inputs=inputs, **_WHO))
        copper = recycler.OutputFraction(
            fraction_id="F-1",
            material="copper",
            grams=_GRAMS * _BAGS,
            operation=recycler.Operation.R4,
            facility_id="F-1",
        )
        self._accept(
            recycler.BatchRecycled(batch_id=name, partner_id=_PARTNER, outputs=(copper,), process_loss_grams=0)
        )
        self._certify(name)

    def _filled(self, bag: str) -> None:
        self.say(Context.DROPOFF, dropoff.BagInstalled(bag_id=bag, **_HERE))
        for item in range(_ITEMS):
            kind = {"category": dropoff.Category.PHONE, "channel": dropoff.Channel.APP}
            self.say(Context.DROPOFF, dropoff.ItemDropped(item_id=f"{bag}-{item:02}", bag_id=bag, **_HERE, **kind))
        weights = {"gross_grams": _GRAMS + 50, "tare_grams": 50}
        self.say(
            Context.LOGISTICS,
            logistics.BinCollected(bag_id=bag, seal_number=f"S-{bag}", carrier_id="C-1", **_HERE, **weights),
        )

    def _certify(self, batch_id: str) -> None:
        self.flush()
        issuer = source_of("bench", Context.TRACEABILITY)
        head = self._log.head
        found = certify(self._evidence, batch_id, issuer=issuer, ledger_size=head.size, ledger_root=head.root)
        if not isinstance(found, Certificate):
            raise TypeError(f"the city's own batch gets no certificate: {found}")
        self.say(Context.TRACEABILITY, found.event_data())


def make(folder: Path, entries: int) -> None:
    """A mirror of a city's log, its state attested by its own replay."""
    signer = NoteSigner(_ORIGIN, SigningKey(generate_key()), KeyKind.NOTE)
    with LogFolder(folder, _ORIGIN) as log:
        city = City(log)
        city.grow(entries)
        log.publish(sign_checkpoint(log.head, [signer]).to_bytes())
        state = replay(folder).state
        told = {"size": state.size, "root": state.root.hex(), "state_digest": state.digest, "models": state.models}
        city.say(
            Context.TRACEABILITY,
            ReadModelAttested.model_validate({"origin": _ORIGIN, "code_digest": code_digest(), **told}),
        )
        city.flush()
        log.publish(sign_checkpoint(log.head, [signer]).to_bytes())


def measure_raw(folder: Path) -> int:
    """The limit: every leaf read from the files and hashed."""
    count = 0
    for _, leaf in Mirror.open(folder).leaves():
        sha256(leaf).digest()
        count += 1
    return count


def measure_files(folder: Path) -> int:
    os.cpu_count = lambda: 1  # one core is what is told
    mirror = Mirror.open(folder)
    found = audit_files(folder, mirror.checkpoint)
    if found.faults or found.made != mirror.checkpoint.root:
        raise RuntimeError(f"the log that was just written is not whole: {found.faults[:3]}")
    return mirror.size


def measure_replay(folder: Path) -> int:
    found = replay(folder)
    if not found.clean or len(found.attested) != 1 or found.derived != found.certificates:
        raise RuntimeError(f"the ledger that was just written does not replay: {found.findings.kept[:3]}")
    return found.head.size


_MEASURES = {"raw": measure_raw, "files": measure_files, "replay": measure_replay}


def alone(name: str, folder: Path) -> dict[str, float]:
    """One measurement in a process of its own: entries per second of one core, and its peak memory."""
    command = [sys.executable, __file__, "--measure", name, "--folder", str(folder)]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def measured(name: str, folder: Path) -> dict[str, float]:
    began, core = time.perf_counter(), time.process_time()
    count = _MEASURES[name](folder)
    used, took = time.process_time() - core, time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"per_core_second": round(count / used), "seconds": round(took, 1), "peak_megabytes": round(peak)}


def signatures(claims: int) -> dict[str, float]:
    """Judged as `verify` does beside the bare library, each on all cores."""
    key = generate_key()
    records = list(_claims(key, claims))
    began = time.perf_counter()
    ours = list(signatures_of(enumerate(records), claims, {key["kid"]: key["x"]}))
    ours_took = time.perf_counter() - began
    if any(each.fault for _, each in ours):
        raise RuntimeError("a signature that was just made does not hold")
    bare = _bare(records)
    return {
        "claims": claims,
        "ours_per_second": round(claims / ours_took),
        "bare_per_second": round(claims / bare),
        "ours_of_bare": round(bare / ours_took, 3),
    }


def _claims(key: dict[str, str], count: int) -> Iterator[Record]:
    topic = partner_topic(_PARTNER)
    inputs = (recycler.BatchInput(bag_id="bag-1", grams=_GRAMS),)
    for number in range(count):
        data = recycler.BatchOpened(batch_id=f"batch-{number:07}", inputs=inputs, **_WHO)
        event_type = type_for(Context.PARTNER, type(data))
        id = UUID(int=number << 80 | 0x7 << 76 | 0b10 << 62)
        value = write_event(event_type, data, id=id, source=source_of_partner(_PARTNER), time=_START)
        jws = sign_detached(value, key, issuer=_PARTNER, topic=topic, record_key=data.batch_id)
        yield Record(topic, 0, number, 0, data.batch_id.encode(), (("jws", jws.encode()),), value)


def _bare(records: list[Record]) -> float:
    """Seconds to verify as many signatures over as many bytes with `cryptography` alone, on all cores."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    signed = [(key.sign(each.value or b""), each.value or b"") for each in records]
    workers = os.cpu_count() or 1
    chunks = [signed[start : start + 500] for start in range(0, len(signed), 500)]
    began = time.perf_counter()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        done = sum(pool.map(_verify_bare, [public] * len(chunks), chunks))
    if done != len(records):
        raise RuntimeError("not all were verified")
    return time.perf_counter() - began


def _verify_bare(public: bytes, signed: list[tuple[bytes, bytes]]) -> int:
    key = Ed25519PublicKey.from_public_bytes(public)
    for signature, content in signed:
        key.verify(signature, content)
    return len(signed)


def main() -> None:
    """Every size in turn, then signatures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--claims", type=int, default=40_000)
    parser.add_argument("--folder", type=Path, help="where to write; the default is the system's temporary folder")
    parser.add_argument("--measure", choices=sorted(_MEASURES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measured(given.measure, given.folder)))
        return
    sizes: list[dict[str, Any]] = []
    for entries in given.entries:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            make(Path(folder) / "log", entries)
            told = {name: alone(name, Path(folder) / "log") for name in _MEASURES}
        ratio = round(told["replay"]["per_core_second"] / told["raw"]["per_core_second"], 3)
        sizes.append({"entries": entries, **told, "replay_of_raw": ratio})
    grown = round(sizes[-1]["replay"]["peak_megabytes"] / sizes[0]["replay"]["peak_megabytes"], 2)
    print(
        json.dumps(
            {"sizes": sizes, "peak_memory_last_of_first": grown, "signatures": signatures(given.claims)}, indent=2
        )
    )


if __name__ == "__main__":
    main()
