"""`python -m ewaste.local.setup topics|databases|policy`: what must exist before the services run.

Reads EWASTE_KAFKA_SERVERS, EWASTE_DATABASE_URL, EWASTE_WITNESSES and EWASTE_LOG_POLICY_FILE; harmless to run again.
"""

import asyncio
import os
import sys
from pathlib import Path

from ewaste.contracts.topics import TOPICS
from ewaste.local.errors import LocalError
from ewaste.local.kafka.topics import ensure_topics
from ewaste.local.postgres.databases import ensure_databases, service_database
from ewaste.local.settings import SERVICES
from ewaste.local.witnesses import write_policy

__all__ = ["main"]


async def _topics() -> list[str]:
    return await ensure_topics(os.environ["EWASTE_KAFKA_SERVERS"], TOPICS)


async def _databases() -> list[str]:
    return await ensure_databases(os.environ["EWASTE_DATABASE_URL"], [service_database(name) for name in SERVICES])


async def _policy() -> list[str]:
    path = Path(os.environ["EWASTE_LOG_POLICY_FILE"])
    urls = dict(pair.split("=", 1) for pair in os.environ["EWASTE_WITNESSES"].split())
    await asyncio.to_thread(write_policy, path, urls)
    return [path.name]


_STEPS = {"topics": _topics, "databases": _databases, "policy": _policy}


def main(arguments: list[str]) -> int:
    """Run one step; exit code 0 done, 1 failed."""
    try:
        created = asyncio.run(_STEPS[arguments[0]]())
    except LocalError as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"created: {', '.join(created) or 'nothing, all there'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
