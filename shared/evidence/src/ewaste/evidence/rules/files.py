"""Reading rule files: `<scheme>.<version>.toml`, of which one version of every scheme makes a set.

Old versions stay beside new ones, so that a certificate issued under them can be derived again.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from ewaste.evidence.rules.schemes import Scheme, Schemes
from pydantic import ValidationError

__all__ = ["PACKAGED", "RulesError", "read_schemes"]

_FILE: Final = re.compile(r"(?P<scheme>[a-z0-9-]+)\.(?P<version>[1-9][0-9]{0,3})\.toml")
PACKAGED: Final[Traversable] = files("ewaste.evidence.rules").joinpath("book")
"""The folder with the rules of this release and of those before it."""


class RulesError(ValueError):
    """Rule files can't be used as they are: the message names file and key, and says what to do."""


def read_schemes(folder: Traversable, stems: Collection[str] | None = None) -> Schemes:
    """The newest version of every scheme in the folder, or exactly the files named by `stems` (`landfill.1`, …).

    Raises RulesError when a scheme is missing, or a file is unknown, unreadable or says what no rule may say.
    """
    found = _versions(_toml_files(folder), stems)
    if stems is not None and (missing := set(stems) - {file.name.removesuffix(".toml") for file in found.values()}):
        raise RulesError(f"{folder}: no file for {', '.join(sorted(missing))}; a newer release may hold it")
    if lacking := set(Schemes.model_fields) - set(found):
        names = ", ".join(f"{each.replace('_', '-')}.<version>.toml" for each in sorted(lacking))
        raise RulesError(f"{folder}: lacks {names}; copy what does not change from the set it follows")
    return Schemes.model_validate({name: _read(name, file) for name, file in found.items()})


def _toml_files(folder: Traversable) -> list[Traversable]:
    try:
        return sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    except OSError as error:
        raise RulesError(f"{folder}: cannot be read ({error}); name a folder of rule files") from error


def _versions(toml_files: Iterable[Traversable], stems: Collection[str] | None) -> dict[str, Traversable]:
    newest: dict[str, tuple[int, Traversable]] = {}
    for file in toml_files:
        name = _FILE.fullmatch(file.name)
        field = name["scheme"].replace("-", "_") if name else ""
        if name is None or field not in Schemes.model_fields:
            known = ", ".join(each.replace("_", "-") for each in Schemes.model_fields)
            raise RulesError(f"{file}: no rule is called so; name it <scheme>.<version>.toml, a scheme of {known}")
        if stems is None or file.name.removesuffix(".toml") in stems:
            newest[field] = max(newest.get(field, (0, file)), (int(name["version"]), file), key=lambda each: each[0])
    return {field: file for field, (_, file) in newest.items()}


def _read(field: str, file: Traversable) -> Scheme:
    kind: type[Scheme] = Schemes.__annotations__[field]
    try:
        scheme = kind.model_validate_json(_json(file))
    except ValidationError as error:
        raise RulesError(f"{file}: {_told(error)}; mend the file") from error
    if file.name.split(".")[1] != str(scheme.version):
        raise RulesError(f"{file}: version is {scheme.version}; make the file name and version agree")
    return scheme


def _json(file: Traversable) -> str:
    """As JSON, where an integer, a list and a name are what the model takes strictly; TOML's dates have none."""
    try:
        return json.dumps(tomllib.loads(file.read_text("utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise RulesError(f"{file}: no readable TOML of numbers and texts ({error}); mend the file") from error


def _told(error: ValidationError) -> str:
    each = ((".".join(map(str, found["loc"])) or "the file", found["msg"]) for found in error.errors())
    return "; ".join(f"{key}: {message}" for key, message in each)
