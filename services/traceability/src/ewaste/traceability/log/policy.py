"""Whose cosignatures a checkpoint needs before readers see it: the operator's tlog-policy file, with our own keys."""

from collections.abc import Iterable
from pathlib import Path

from ewaste.evidence.notes.policy import Policy, PolicyError, parse_policy

__all__ = ["NO_WITNESS", "policy_text", "read_witnesses"]

NO_WITNESS = "quorum none\n"
"""Nobody is asked: readers see what we signed alone."""


def read_witnesses(path: Path | None) -> str:
    """The witness, group and quorum lines of the policy file, `quorum none` without a file. Raises PolicyError.

    Its log lines are left out: which keys sign is known to the key files alone.
    """
    if path is None:
        return NO_WITNESS
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"the policy {path} can't be read: {error}. Mend EWASTE_LOG_POLICY_FILE") from error
    try:
        policy = parse_policy(content)
    except PolicyError as error:
        raise PolicyError(f"{path}: {error}") from error
    _require_addresses(path, policy)
    lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
    return "".join(line for line in lines if line.split()[:1] != ["log"])


def policy_text(keys: Iterable[str], witnesses: str) -> bytes:
    """The policy that we propose to readers of a log: its keys, then its witnesses and the quorum."""
    logs = "".join(f"log {key}\n" for key in keys)
    return (logs + witnesses).encode("utf-8", "surrogateescape")


def _require_addresses(path: Path, policy: Policy) -> None:
    for name, witness in policy.witnesses.items():
        if witness.url is None:
            raise PolicyError(f"{path}: the witness {name} has no address; write it behind its key")
