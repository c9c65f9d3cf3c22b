"""`sql`: questions to the archive in SQL, with DuckDB, which can read these files and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ewaste.auditor.archive.rebuilding import write_whole
from ewaste.auditor.errors import CannotRun
from ewaste.auditor.watch import Watch, nobody
from ewaste.evidence.archive.layout import range_of

__all__ = ["Answer", "ask"]

# A leaf's value stands at its end; its length is the last number of the preamble (evidence.ledger.record).
_VIEW: Final = """
CREATE VIEW ledger AS SELECT *, json_extract(event, '$.data') AS data FROM (
    SELECT *, TRY_CAST(value AS JSON) AS event FROM (
        SELECT *, CASE
            WHEN hex(raw[32:35]) = 'FFFFFFFF' THEN NULL
            WHEN hex(raw[32:35]) = 'FFFFFFFE' THEN TRY(decode(contents[-1]))
            ELSE TRY(decode(raw[octet_length(raw) - ('0x' || hex(raw[32:35]))::BIGINT + 1:]))
        END AS value FROM read_parquet({files})
    )
)
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names, and rows of plain values."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[Any, ...]]

    def to_list(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(folder: Path, statement: str, watch: Watch = nobody) -> Answer:
    """Answer one SELECT over the view `ledger`; `folder` holds an archive, or is a mirror. Raises `CannotRun`."""
    if find_spec("duckdb") is None:
        raise CannotRun("`sql` needs DuckDB: install ewaste-auditor[archive]")
    files = _files(folder)
    if files:
        return _ask(files, statement)
    if not (folder / "checkpoint").exists():
        raise CannotRun(
            f"{folder} holds neither files of an archive nor a mirror: give the folder of `archive` or `mirror`"
        )
    with TemporaryDirectory(prefix="ewaste-archive-") as temporary:
        made = write_whole(folder, Path(temporary), watch=watch)
        return _ask([each.path for each in made], statement)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if range_of(path.name) is not None]


def _ask(files: Sequence[Path], statement: str) -> Answer:
    import duckdb

    names = [str(path.resolve()) for path in files]
    try:
        with duckdb.connect(":memory:", config={"python_enable_replacements": "false"}) as connection:
            connection.execute(_VIEW.format(files=_quoted(names)))
            # Read-only and alone: no other file, no network, no extension, and nobody changes these settings again.
            connection.execute(f"SET allowed_paths = {_quoted(names)}")
            for setting in ("autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"):
                connection.execute(f"SET {setting} = false")
            connection.execute("SET lock_configuration = true")
            _require_select(connection, statement)
            found = connection.execute(statement)
            columns = tuple(each[0] for each in found.description or ())
            return Answer(columns, [tuple(map(_plain, row)) for row in found.fetchall()])
    except duckdb.Error as error:
        raise CannotRun(f"DuckDB: {error}") from None


def _require_select(connection: Any, statement: str) -> None:
    import duckdb

    statements = connection.extract_statements(statement)
    if len(statements) != 1 or statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise CannotRun("give one SELECT: the archive is read, never written")


def _quoted(names: Sequence[str]) -> str:
    return "[" + ", ".join("'" + name.replace("'", "''") + "'" for name in names) + "]"


def _plain(value: Any) -> Any:
    """What JSON and a terminal can show; bytes as hex."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    try:
        json.dumps(value)
    except TypeError:
        return str(value)
    return value
