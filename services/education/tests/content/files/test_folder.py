"""A course as a folder or zip: the same there and back, and nothing by surprise."""

import io
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from ewaste.contracts.refusal import Refused
from ewaste.education.content.checks import check_course
from ewaste.education.content.files.reading import Loaded, read_course_files
from ewaste.education.content.files.source import FolderSource, ZipSource
from ewaste.education.content.files.writing import write_loaded, write_zip
from ewaste.education.content.sample import sample_course, sample_folder

Change = Callable[[Path], object]
VTT = "WEBVTT\n\n00:00.000 --> 00:01.000\nสวัสดี\n"
MP3 = b"ID3\x04" + bytes(20)


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _zip(files: dict[str, bytes]) -> io.BytesIO:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The sample course, to be spoilt."""
    return Path(shutil.copytree(sample_folder(), tmp_path / "course"))


def test_what_is_written_is_what_was_read_byte_for_byte(tmp_path: Path) -> None:
    loaded = sample_course()

    write_loaded(loaded, tmp_path / "again")

    assert _bytes(tmp_path / "again") == _bytes(sample_folder())
    assert read_course_files(FolderSource(tmp_path / "again")).course == loaded.course


def test_the_zip_is_the_same_course_and_always_the_same_bytes() -> None:
    loaded, media = sample_course(), _bytes(sample_folder() / "media")
    by_digest = {one.sha256: media[one.file] for one in loaded.files.values()}
    once, again = io.BytesIO(), io.BytesIO()
    for file in (once, again):
        write_zip(loaded.course, lambda digest: [by_digest[digest]], file)

    assert once.getvalue() == again.getvalue()
    assert read_course_files(ZipSource(once)).course == loaded.course


def test_a_folder_zipped_from_outside_and_the_litter_of_file_managers_are_understood() -> None:
    files = {f"course/{name}": content for name, content in _bytes(sample_folder()).items()}

    read = read_course_files(ZipSource(_zip({**files, "__MACOSX/._x": b"", "course/.DS_Store": b""})))

    assert read.course == sample_course().course


@pytest.mark.parametrize(
    "name", ["../evil.toml", "/etc/passwd", "a/../../b", "a\\b", "C:/x", "a//b", "a/./b", "new\nline", "x" * 200]
)
def test_a_zip_never_leads_out_of_its_folder(name: str) -> None:
    with pytest.raises(Refused) as refused:
        ZipSource(_zip({**_bytes(sample_folder()), name: b""}))

    assert refused.value.code == "file-unsafe"


def test_a_zip_holds_no_links_no_password_and_no_name_twice() -> None:
    link = zipfile.ZipInfo("course.toml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(Refused, match="is a link"):
        ZipSource(raw)
    with pytest.raises(Refused, match="one name"):
        ZipSource(_zip({"a.md": b"", "A.md": b""}))
    secret = bytearray(_zip({"course.toml": b"x"}).getvalue())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        secret[secret.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(Refused, match="password"):
        ZipSource(io.BytesIO(secret))


def test_a_zip_that_says_little_and_unpacks_to_much_is_refused() -> None:
    raw = bytearray(_zip({"course.toml": b"x"}).getvalue())
    size = raw.index(b"PK\x01\x02") + 24
    raw[size : size + 4] = (600 * 2**20).to_bytes(4, "little")
    with pytest.raises(Refused, match="512 MiB"):
        ZipSource(io.BytesIO(raw))
    with pytest.raises(Refused, match="3000 files"):
        ZipSource(_zip({f"{n}.md": b"" for n in range(3001)}))


def test_a_zip_that_breaks_in_the_middle_is_refused() -> None:
    raw = _zip(_bytes(sample_folder())).getvalue()
    at = raw.index(b"course.toml") + 40

    with pytest.raises(Refused) as refused:
        read_course_files(ZipSource(io.BytesIO(raw[:at] + b"\xff\xff\xff\xff" + raw[at + 4 :])))

    assert refused.value.code == "file-unreadable"
    with pytest.raises(Refused, match="not a zip"):
        ZipSource(io.BytesIO(b"PK"))


def test_a_link_in_a_folder_is_refused(folder: Path) -> None:
    (folder / "media/x.svg").symlink_to("/etc/passwd")

    with pytest.raises(Refused, match=r"media/x\.svg is a link"):
        FolderSource(folder)


def _edit(name: str, before: str, after: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / name).read_text("utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after, 1), "utf-8")

    return change


LESSON = "lessons/practice-1.toml"


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        (lambda folder: (folder / "course.toml").unlink(), "file-missing", "course.toml"),
        (lambda folder: (folder / LESSON).unlink(), "file-missing", LESSON),
        (lambda folder: (folder / "media/calm.svg").unlink(), "file-missing", "media/calm.svg"),
        (lambda folder: (folder / "lessons/practice-1/lnog.th.md").write_text("x"), "file-unused",
         "lessons/practice-1/lnog.th.md"),
        (lambda folder: (folder / LESSON).write_bytes("ก".encode("tis-620")), "course-file-invalid", LESSON),
        (_edit(LESSON, "title_th =", "title_th"), "course-file-invalid", LESSON),
        (_edit(LESSON, "title_th", "titel_th"), "course-file-invalid", LESSON),
        (_edit(LESSON, "correct = true", 'correct = "yes"'), "course-file-invalid", LESSON),
        (_edit(LESSON, "[frames.media]", "[frames.midea]"), "course-file-invalid", LESSON),
        (_edit(LESSON, '"cybersecurity"', '"luck"'), "course-file-invalid", LESSON),
        (_edit(LESSON, 'file = "four-words.svg"', 'file = "../../../etc/passwd"'), "media-kind-unknown",
         "media/../../../etc/passwd"),
        (_edit("course.toml", '"practice-1"', "7"), "course-file-invalid", "course.toml"),
        (_edit("course.toml", '"practice-1"', '"../practice-1"'), "file-missing", "lessons/../practice-1.toml"),
        (_edit("media/calm.svg", "<circle", "<script/><circle"), "media-invalid", "media/calm.svg"),
        (lambda folder: (folder / "media/calm.svg").write_bytes(b""), "file-empty", "media/calm.svg"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_file(folder: Path, change: Change, code: str, field: str) -> None:
    change(folder)

    with pytest.raises(Refused) as refused:
        read_course_files(FolderSource(folder))

    assert (refused.value.code, refused.value.field) == (code, field), refused.value.detail


def _spoken(folder: Path, captions: str = "", content: str = VTT) -> Loaded:
    """The first lesson's picture replaced by a sound."""
    (folder / "media/four-words.svg").unlink()
    (folder / "media/word.mp3").write_bytes(MP3)
    if captions:
        (folder / "media/word.th.vtt").write_text(content, "utf-8")
    _edit(LESSON, 'file = "four-words.svg"', f'file = "word.mp3"\n{captions}')(folder)
    return read_course_files(FolderSource(folder))


def test_a_lesson_with_sound_needs_captions(folder: Path) -> None:
    with pytest.raises(Refused, match=r"word\.mp3 has sound and no Thai captions") as refused:
        check_course(_spoken(folder).course)

    assert refused.value.field == "modules.0.lessons.0.frames.0.media.captions"


def test_captions_in_thai_let_a_lesson_speak(folder: Path, tmp_path: Path) -> None:
    loaded = _spoken(folder, 'captions = { th = "word.th.vtt" }')

    check_course(loaded.course)
    write_loaded(loaded, tmp_path / "again")
    assert _bytes(tmp_path / "again")["media/word.mp3"] == MP3
    assert read_course_files(FolderSource(tmp_path / "again")).course == loaded.course


@pytest.mark.parametrize(
    ("captions", "content", "said"),
    [
        ('captions = { en = "word.th.vtt" }', VTT, "no Thai captions"),
        ('captions = { th = "word.th.vtt" }', "WEBVTT\n\n1\n00:01 --> 00:02\nx", "line 4: write times"),
        ('captions = { fr = "word.th.vtt" }', VTT, "languages are th, en"),
        ('captions = { th = "calm.svg" }', VTT, "captions are a WebVTT file"),
        ('captions = "word.th.vtt"', VTT, "captions = { th"),
    ],
)
def test_captions_that_are_not_right_are_refused(folder: Path, captions: str, content: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        check_course(_spoken(folder, captions, content).course)
