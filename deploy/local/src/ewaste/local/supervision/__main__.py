"""`python -m ewaste.local.supervision STATE_DIR`: the supervisor as a process; reads its plan from standard input."""

import asyncio
import fcntl
import json
import os
import sys
from pathlib import Path

from ewaste.local.supervision.model import Plan
from ewaste.local.supervision.supervisor import Supervisor

__all__ = ["main"]


async def _supervise(plan: Plan, state_dir: Path) -> int:
    return await Supervisor(plan, state_dir, os.getpid()).run()


def main(arguments: list[str]) -> int:
    """Run the plan; exit code 0 stopped, 1 a part failed, 3 another supervisor has this state folder."""
    state_dir = Path(arguments[0])
    plan = Plan.from_json(json.load(sys.stdin))
    with (state_dir / "supervisor.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"another supervisor runs in {state_dir}; see `ewaste status`", file=sys.stderr)
            return 3
        return asyncio.run(_supervise(plan, state_dir))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
