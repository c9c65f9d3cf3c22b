"""`python -m ewaste.contracts generate|check`."""

import argparse
import sys
from collections.abc import Sequence

from ewaste.contracts import documents

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 0: done or current; 1: a released type changed, or a committed file is not what the models give."""
    parser = argparse.ArgumentParser(
        "python -m ewaste.contracts", description="Schemas and AsyncAPI of the event types"
    )
    parser.add_argument("verb", choices=["generate", "check"], help="write the generated files, or compare them")
    return _generate() if parser.parse_args(arguments).verb == "generate" else _check()


def _generate() -> int:
    if refused := documents.refusals():
        return _refuse(refused)
    changed = documents.generate()
    print("\n".join([*changed, f"{len(changed)} of {len(documents.generated())} files written"]))
    return 0


def _check() -> int:
    if refused := documents.refusals():
        return _refuse(refused)
    if wrong := documents.check():
        print("\n".join([*wrong, "run: python -m ewaste.contracts generate"]), file=sys.stderr)
        return 1
    print(f"{len(documents.generated())} files are current")
    return 0


def _refuse(lines: Sequence[str]) -> int:
    advice = "a released type is frozen: add the next version to ewaste.contracts.registry, with its own model"
    print("\n".join([*lines, advice]), file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
