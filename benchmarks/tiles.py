"""Tiles beside the limit in the same run: what a log costs above hashing its leaves once.

(a) `raw`: SHA-256 of the same leaves, nothing else;
(b) `append`: the log's folder, every file fsynced, read back and renamed once per 1,000 entries (aim: 0.10 of raw);
(c) `verify`: every bundle and tile held to the root, signatures left out (aim: 500,000 entries/s per core);
(d) `proof`: an inclusion proof from tiles on the disk, no tile kept from the one before (milliseconds).

Appending waits for the disk, so (b) and the `raw` that it is held to are wall time; what is said per core is processor
time, which a busy machine does not change. Prints medians and every round's ratio as JSON.
Run: `python benchmarks/tiles.py --entries 200000 --rounds 3 --folder .ewaste`; the folder says which disk is measured.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ewaste.evidence.ledger.merkle import verify_inclusion
from ewaste.evidence.tiles.audit import audit
from ewaste.evidence.tiles.files import LogFolder
from ewaste.evidence.tiles.tree import TileTree

_ORIGIN = "bench.example/log"
_PROOFS = 200


@dataclass(frozen=True)
class Plan:
    entries: int
    entry_bytes: int
    batch: int
    rounds: int
    folder: Path | None


def main() -> None:
    """Run every round, print what came out."""
    plan = _plan()
    leaves = [os.urandom(plan.entry_bytes) for _ in range(plan.entries)]
    rounds = [_round(plan, leaves) for _ in range(plan.rounds)]
    medians = {name: round(statistics.median(each[name] for each in rounds), 3) for name in rounds[0]}
    print(json.dumps({**medians, "rounds": [round(each["append_of_raw"], 3) for each in rounds]}))


def _round(plan: Plan, leaves: list[bytes]) -> dict[str, float]:
    raw, raw_core = _seconds(lambda: [sha256(leaf).digest() for leaf in leaves])
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder, LogFolder(Path(folder) / "log", _ORIGIN) as log:
        append, append_core = _seconds(lambda: _append(log, leaves, plan.batch))
        _, verify_core = _seconds(lambda: _verify(log))
        proof = _proof_milliseconds(log, leaves)
    return {
        "raw_per_second": len(leaves) / raw,
        "append_per_second": len(leaves) / append,
        "append_of_raw": raw / append,
        "raw_per_core_second": len(leaves) / raw_core,
        "append_per_core_second": len(leaves) / append_core,
        "verify_per_core_second": len(leaves) / verify_core,
        "proof_milliseconds": proof,
    }


def _append(log: LogFolder, leaves: list[bytes], batch: int) -> None:
    for start in range(0, len(leaves), batch):
        log.append(start, leaves[start : start + batch])


def _verify(log: LogFolder) -> None:
    if faults := audit(log.read, log.head.size, log.head.root):
        raise RuntimeError(f"the log that was just written is not whole: {faults[:3]}")


def _proof_milliseconds(log: LogFolder, leaves: list[bytes]) -> float:
    head, took = log.head, []
    for index in random.Random(1).sample(range(head.size), _PROOFS):
        tree = TileTree(log.read, head.size)
        started = time.process_time()
        proof = tree.inclusion_proof(index)
        took.append(time.process_time() - started)
        verify_inclusion(sha256(b"\x00" + leaves[index]).digest(), index, head.size, proof, head.root)
    return statistics.median(took) * 1_000


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time."""
    started, core = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - started, time.process_time() - core


def _plan() -> Plan:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=200_000)
    parser.add_argument("--entry-bytes", type=int, default=600)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--folder", type=Path, help="where to write; the default is the system's folder for temporary files"
    )
    given = parser.parse_args()
    return Plan(given.entries, given.entry_bytes, given.batch, given.rounds, given.folder)


if __name__ == "__main__":
    main()
