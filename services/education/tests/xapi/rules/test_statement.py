"""What the specification allows and what it doesn't, by path (xAPI 1.0.3, part two)."""

import json
from contextlib import suppress
from typing import Any

import pytest
from ewaste.education.xapi.reading import parse
from ewaste.education.xapi.rules.shape import Invalid
from ewaste.education.xapi.rules.statement import check_statement
from hypothesis import given, settings
from hypothesis import strategies as st

MBOX = {"mbox": "mailto:pupil@school.example"}
UUID = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"
ACTIVITY = {"id": "https://lms.example/course/1"}
SUB = {"objectType": "SubStatement", "actor": MBOX, "verb": {"id": "https://lms.example/v"}, "object": ACTIVITY}
REFERENCE = {"objectType": "StatementRef", "id": UUID}
CHOICE = {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "b", "description": {"th": "ข"}}]}


def _statement(**more: Any) -> dict[str, Any]:
    said = {"actor": MBOX, "verb": {"id": "https://lms.example/v"}, "object": ACTIVITY, **more}
    return {name: value for name, value in said.items() if value != "left out"}


def _defined(**definition: Any) -> dict[str, Any]:
    return {"object": {**ACTIVITY, "definition": definition}}


def _context(**context: Any) -> dict[str, Any]:
    return {"context": context}


def _score(**score: Any) -> dict[str, Any]:
    return {"result": {"score": score}}


GOOD: list[dict[str, Any]] = [
    {},
    {"id": UUID.upper(), "timestamp": "2026-11-22T08:00:00.123456789+07:00", "version": "1.0.2"},
    {"timestamp": "20261122T080000Z"},
    {"actor": {"objectType": "Agent", "name": "สมชาย", "account": {"homePage": "https://x.example", "name": "7"}}},
    {"actor": {"mbox_sha1sum": "a" * 40}},
    {"actor": {"openid": "https://somchai.example"}},
    {"actor": {"objectType": "Group", "member": [MBOX]}},
    {"actor": {"objectType": "Group", **MBOX, "member": []}},
    {"object": {"objectType": "Agent", **MBOX}},
    {"object": {"objectType": "Group", **MBOX}},
    {"object": SUB},
    {"object": REFERENCE},
    {"verb": {"id": "tag:lms.example,2026:v", "display": {"th-TH": "เรียน", "x-own": "x", "zh-Hant-TW": "x"}}},
    {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "object": REFERENCE},
    _defined(name={}, description={"und": "x"}, type="https://x.example/t", moreInfo="https://x.example"),
    _defined(extensions={"https://x.example/e": None, "urn:x:y": {"deep": [None]}}),
    _defined(**CHOICE, correctResponsesPattern=["a[,]b"]),
    {"result": {"duration": "P3DT4H59M", "success": True, "completion": False, "response": "", "extensions": {}}},
    *({"result": {"duration": one}} for one in ("PT0.5S", "P4W", "P1Y2M10D", "PT36H", "P0D", "PT1,5H")),
    _score(scaled=-1, raw=3, min=-1.5, max=3),
    _context(
        registration=UUID,
        instructor=MBOX,
        team={"objectType": "Group", "member": [MBOX]},
        language="th",
        revision="3",
        platform="moodle",
        statement=REFERENCE,
        extensions={},
    ),
    _context(contextActivities={"parent": ACTIVITY, "grouping": [ACTIVITY, ACTIVITY], "category": [], "other": []}),
    {"authority": {"objectType": "Group", "member": [MBOX, MBOX]}},
]

BAD: list[tuple[dict[str, Any], str]] = [
    ({"actor": "left out"}, "actor"),
    ({"verb": "left out"}, "verb"),
    ({"object": "left out"}, "object"),
    ({"result": None}, "result"),
    ({"Actor": MBOX}, "Actor"),
    ({"colour": "green"}, "colour"),
    ({"id": "1"}, "id"),
    ({"id": 1}, "id"),
    ({"id": UUID.replace("-", "")}, "id"),
    ({"id": "fd41c918-b88b-4b20-70a5-a4c32391aaa0"}, "id"),
    ({"actor": {}}, "actor"),
    ({"actor": {**MBOX, "openid": "https://x.example"}}, "actor"),
    ({"actor": {"mbox": "pupil@school.example"}}, "actor.mbox"),
    ({"actor": {"mbox": "mailto:pupil"}}, "actor.mbox"),
    ({"actor": {"mbox_sha1sum": "z" * 40}}, "actor.mbox_sha1sum"),
    ({"actor": {"openid": "somchai"}}, "actor.openid"),
    ({"actor": {"account": {"name": "7"}}}, "actor.account.homePage"),
    ({"actor": {"account": {"homePage": "x.example", "name": "7"}}}, "actor.account.homePage"),
    ({"actor": {"account": {"homePage": "https://x.example", "name": 7}}}, "actor.account.name"),
    ({"actor": {"account": {"homePage": "https://x.example", "name": "a\x00"}}}, "actor.account.name"),
    ({"actor": {"account": {"homePage": "https://x.example", "name": "\ud800"}}}, "actor.account.name"),
    ({"actor": {**MBOX, "name": 7}}, "actor.name"),
    ({"actor": {**MBOX, "objectType": "agent"}}, "actor.objectType"),
    ({"actor": {**MBOX, "member": [MBOX]}}, "actor.member"),
    ({"actor": {"objectType": "Group"}}, "actor.member"),
    ({"actor": {"objectType": "Group", "member": []}}, "actor.member"),
    ({"actor": {"objectType": "Group", "member": [{"objectType": "Group", **MBOX}]}}, "actor.member.0.objectType"),
    ({"actor": {"objectType": "Group", "member": MBOX}}, "actor.member"),
    ({"verb": {}}, "verb.id"),
    ({"verb": {"id": "no iri"}}, "verb.id"),
    ({"verb": {"id": ""}}, "verb.id"),
    ({"verb": {"id": "https://x.example", "display": "seen"}}, "verb.display"),
    ({"verb": {"id": "https://x.example", "display": {"a12345678": "seen"}}}, "verb.display.a12345678"),
    ({"verb": {"id": "https://x.example", "display": {"en": None}}}, "verb.display.en"),
    ({"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}, "object.objectType"),
    ({"object": {}}, "object.id"),
    ({"object": {"id": "course"}}, "object.id"),
    ({"object": {"objectType": "activity", **ACTIVITY}}, "object.objectType"),
    ({"object": MBOX}, "object.id"),
    ({"object": {"id": UUID}}, "object.id"),
    ({"object": {**REFERENCE, "id": "1"}}, "object.id"),
    ({"object": {**REFERENCE, "name": "x"}}, "object.name"),
    ({"object": {**SUB, "id": UUID}}, "object.id"),
    *(({"object": {**SUB, name: "x"}}, f"object.{name}") for name in ("stored", "version", "authority")),
    ({"object": {**SUB, "object": SUB}}, "object.object.objectType"),
    ({"object": {**SUB, "actor": {}}}, "object.actor"),
    ({"object": {**SUB, "object": {**MBOX, "objectType": "Agent"}, "context": {"platform": "x"}}},
     "object.context.platform"),
    (_defined(name="x"), "object.definition.name"),
    (_defined(type="x"), "object.definition.type"),
    (_defined(moreInfo="x"), "object.definition.moreInfo"),
    (_defined(extensions={"key": 1}), "object.definition.extensions.key"),
    (_defined(extensions=[]), "object.definition.extensions"),
    (_defined(interactionType="true_false"), "object.definition.interactionType"),
    (_defined(correctResponsesPattern=["a"]), "object.definition.interactionType"),
    (_defined(choices=[{"id": "a"}]), "object.definition.interactionType"),
    (_defined(interactionType="choice", correctResponsesPattern="a"), "object.definition.correctResponsesPattern"),
    (_defined(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]), "object.definition.choices"),
    (_defined(interactionType="choice", choices=["a"]), "object.definition.choices.0"),
    (_defined(interactionType="likert", scale=[{"description": {}}]), "object.definition.scale.0.id"),
    ({"result": {"success": "yes"}}, "result.success"),
    ({"result": {"completion": 1}}, "result.completion"),
    ({"result": {"response": 1}}, "result.response"),
    *(({"result": {"duration": one}}, "result.duration") for one in
      ("P", "PT", "4M", "P1W2D", "P0003-06-04T12:30:05", "PT1.5H3M".replace("1.5H3M", "S"), "P1H", 4)),
    (_score(scaled=1.01), "result.score.scaled"),
    (_score(scaled="1"), "result.score.scaled"),
    (_score(scaled=True), "result.score.scaled"),
    (_score(raw=11, max=10), "result.score.raw"),
    (_score(raw=-1, min=0), "result.score.raw"),
    (_score(min=2, max=1), "result.score.min"),
    (_score(raw=float("inf")), "result.score.raw"),
    (_context(registration="x"), "context.registration"),
    (_context(instructor={}), "context.instructor"),
    (_context(team=MBOX), "context.team.objectType"),
    (_context(language="a_b"), "context.language"),
    (_context(statement=ACTIVITY), "context.statement.objectType"),
    (_context(contextActivities={}), "context.contextActivities"),
    (_context(contextActivities={"sibling": ACTIVITY}), "context.contextActivities.sibling"),
    (_context(contextActivities={"parent": "x"}), "context.contextActivities.parent"),
    (_context(contextActivities={"parent": [{"objectType": "Agent", **MBOX}]}),
     "context.contextActivities.parent.0.id"),
    ({**_context(revision="1"), "object": REFERENCE}, "context.revision"),
    (_context(platform=7), "context.platform"),
    *(({"timestamp": one}, "timestamp") for one in (
        "2026-11-22", "2026-11-22T08:00:00", "2026-11-22T08:00:00-00:00", "2026-11-22T08:00:00-0000",
        "2026-11-22T08:00:00-00", "2026-02-30T08:00:00Z", "2026-11-22T25:00:00Z", "0001-01-01T00:00:00+14:00", 7)),
    ({"stored": "yesterday"}, "stored"),
    ({"authority": {"objectType": "Group", "member": [MBOX]}}, "authority"),
    ({"version": "1.1.0"}, "version"),
    ({"version": "0.9.9"}, "version"),
    ({"attachments": []}, "attachments"),
]  # fmt: skip


@pytest.mark.parametrize("more", GOOD, ids=range(len(GOOD)))
def test_what_the_specification_allows_is_accepted(more: dict[str, Any]) -> None:
    check_statement(_statement(**more))


@pytest.mark.parametrize(("more", "path"), BAD, ids=range(len(BAD)))
def test_what_it_does_not_allow_is_refused_by_path(more: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_statement(_statement(**more))
    assert refused.value.path == path


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_what_is_no_object_is_no_statement(value: Any) -> None:
    with pytest.raises(Invalid):
        check_statement(value)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


_FULL = [_statement(**more) for more in GOOD]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_stands_anywhere_is_accepted_or_refused_by_path(data: st.DataObject) -> None:
    said = json.loads(json.dumps(data.draw(st.sampled_from(_FULL))))
    place = data.draw(st.sampled_from(_places(said)[1:]))
    holder = said
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = data.draw(_JSON)

    with suppress(Invalid):
        check_statement(said)


def test_json_is_read_strictly() -> None:
    for raw in (b'{"a":1,"a":1}', b"NaN", b"[1,]", b'{"a":\xff}', b"[" * 100_000, b"", b"9" * 5000):
        with pytest.raises(Invalid):
            parse(raw)
