"""The recycler partner: a process of its own, with its own key, publishing from its own file."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ewaste.local.demo.world import PARTNER
from ewaste.local.errors import StackFailed

__all__ = ["PartnerDesk"]


@dataclass(frozen=True, slots=True)
class PartnerDesk:
    """The partner's folder: its private key and the exports of its system."""

    folder: Path

    @property
    def key_file(self) -> Path:
        return self.folder / f"{PARTNER}.key.json"

    def public_key(self) -> dict[str, str]:
        """The public key to register, made on the first call."""
        if not self.key_file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._run("keygen", "--partner", PARTNER, "--out", str(self.key_file))
        private = json.loads(self.key_file.read_text(encoding="utf-8"))
        return {name: private[name] for name in ("kty", "crv", "x")}

    def export(self, run: int, confirmations: Sequence[dict[str, Any]]) -> Path:
        """Write the day's confirmations as the partner's system would: one JSON object a line."""
        file = self.folder / f"confirmations-{run:03}.jsonl"
        lines = (json.dumps(one, ensure_ascii=False) for one in confirmations)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    def publish(self, file: Path, kafka_servers: str) -> None:
        """Sign and send, with the partner's own progress bar; raises StackFailed."""
        self._run("publish", str(file), "--partner", PARTNER, "--key", str(self.key_file), "--kafka", kafka_servers)

    def _run(self, *arguments: str) -> None:
        answer = subprocess.run([sys.executable, "-m", "ewaste.partner", *arguments], check=False)
        if answer.returncode:
            raise StackFailed(f"ewaste-partner {arguments[0]} ended with exit code {answer.returncode}; see above")
