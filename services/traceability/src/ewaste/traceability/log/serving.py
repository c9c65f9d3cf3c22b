"""Which files of a log's folder anyone may have: those whose names the format knows, and no other."""

import re
from pathlib import Path
from typing import Final

from ewaste.evidence.tiles.layout import CHECKPOINT_PATH, parse_tile_path

__all__ = ["is_served", "read_file"]

_CONTENT: Final = re.compile(r"content/([0-9a-f]{2})/\1[0-9a-f]{62}", re.ASCII)


def is_served(path: str) -> bool:
    """Whether this is the name of a tile, an entry bundle or a content, in its one spelling."""
    if _CONTENT.fullmatch(path):
        return True
    try:
        parse_tile_path(path)
    except ValueError:
        return False
    return True


def read_file(folder: Path, path: str) -> bytes | None:
    """A file that readers may have; None where there is none or the name is not one of them. Raises OSError."""
    if path != CHECKPOINT_PATH and not is_served(path):
        return None
    try:
        return (folder / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
