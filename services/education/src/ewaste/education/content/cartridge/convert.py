"""From a cartridge to a course: top folders become modules, folders in them lessons, pages and quizzes frames."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from urllib.parse import unquote

from ewaste.contracts.events.education import Pillar
from ewaste.contracts.refusal import Refused
from ewaste.education.content.cartridge.manifest import Item, Manifest, Resource, read_manifest
from ewaste.education.content.cartridge.pages import Embedded, read_page
from ewaste.education.content.cartridge.qti import Unsupported, read_question
from ewaste.education.content.cartridge.xml import descendants, read_xml
from ewaste.education.content.files.inspection import Inspected, inspect
from ewaste.education.content.files.layout import LANGUAGES, MEDIA_FOLDER
from ewaste.education.content.files.reading import Loaded
from ewaste.education.content.files.source import Source, read_file
from ewaste.education.content.model import Course
from pydantic import ValidationError

__all__ = ["Converted", "Skipped", "Wanted", "convert"]

_MOST_PAGE_BYTES: Final = 1024 * 1024
_MOST_PROSE: Final = 20_000
_MOST_TITLE: Final = 200
_QUIZ: Final = re.compile(r"imsqti_xmlv1p2/imscc_xmlv1p[123]/assessment")
_PAGE: Final = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cartridge doesn't say: the id and version, and the pillar of each module in order."""

    course_id: str
    course_version: int
    pillars: tuple[Pillar, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something of the cartridge that is not in the course."""

    resource: str
    why: str


@dataclass(frozen=True, slots=True)
class Converted:
    loaded: Loaded
    skipped: tuple[Skipped, ...]


def convert(source: Source, wanted: Wanted) -> Converted:
    """Raises `Refused` where it is no cartridge or no course comes of it; what is skipped is told by resource."""
    manifest = read_manifest(source)
    if len(manifest.items) != len(wanted.pillars):
        titles = ", ".join(item.title or "(no title)" for item in manifest.items)
        detail = f"the cartridge has {len(manifest.items)} modules ({titles}); name the pillar of each, in their order"
        raise Refused("pillars-number", detail, field="pillar")
    converter = _Converter(source, manifest)
    modules = [converter.module(n, item, pillar)
               for n, (item, pillar) in enumerate(zip(manifest.items, wanted.pillars, strict=True), 1)]  # fmt: skip
    written = {
        "course_id": wanted.course_id,
        "course_version": wanted.course_version,
        "title_th": _title(manifest.title, wanted.course_id),
        "modules": modules,
    }
    try:
        course = Course.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise Refused("cartridge-invalid", f"{place}: {first['msg']}; nothing was imported", field=place) from None
    shown = {digest for _, digest in course.files}
    files = {one.sha256: one for one in converter.media.found.values() if one.sha256 in shown}
    return Converted(Loaded(course, files, converter.media), (*converter.skipped, *converter.unused()))


def _title(said: str, fallback: str) -> str:
    return said[:_MOST_TITLE].strip() or fallback


class _Media:
    """The cartridge's files under the names that they get in the course."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names: dict[str, str] = {}
        self.found: dict[str, Inspected] = {}

    @property
    def sizes(self) -> Mapping[str, int]:
        return {name: self._source.sizes[path] for name, path in self._names.items()}

    def open(self, name: str) -> BinaryIO:
        return self._source.open(self._names[name])

    def take(self, path: str) -> Inspected:
        """Raises `Refused` where the file is missing or can't be shown."""
        if path not in self._source.sizes:
            raise Refused("file-missing", f"{path} is not in the cartridge", field=path)
        stem, _, ending = posixpath.basename(path).lower().rpartition(".")
        plain = re.sub(r"[^a-z0-9-]+", "-", stem).strip("-")[:40] or "media"
        taken = {name: file for file, name in self._names.items()}
        file = taken.get(path, "").removeprefix(MEDIA_FOLDER) or f"{plain}-{len(self._names) + 1}.{ending}"
        self._names[MEDIA_FOLDER + file] = path
        try:
            self.found[file] = inspect(self, file)
        except Refused:
            del self._names[MEDIA_FOLDER + file]
            raise
        return self.found[file]


class _Converter:
    def __init__(self, source: Source, manifest: Manifest) -> None:
        self._source = source
        self._manifest = manifest
        self._used: set[str] = set()
        self.media = _Media(source)
        self.skipped: list[Skipped] = []

    def module(self, number: int, item: Item, pillar: Pillar) -> dict[str, Any]:
        parts = item.items or (item,)
        lessons = [self._lesson(f"m{number}-l{n}", part) for n, part in enumerate(parts, 1)]
        title = _title(item.title, f"{number}")
        kept = [lesson for lesson in lessons if lesson["frames"]]
        return {"module_id": f"m{number}", "pillar": pillar, "title_th": title, "lessons": kept}

    def unused(self) -> Iterator[Skipped]:
        """Resources that no item shows, but for the files that pages embed."""
        for resource in self._manifest.resources.values():
            if resource.resource_id not in self._used and resource.kind != "webcontent":
                yield Skipped(resource.resource_id, f"no item of the course shows it ({resource.kind})")

    def _lesson(self, lesson_id: str, item: Item) -> dict[str, Any]:
        frames: list[dict[str, Any]] = []
        for leaf in _leaves(item):
            frame = self._frame(lesson_id, len(frames) + 1, leaf)
            if frame:
                frames.append(frame)
        return {"lesson_id": lesson_id, "title_th": _title(item.title, lesson_id), "frames": frames}

    def _frame(self, lesson_id: str, number: int, item: Item) -> dict[str, Any] | None:
        resource = self._manifest.resources.get(item.resource_id or "")
        if resource is None or resource.href is None:
            self._skip(item.resource_id or item.title, "there is no file behind it")
            return None
        self._used.add(resource.resource_id)
        frame = {"frame_id": f"f{number}", "title_th": _title(item.title, f"{number}")}
        if _QUIZ.fullmatch(resource.kind):
            questions = self._questions(resource, f"f{number}")
            return {**frame, "questions": questions} if questions else None
        if resource.kind == "webcontent" and resource.href.lower().endswith(_PAGE):
            return {**frame, **self._page(resource)}
        if resource.kind == "webcontent":
            media = self._media(resource, Embedded(resource.href, item.title), "")
            return {**frame, "media": media} if media else None
        self._skip(resource.resource_id, f"{resource.kind} is not supported")
        return None

    def _questions(self, resource: Resource, prefix: str) -> list[dict[str, Any]]:
        assert resource.href is not None, "a resource without a file was skipped"
        questions = []
        for n, item in enumerate(descendants(read_xml(self._source, resource.href), "item"), 1):
            try:
                questions.append(read_question(item, f"{prefix}-q{n}").model_dump(mode="json"))
            except Unsupported as unsupported:
                self._skip(f"{resource.resource_id} question {item.get('ident') or n}", unsupported.why)
        return questions

    def _page(self, resource: Resource) -> dict[str, Any]:
        assert resource.href is not None, "a resource without a file was skipped"
        raw = read_file(self._source, resource.href, _MOST_PAGE_BYTES)
        page = read_page(raw.decode("utf-8-sig", "replace"))
        if len(page.markdown) > _MOST_PROSE:
            detail = f"{resource.href} has {len(page.markdown)} characters; split it into pages of {_MOST_PROSE}"
            raise Refused("page-too-long", detail, field=resource.href)
        folder = posixpath.dirname(resource.href)
        shown = [media for one in page.media if (media := self._media(resource, one, folder))]
        for more in shown[1:]:
            self._skip(resource.resource_id, f"{more['file']}: a frame shows one picture or film")
        return {**({"text_th": page.markdown} if page.markdown else {}), **({"media": shown[0]} if shown else {})}

    def _media(self, resource: Resource, embedded: Embedded, folder: str) -> dict[str, Any] | None:
        try:
            found = self.media.take(_inside(folder, embedded.src))
            captions = [
                {"language": language, **_facts(self.media.take(_inside(folder, embedded.captions[language])))}
                for language in LANGUAGES
                if language in embedded.captions
            ]
        except Refused as refused:
            self._skip(resource.resource_id, refused.detail)
            return None
        if found.sound and not any(one["language"] == "th" for one in captions):
            self._skip(resource.resource_id, f"{embedded.src} has sound and no Thai captions")
            return None
        alt = _title(embedded.alt, found.file)
        about = {"media_type": found.media_type, "sound": found.sound, "alt_th": alt, "captions": captions}
        return {**_facts(found), **about}

    def _skip(self, resource: str, why: str) -> None:
        self.skipped.append(Skipped(resource, why))


def _leaves(item: Item) -> Sequence[Item]:
    return [leaf for one in item.items for leaf in _leaves(one)] if item.items else [item]


def _facts(found: Inspected) -> dict[str, Any]:
    return {"file": found.file, "sha256": found.sha256, "size_bytes": found.size_bytes}


def _inside(folder: str, src: str) -> str:
    """The file of the cartridge that a page's address means; LMSs write $IMS-CC-FILEBASE$ for its root of files."""
    path = unquote(src.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0])
    if path.startswith("$IMS-CC-FILEBASE$"):
        return posixpath.normpath("web_resources/" + path.removeprefix("$IMS-CC-FILEBASE$").lstrip("/"))
    return posixpath.normpath(posixpath.join(folder, path))
