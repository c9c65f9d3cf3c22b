"""Our own short sample course, shipped as a folder of data."""

from importlib.resources import files
from pathlib import Path

from ewaste.education.content.files.reading import Loaded, read_course_files
from ewaste.education.content.files.source import FolderSource

__all__ = ["sample_course", "sample_folder"]


def sample_folder() -> Path:
    """Where the sample's files lie; the form of every course's folder."""
    return Path(str(files("ewaste.education.content").joinpath("sample")))


def sample_course() -> Loaded:
    """The course in `sample/`; it is marked as a sample and is not the official curriculum."""
    return read_course_files(FolderSource(sample_folder()))
