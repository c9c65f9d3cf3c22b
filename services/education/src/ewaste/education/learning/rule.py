"""The completion rule as configuration: a versioned TOML file, our example values unless another is named."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from ewaste.education.learning.model import CompletionRule
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

__all__ = ["read_rule"]


def read_rule(file: Path | None = None) -> CompletionRule:
    """The rule in `file`, the example of this package without one. Raises ValueError that names what is wrong."""
    source = file or files("ewaste.education.learning").joinpath("completion.toml")
    try:
        return _RULE.validate_json(_ANY.dump_json(tomllib.loads(source.read_text("utf-8"))))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ValueError(f"completion rule {source}: {error}; see learning/completion.toml for the form") from error


_ANY = TypeAdapter[Any](Any)
_RULE = TypeAdapter(with_config(ConfigDict(extra="forbid", strict=True))(CompletionRule))
