"""Our own short sample course, shipped as data."""

import tomllib
from functools import cache
from importlib.resources import files

from ewaste.education.content.model import Course

__all__ = ["sample_course"]


@cache
def sample_course() -> Course:
    """The course in `sample_course.toml`; it is marked as a sample and is not the official curriculum."""
    text = files("ewaste.education.content").joinpath("sample_course.toml").read_text("utf-8")
    return Course.model_validate(tomllib.loads(text))
