"""Cartridges as learning systems export them."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ewaste.contracts.events.education import Pillar
from ewaste.contracts.refusal import Refused
from ewaste.education.content.cartridge.convert import Converted, Wanted, convert
from ewaste.education.content.checks import check_course
from ewaste.education.content.files.reading import read_course_files
from ewaste.education.content.files.source import FolderSource, ZipSource
from ewaste.education.content.files.writing import write_loaded
from ewaste.education.content.questions import Kind

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p{version}/imscp_v1p1"
  xmlns:lom="http://ltsc.ieee.org/xsd/imsccv1p{version}/LOM/manifest">
 <metadata><schema>IMS Common Cartridge</schema><schemaversion>1.{version}.0</schemaversion>
  <lom:lom><lom:general><lom:title><lom:string language="th">ความปลอดภัยดิจิทัล</lom:string></lom:title></lom:general>
  </lom:lom></metadata>
 <organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="root">
  <item identifier="i1"><title>หน่วยที่ 1</title>
   <item identifier="i2"><title>รหัสผ่าน</title>
    <item identifier="i3" identifierref="r-page"><title>อ่าน</title></item>
    <item identifier="i4" identifierref="r-quiz"><title>แบบทดสอบ</title></item></item>
   <item identifier="i5" identifierref="r-talk"><title>คุยกัน</title></item></item>
 </item></organization></organizations>
 <resources>
  <resource identifier="r-page" type="webcontent" href="web_resources/page.html"/>
  <resource identifier="r-pic" type="webcontent" href="web_resources/lock.svg"/>
  <resource identifier="r-quiz" type="imsqti_xmlv1p2/imscc_xmlv1p{version}/assessment">
   <file href="quiz/q.xml"/></resource>
  <resource identifier="r-talk" type="imsdt_xmlv1p{version}"><file href="talk.xml"/></resource>
  <resource identifier="r-bank" type="imsqti_xmlv1p2/imscc_xmlv1p{version}/question-bank">
   <file href="b.xml"/></resource>
 </resources></manifest>"""
PAGE = """<html><head><title>x</title><style>p{}</style></head><body><h2>รหัสผ่าน</h2>
<p>ต้อง <b>ยาว</b> &amp; เดายาก * อย่าบอกใคร <script>alert(1)</script></p><ul><li>หนึ่ง</li><li>สอง</li></ul>
<p><a href="https://example.org/a">อ่านต่อ</a> <a href="javascript:alert(1)">กด</a></p>
<img src="$IMS-CC-FILEBASE$/lock.svg" alt="แม่กุญแจ"/><img src="gone.png"/></body></html>"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1"/></svg>'


def _item(profile: str, labels: str, processing: str, feedback: str = "") -> str:
    return f"""<item ident="{profile}"><itemmetadata><qtimetadata><qtimetadatafield><fieldlabel>cc_profile</fieldlabel>
<fieldentry>cc.{profile}.v0p1</fieldentry></qtimetadatafield></qtimetadata></itemmetadata><presentation>
<material><mattext texttype="text/html">&lt;p&gt;คำถาม {profile}?&lt;/p&gt;</mattext></material>
<response_lid ident="r"><render_choice>{
        "".join(
            f'<response_label ident="{one}"><material><mattext>ตัวเลือก {one}</mattext></material></response_label>'
            for one in labels
        )
    }</render_choice></response_lid></presentation>
<resprocessing><outcomes><decvar varname="SCORE"/></outcomes>{processing}</resprocessing>{feedback}</item>"""


def _right(condition: str) -> str:
    return f"""<respcondition><conditionvar>{condition}</conditionvar>
<setvar action="Set" varname="SCORE">100</setvar></respcondition>"""


def _equal(ident: str) -> str:
    return f'<varequal respident="r">{ident}</varequal>'


SAID = f"""<respcondition><conditionvar>{_equal("A")}</conditionvar><displayfeedback linkrefid="fa"/></respcondition>"""
FEEDBACK = '<itemfeedback ident="fa"><flow_mat><material><mattext>เดาง่าย</mattext></material></flow_mat></itemfeedback>'
QUIZ = f"""<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a">
<section ident="s">
{_item("multiple_choice", "ABC", SAID + _right(_equal("B")), FEEDBACK)}
{_item("multiple_response", "ABC", _right(f"<and>{_equal('A')}{_equal('B')}<not>{_equal('C')}</not></and>"))}
{_item("true_false", "TF", _right(_equal("F")))}
{_item("essay", "A", "")}
</section></assessment></questestinterop>"""


def _zip(**more: str | None) -> ZipSource:
    files = {
        "imsmanifest.xml": MANIFEST.format(version=more.pop("version", "1")), "web_resources/page.html": PAGE,
        "web_resources/lock.svg": SVG, "quiz/q.xml": QUIZ, "talk.xml": "<topic/>", "b.xml": "<x/>",
        **{name.replace("__", "/"): content for name, content in more.items()},
    }  # fmt: skip
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in files.items():
            if content is not None:
                archive.writestr(name, content)
    return ZipSource(raw)


def _convert(pillars: tuple[Pillar, ...] = (Pillar.PROTECTION,), **more: str | None) -> Converted:
    return convert(_zip(**more), Wanted("imported", 3, pillars))


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_a_cartridge_becomes_a_course(version: str) -> None:
    course = _convert(version=version).loaded.course

    check_course(course)
    assert (course.course_id, course.course_version, course.title_th) == ("imported", 3, "ความปลอดภัยดิจิทัล")
    (module,) = course.modules
    assert (module.pillar, module.title_th) == (Pillar.PROTECTION, "หน่วยที่ 1")
    (lesson,) = module.lessons
    page, quiz = lesson.frames
    assert page.text_th == (
        "## รหัสผ่าน\n\nต้อง **ยาว** & เดายาก \\* อย่าบอกใคร\n\n- หนึ่ง\n- สอง\n\n[อ่านต่อ](https://example.org/a) กด"
    )
    assert page.media is not None
    assert (page.media.alt_th, page.media.media_type) == ("แม่กุญแจ", "image/svg+xml")
    assert [one.kind for one in quiz.questions] == [Kind.SINGLE, Kind.MULTIPLE, Kind.TRUE_FALSE]


def test_the_key_and_its_feedback_come_along() -> None:
    course = _convert().loaded.course

    single, multiple, true_false = course.lessons[0].questions
    assert [option.correct for option in single.options] == [False, True, False]
    assert (single.text_th, single.options[0].text_th) == ("คำถาม multiple_choice?", "ตัวเลือก A")
    assert [option.feedback_th for option in single.options] == ["เดาง่าย", None, None]
    assert [option.correct for option in multiple.options] == [True, True, False]
    assert [option.correct for option in true_false.options] == [False, True]


def test_what_is_not_supported_is_told_by_resource() -> None:
    skipped = {one.resource: one.why for one in _convert().skipped}

    assert "gone.png is not in the cartridge" in skipped["r-page"]
    assert skipped["r-quiz question essay"] == "a question of the kind cc.essay.v0p1 is not supported"
    assert skipped["r-talk"] == "imsdt_xmlv1p1 is not supported"
    assert "question-bank" in skipped["r-bank"]


def _mp4() -> str:
    return "\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"


def test_a_film_with_sound_comes_with_its_captions_or_not_at_all() -> None:
    film = PAGE.replace('<img src="gone.png"/>', "").replace(
        '<img src="$IMS-CC-FILEBASE$/lock.svg" alt="แม่กุญแจ"/>',
        '<video title="คลิป"><source src="a.mp4"/>TRACK</video>',
    )
    more: dict[str, Any] = {"web_resources__a.mp4": _mp4()}
    track = '<track kind="captions" srclang="th" src="a.vtt"/>'
    vtt = "WEBVTT\n\n00:00.000 --> 00:01.000\nสวัสดี\n"

    without = _convert(web_resources__page__html=None, **{"web_resources/page.html": film.replace("TRACK", "")}, **more)
    with_ = _convert(**{"web_resources/page.html": film.replace("TRACK", track), "web_resources/a.vtt": vtt}, **more)

    assert any("sound and no Thai captions" in one.why for one in without.skipped)
    assert without.loaded.course.media == ()
    assert not without.loaded.files
    (media,) = with_.loaded.course.media
    assert (media.sound, media.captions[0].language, media.alt_th) == (True, "th", "คลิป")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"version": "0"}, "cartridge-version"),
        ({"imsmanifest.xml": None}, "file-missing"),
        ({"imsmanifest.xml": "<manifest"}, "xml-invalid"),
        ({"imsmanifest.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "xml-invalid"),
        ({"quiz/q.xml": "<!DOCTYPE x><x/>"}, "xml-invalid"),
        ({"web_resources/page.html": None}, "file-missing"),
        ({"web_resources/page.html": "<p>" + "ยาว " * 9000}, "page-too-long"),
    ],
)
def test_what_is_no_cartridge_is_refused(more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        _convert(**more)

    assert refused.value.code == code


def test_every_module_needs_its_pillar() -> None:
    with pytest.raises(Refused, match=r"1 modules \(หน่วยที่ 1\)") as refused:
        _convert(pillars=())

    assert refused.value.field == "pillar"


def test_it_can_be_written_as_a_folder_and_read_again(tmp_path: Path) -> None:
    loaded = _convert().loaded
    write_loaded(loaded, tmp_path / "course")

    assert read_course_files(FolderSource(tmp_path / "course")).course == loaded.course
