"""A course with its files over HTTP, and its media as a phone on a bad line reads them."""

import asyncio
import io
import zipfile
from typing import Any

import pytest
from ewaste.contracts.events.education import CoursePublished
from ewaste.education.content.files.reading import read_course_files
from ewaste.education.content.files.source import ZipSource
from ewaste.education.content.media_api import read_range
from ewaste.education.content.media_storage import PIECE_BYTES
from ewaste.education.content.sample import sample_course, sample_folder
from ewaste.education.settings import Settings
from ewaste.runtime.testing import Stack, prepared

KEY = "an-authors-key-for-this-test"


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Settings:
    return asyncio.run(prepared(stack, Settings)).model_copy(update={"author_key": KEY, "course_bytes": 4 * 2**20})


def _zip(course_id: str, **more: bytes) -> bytes:
    files = {path.relative_to(sample_folder()).as_posix(): path.read_bytes()
             for path in sample_folder().rglob("*") if path.is_file()}  # fmt: skip
    files["course.toml"] = files["course.toml"].replace(b"cyber-sample", course_id.encode())
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**files, **more}.items():
            archive.writestr(name, content)
    return raw.getvalue()


async def _send(school: Any, content: bytes, path: str = "/courses/files") -> Any:
    return await school.http.post(path, content=content, headers={"Content-Type": "application/zip"})


async def test_a_zip_is_published_once_and_leaves_as_the_same_course(school: Any) -> None:
    content = _zip(school.course_id)

    first, again = await _send(school, content), await _send(school, content)
    url = f"/courses/{school.course_id}/files"
    answer = await school.http.get(url, headers={"Authorization": f"Bearer {KEY}"})

    assert [(one.status_code, one.json()["repeated"]) for one in (first, again)] == [(201, False), (200, True)]
    assert answer.headers["content-type"] == "application/zip"
    assert read_course_files(ZipSource(io.BytesIO(answer.content))).course == read_course_files(
        ZipSource(io.BytesIO(content))
    ).course  # fmt: skip
    (fact,) = await school.facts(course_id=school.course_id)
    assert isinstance(fact, CoursePublished)


async def test_the_key_of_the_questions_leaves_only_to_its_author(school: Any) -> None:
    await _send(school, _zip(school.course_id))
    url = f"/courses/{school.course_id}/files"

    without = await school.http.get(url)
    wrong = await school.http.get(url, headers={"Authorization": "Bearer guess"})

    assert (without.status_code, wrong.status_code) == (403, 403)
    assert wrong.json()["type"] == "urn:ewaste:problem:author-key-wrong"


async def test_a_course_that_is_refused_leaves_nothing_behind(school: Any) -> None:
    before = await school.rows("SELECT count(*) FROM media")
    fresh = b'<svg xmlns="http://www.w3.org/2000/svg"><text>new</text></svg>'
    content = _zip(school.course_id, **{"media/calm.svg": fresh, "pre-test.toml": b"[[questions]]\nkind = 7"})

    answer = await _send(school, content)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "pre-test.toml")
    assert await school.rows("SELECT count(*) FROM media") == before
    await _send(school, _zip(school.course_id))
    changed = await _send(school, _zip(school.course_id, **{"media/calm.svg": fresh}))
    assert changed.status_code == 409
    digests = await school.rows("SELECT count(*) FROM media WHERE size_bytes = " + str(len(fresh)))
    assert digests == [(0,)], "the new picture of a refused version isn't kept"


async def test_what_is_too_large_or_no_zip_is_refused(school: Any) -> None:
    assert (await _send(school, bytes(5 * 2**20))).status_code == 413
    assert (await _send(school, b"hello")).json()["type"] == "urn:ewaste:problem:zip-unreadable"


async def test_a_cartridge_is_refused_by_what_it_holds(school: Any) -> None:
    path = f"/courses/cartridges?course_id={school.course_id}&pillar=practice"

    answer = await _send(school, _zip("x"), path)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "imsmanifest.xml")


async def test_media_that_is_not_stored_is_refused(school: Any) -> None:
    body = sample_course().course.model_dump(mode="json") | {"course_id": f"{school.course_id}-x"}
    body["modules"][0]["lessons"][0]["frames"][0]["media"]["sha256"] = "0" * 64

    answer = await school.http.post("/courses", json=body)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:ewaste:problem:media-unknown")


def _box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


async def _film(school: Any) -> tuple[str, bytes]:
    """A film of some pieces in the place of a picture; its digest and bytes."""
    kind = _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8) + b"soun")))
    scenes = _box(b"mdat", bytes(range(256)) * (3 * PIECE_BYTES // 256))
    film = _box(b"ftyp", b"isom0000") + scenes + _box(b"moov", kind)
    lesson = (sample_folder() / "lessons/practice-1.toml").read_bytes()
    lesson = lesson.replace(b"four-words.svg", b"film.mp4")
    vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\nสวัสดี\n".encode()
    lesson = lesson.replace(b'file = "film.mp4"', b'file = "film.mp4"\ncaptions = { th = "film.th.vtt" }')
    raw = _zip(
        school.course_id, **{"lessons/practice-1.toml": lesson, "media/film.mp4": film, "media/film.th.vtt": vtt}
    )
    with zipfile.ZipFile(io.BytesIO(raw)) as before:
        kept = {name: before.read(name) for name in before.namelist() if name != "media/four-words.svg"}
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w") as archive:
        for name, one in kept.items():
            archive.writestr(name, one)
    answer = await _send(school, again.getvalue())
    assert answer.status_code == 201, answer.text
    course = (await school.http.get(f"/courses/{school.course_id}")).json()
    media = course["modules"][0]["lessons"][0]["frames"][0]["media"]
    assert media["sound"] is True
    return media["sha256"], film


async def test_a_phone_reads_a_film_in_parts_and_keeps_it(school: Any) -> None:
    digest, film = await _film(school)
    url = f"/media/{digest}"

    whole = await school.http.get(url)
    part = await school.http.get(url, headers={"Range": f"bytes={PIECE_BYTES - 3}-{2 * PIECE_BYTES + 5}"})
    end = await school.http.get(url, headers={"Range": "bytes=-5", "If-Range": f'"{digest}"'})
    other = await school.http.get(url, headers={"Range": "bytes=0-1", "If-Range": '"older"'})
    beyond = await school.http.get(url, headers={"Range": f"bytes={len(film)}-"})
    kept = await school.http.get(url, headers={"If-None-Match": f'"{digest}"'})

    assert (whole.status_code, whole.content) == (200, film)
    assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (whole.headers["content-type"], whole.headers["accept-ranges"]) == ("video/mp4", "bytes")
    assert "sandbox" in whole.headers["content-security-policy"]
    assert (part.status_code, part.content) == (206, film[PIECE_BYTES - 3 : 2 * PIECE_BYTES + 6])
    assert part.headers["content-range"] == f"bytes {PIECE_BYTES - 3}-{2 * PIECE_BYTES + 5}/{len(film)}"
    assert (end.status_code, end.content) == (206, film[-5:])
    assert (other.status_code, len(other.content)) == (200, len(film))
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(film)}")
    assert (kept.status_code, kept.content) == (304, b"")
    assert (await school.http.get("/media/" + "0" * 64)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=10-1000", (10, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=-0", (100, 99)),
        ("bytes=100-", (100, 99)),
        ("bytes=0-1,5-6", None),
        ("bytes=9-3", None),
        ("bytes=-", None),
        ("lines=0-1", None),
        ("bytes=٣-٤", None),
    ],
)
def test_a_range_is_read_as_rfc_9110_says(asked: str | None, part: tuple[int, int] | None) -> None:
    assert read_range(asked, 100) == part
