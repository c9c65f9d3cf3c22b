"""Who has signed a checkpoint, by the auditor's own policy file: the only thing here that is trusted."""

from pathlib import Path

from ewaste.auditor.errors import CannotRun
from ewaste.auditor.findings import Code, Findings
from ewaste.evidence.notes.checkpoints import CheckpointError, OpenCheckpoint, open_checkpoint
from ewaste.evidence.notes.note import NoteError
from ewaste.evidence.notes.policy import Policy, PolicyError, QuorumMissed, parse_policy

__all__ = ["check_note", "read_policy"]


def read_policy(path: Path) -> Policy:
    """The policy in this file. Raises `CannotRun`."""
    try:
        return parse_policy(path.read_bytes())
    except OSError as error:
        raise CannotRun(f"{path} can't be read: {error.strerror}. Give the policy file that you trust.") from None
    except PolicyError as error:
        raise CannotRun(f"{path}: {error}. Mend the line; nothing was checked.") from None


def check_note(note: bytes, policy: Policy, findings: Findings) -> OpenCheckpoint | None:
    """Who signed the checkpoint; None where its log did not, which is a finding, as is a missed quorum."""
    try:
        return policy.open(note)
    except QuorumMissed as missed:
        findings.add(Code.QUORUM_MISSED, str(missed))
    except (NoteError, CheckpointError) as error:
        findings.add(Code.CHECKPOINT_NOT_SIGNED, str(error))
        return None
    witnesses = [each.key for each in policy.witnesses.values()]
    return open_checkpoint(note, [log.key for log in policy.logs], witnesses)
