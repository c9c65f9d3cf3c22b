"""The command line for authors: `python -m ewaste.education course check|import|export|cartridge`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from ewaste.contracts.events.education import Pillar
from ewaste.contracts.refusal import Refused
from ewaste.education.content.cartridge.convert import Wanted, convert
from ewaste.education.content.checks import check_course
from ewaste.education.content.files.reading import Loaded, read_course_files
from ewaste.education.content.files.source import FolderSource, Source, ZipSource
from ewaste.education.content.files.writing import write_folder, write_loaded
from ewaste.education.content.handlers import publish_files, read_course
from ewaste.education.content.media_storage import whole
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.settings import RuntimeSettings

__all__ = ["course_commands"]

Folder = Annotated[Path, typer.Argument(help="the course's folder, or the same zipped")]


def course_commands(settings: Callable[[], RuntimeSettings]) -> typer.Typer:
    cli = typer.Typer(no_args_is_help=True, help="Courses as folders of Markdown, TOML and media.")

    @cli.command()
    def check(folder: Folder) -> None:
        """Read a course's folder and say what is wrong with it; nothing is stored."""
        loaded = _told(lambda: _checked(folder))
        course = loaded.course
        questions = sum(len(lesson.questions) for lesson in course.lessons)
        counts = f"{len(course.modules)} modules, {len(course.lessons)} lessons, {questions} questions"
        named = f"{course.course_id} version {course.course_version}"
        typer.echo(f"{named}: {counts}, {len(loaded.files)} media files; it can be published")

    @cli.command(name="import")
    def import_(folder: Folder) -> None:
        """Publish a course's folder."""
        loaded = _told(lambda: _checked(folder))
        new = _told(lambda: _run(_publish(settings(), loaded)))
        named = f"{loaded.course.course_id} version {loaded.course.course_version}"
        typer.echo(f"{named}: published" if new else f"{named}: was published before, nothing changed")

    @cli.command()
    def export(
        folder: Annotated[Path, typer.Argument(help="a new folder")],
        course: Annotated[str, typer.Option(help="the course's id")],
        version: Annotated[int | None, typer.Option(help="the newest when left out")] = None,
    ) -> None:
        """Write a published course into a new folder, with the key of its questions."""
        _told(lambda: _run(_export(settings(), course, version, folder)))
        typer.echo(f"written to {folder}")

    @cli.command()
    def cartridge(
        file: Annotated[Path, typer.Argument(help="a Common Cartridge 1.1 to 1.3 (.imscc)")],
        folder: Annotated[Path, typer.Argument(help="a new folder")],
        course: Annotated[str, typer.Option(help="the course's id")],
        version: Annotated[int, typer.Option(min=1)] = 1,
        pillar: Annotated[list[Pillar] | None, typer.Option(help="of each module, in order")] = None,
    ) -> None:
        """Turn a cartridge into a course's folder, to be looked over and published; nothing is stored."""
        wanted = Wanted(course, version, tuple(pillar or ()))
        converted = _told(lambda: convert(ZipSource(file), wanted))
        _told(lambda: write_loaded(converted.loaded, folder))
        for one in converted.skipped:
            typer.echo(f"skipped {one.resource}: {one.why}")
        typer.echo(f"written to {folder}; look it over, then `course check` and `course import`")

    return cli


def _checked(folder: Path) -> Loaded:
    source: Source = FolderSource(folder) if folder.is_dir() else ZipSource(folder)
    loaded = read_course_files(source)
    check_course(loaded.course)
    return loaded


def _told(work: Callable[[], Any]) -> Any:
    """Do the work; what is refused is told on one line and ends with 1."""
    try:
        return work()
    except Refused as refused:
        where = f" (at {refused.field})" if refused.field else ""
        sys.stderr.write(f"{refused.code}: {refused.detail}{where}\n")
        raise typer.Exit(1) from None


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


async def _publish(settings: RuntimeSettings, loaded: Loaded) -> bool:
    database = Database(settings)
    try:
        async with database.transaction() as tx:
            return await publish_files(tx, Outbox(settings), loaded, datetime.now(UTC))
    finally:
        await database.close()


async def _export(settings: RuntimeSettings, course_id: str, version: int | None, folder: Path) -> None:
    database = Database(settings)
    try:
        async with database.transaction() as tx:
            course = await read_course(tx, course_id, version)
        media = {digest: await whole(database, digest) for _, digest in course.files}
        write_folder(course, lambda digest: [media[digest]], folder)
    finally:
        await database.close()
