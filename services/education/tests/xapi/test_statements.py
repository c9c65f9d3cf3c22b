"""Statements in and out over HTTP, on the real database (Communication 2.1)."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

ADL = "http://adlnet.gov/expapi/verbs/"
VOIDED = f"{ADL}voided"


def _statement(**more: Any) -> dict[str, Any]:
    actor = {"account": {"homePage": "https://lms.example", "name": "somebody"}}
    return {"actor": actor, "verb": {"id": f"{ADL}experienced"}, "object": {"id": "https://lms.example/page"}, **more}


def _voiding(target: str) -> dict[str, Any]:
    return _statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target})


async def test_a_statement_is_given_out_as_it_was_sent_with_what_the_store_adds(lrs: Any) -> None:
    raw = b'{"actor": {"mbox": "mailto:a@b.example"}, "result": {"score": {"raw": 1.50}, "response": "\\u0e01"},'
    raw += b'"verb": {"id": "https://lms.example/v"}, "object": {"id": "https://lms.example/o"}, "context": '
    raw += b'{"contextActivities": {"parent": {"id": "https://lms.example/course"}}}}'

    (id,) = (await lrs.ask("POST", "/statements", content=raw, headers={"Content-Type": "application/json"})).json()
    answer = await lrs.get(statementId=id)

    assert '{"raw": 1.50}, "response": "\\u0e01"}' in answer.text
    found = answer.json()
    assert found["context"]["contextActivities"]["parent"] == [{"id": "https://lms.example/course"}]
    assert found["authority"] == {
        "objectType": "Agent",
        "account": {"homePage": "https://lms.example", "name": lrs.client.key},
    }
    assert (found["version"], found["timestamp"]) == ("1.0.3", found["stored"])
    assert datetime.fromisoformat(found["stored"]).tzinfo is not None
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    assert datetime.fromisoformat(answer.headers["X-Experience-API-Consistent-Through"]) >= datetime.fromisoformat(
        found["stored"]
    )


async def test_an_authority_that_is_sent_gives_way_to_the_clients(lrs: Any) -> None:
    said = await lrs.stored(authority={"mbox": "mailto:boss@city.example"}, version="1.0.1")

    found = (await lrs.get(statementId=said["id"])).json()

    assert (found["authority"]["account"]["name"], found["version"]) == (lrs.client.key, "1.0.1")


async def test_the_same_again_changes_nothing_and_another_one_is_refused(lrs: Any) -> None:
    said = _statement(id=str(uuid4()), result={"score": {"scaled": 1}})
    same = {**said, "result": {"score": {"scaled": 1.0}}, "timestamp": "2026-01-01T00:00:00Z"}
    same["verb"] = {**said["verb"], "display": {"th": "ได้เรียน"}}

    answers = [await lrs.put(said), await lrs.put(same), await lrs.post([same])]
    other = await lrs.put({**said, "result": {"score": {"scaled": 0.5}}})

    assert [one.status_code for one in (*answers, other)] == [204, 204, 200, 409]
    assert said["id"] in other.json()["detail"]
    kept = (await lrs.get(statementId=said["id"])).json()
    assert "display" not in kept["verb"]


async def test_a_batch_is_stored_whole_or_not_at_all_and_names_what_is_wrong(lrs: Any) -> None:
    good = [_statement(id=str(uuid4()), object={"id": lrs.activity}) for _ in range(3)]
    bad = _statement(actor={"mbox": "mailto:x@y.example", "openid": "https://x.example"})

    refused = await lrs.post([*good, bad])
    twice = await lrs.post([*good, good[0]])
    assert await lrs.found(activity=lrs.activity) == []
    stored = await lrs.post(good)

    assert (refused.status_code, twice.status_code, stored.status_code) == (400, 400, 200)
    assert refused.json()["errors"][0]["field"] == "3.actor"
    assert "statement 3" in refused.json()["detail"]
    assert stored.json() == [one["id"] for one in good]
    assert (await lrs.post([])).json() == []


@pytest.mark.parametrize(
    ("body", "content_type", "field"),
    [
        (b'{"actor":', "application/json", "body"),
        (b'"\xff"', "application/json", "body"),
        (b'{"id":"x","id":"y"}', "application/json", "id"),
        (b"[" * 100_000, "application/json", "body"),
        (b"{}", "application/json", "actor"),
        (b"{}", "text/plain", "Content-Type"),
        (b"--x", "multipart/mixed; boundary=x", "Content-Type"),
    ],
)
async def test_what_is_no_statement_is_refused_with_400(lrs: Any, body: bytes, content_type: str, field: str) -> None:
    answer = await lrs.ask("POST", "/statements", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"


async def test_attachments_and_the_future_are_refused_saying_so(lrs: Any) -> None:
    attached = await lrs.post(_statement(attachments=[]))
    early = await lrs.post(_statement(timestamp=(datetime.now(UTC) + timedelta(hours=1)).isoformat()))
    near = await lrs.post(_statement(timestamp=(datetime.now(UTC) + timedelta(minutes=1)).isoformat()))

    assert (attached.status_code, early.status_code, near.status_code) == (400, 400, 200)
    assert "attachments are not supported" in attached.json()["detail"]
    assert "clock" in early.json()["detail"]


@pytest.mark.parametrize(("sent", "status"), [(None, 400), ("0.95", 400), ("2.0.0", 400), ("1.0", 200), ("1.0.9", 200)])
async def test_the_version_header_is_required(lrs: Any, sent: str | None, status: int) -> None:
    answer = await lrs.ask("GET", "/statements", headers={"X-Experience-API-Version": sent})

    assert (answer.status_code, answer.headers["X-Experience-API-Version"]) == (status, "1.0.3")
    assert "X-Experience-API-Consistent-Through" in answer.headers
    assert status == 200 or "X-Experience-API-Version" in answer.json()["detail"]


async def test_about_needs_neither_version_nor_client(office: Any) -> None:
    answer = await office.http.get("/xAPI/about")

    assert answer.json()["version"][0] == "1.0.3"


async def test_who_is_no_client_gets_nothing(lrs: Any, another: Any) -> None:
    for header in (None, "Bearer x", "Basic !", "Basic bm9ib2R5", lrs.headers["Authorization"][:-6] + "AAAA=="):
        answer = await lrs.ask("GET", "/statements", headers={"Authorization": header})
        assert answer.status_code == 401, header
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_a_client_reads_its_own_statements_and_a_supervisor_all(lrs: Any, another: Any, supervisor: Any) -> None:
    said = await lrs.stored()

    assert await lrs.found(activity=lrs.activity) == [said["id"]]
    assert await another.found(activity=lrs.activity) == []
    assert (await another.get(statementId=said["id"])).status_code == 404
    assert (await another.post(_voiding(said["id"]))).status_code == 403
    assert await supervisor.found(activity=lrs.activity) == [said["id"]]


async def test_a_voided_statement_is_reached_by_its_own_parameter_only(lrs: Any) -> None:
    said = await lrs.stored()
    (voiding,) = (await lrs.post(_voiding(said["id"]))).json()

    assert (await lrs.get(statementId=said["id"])).status_code == 404
    assert (await lrs.get(voidedStatementId=said["id"])).json()["id"] == said["id"]
    assert (await lrs.get(voidedStatementId=voiding)).status_code == 404
    # What was said of the voided statement stays found by what it was about (XAPI-00162).
    assert await lrs.found(activity=lrs.activity) == [voiding]
    refused = await lrs.post(_voiding(voiding))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "object.id")


async def test_a_statement_that_comes_after_its_voiding_is_voided(lrs: Any) -> None:
    id = str(uuid4())
    await lrs.post(_voiding(id))

    await lrs.stored(id=id)

    assert (await lrs.get(statementId=id)).status_code == 404
    assert (await lrs.get(voidedStatementId=id)).status_code == 200


async def test_filters_find_what_they_say(lrs: Any) -> None:
    registration = str(uuid4())
    pupil = {"account": {"homePage": "https://lms.example", "name": lrs.activity[-12:]}}
    teacher = {"mbox": f"mailto:{lrs.activity[-12:]}@school.example"}
    direct = await lrs.stored(actor=pupil)
    within = await lrs.stored(object={"id": "https://lms.example/x"}, context={
        "registration": registration.upper(), "instructor": teacher,
        "contextActivities": {"grouping": [{"id": lrs.activity}]},
    })  # fmt: skip
    grouped = await lrs.stored(actor={"objectType": "Group", "member": [pupil, teacher]}, verb={"id": f"{ADL}asked"})
    inner = {**_statement(actor=teacher), "objectType": "SubStatement", "object": {"id": lrs.activity}}
    nested = await lrs.stored(object=inner)
    told = await lrs.stored(object={"objectType": "StatementRef", "id": direct["id"]})
    again = await lrs.stored(object={"objectType": "StatementRef", "id": told["id"]})

    def ids(*said: dict[str, Any]) -> list[str]:
        return [one["id"] for one in said[::-1]]

    assert await lrs.found(activity=lrs.activity) == ids(direct, grouped, told, again)
    assert await lrs.found(activity=lrs.activity, related_activities="true") == ids(
        direct, within, grouped, nested, told, again
    )
    assert await lrs.found(agent=json.dumps(pupil)) == ids(direct, grouped, told, again)
    assert await lrs.found(agent=json.dumps(teacher)) == ids(grouped)
    assert await lrs.found(agent=json.dumps(teacher), related_agents="true") == ids(within, grouped, nested)
    assert await lrs.found(registration=registration) == ids(within)
    assert await lrs.found(verb=f"{ADL}asked", activity=lrs.activity) == ids(grouped)
    assert await lrs.found(verb=f"{ADL}asked", registration=registration) == []
    stored = (await lrs.get(statementId=grouped["id"])).json()["stored"]
    assert await lrs.found(since=stored) == ids(nested, told, again)
    assert await lrs.found(until=stored, ascending="true") == ids(grouped, within, direct)


async def test_a_reference_finds_its_target_also_when_that_comes_later(lrs: Any) -> None:
    id = str(uuid4())
    first = await lrs.stored(object={"objectType": "StatementRef", "id": id})
    second = await lrs.stored(object={"objectType": "StatementRef", "id": first["id"]})

    target = await lrs.stored(id=id)

    assert await lrs.found(activity=lrs.activity) == [target["id"], second["id"], first["id"]]


async def test_pages_hold_everything_once_while_statements_go_on_coming(lrs: Any) -> None:
    said = [(await lrs.stored())["id"] for _ in range(7)]
    seen: list[str] = []

    page = (await lrs.get(activity=lrs.activity, limit=3, format="ids")).json()
    while page["more"]:
        seen += [one["id"] for one in page["statements"]]
        await lrs.stored()
        assert page["more"].startswith("/xAPI/statements?more=")
        page = (await lrs.ask("GET", page["more"].removeprefix("/xAPI"))).json()
    seen += [one["id"] for one in page["statements"]]

    assert seen == said[::-1]


_WRONG_PARAMETERS: list[dict[str, str]] = [
    {"statementId": "x"},
    {"StatementId": str(uuid4())},
    {"statementId": str(uuid4()), "voidedStatementId": str(uuid4())},
    {"statementId": str(uuid4()), "limit": "1"},
    {"voidedStatementId": str(uuid4()), "verb": "https://x.example"},
    {"verb": "no iri"},
    {"agent": "{}"},
    {"agent": "not json"},
    {"agent": '{"objectType":"Group","member":[{"mbox":"mailto:a@b.example"}]}'},
    {"registration": "1"},
    {"since": "yesterday"},
    {"until": "2026-01-01T00:00:00"},
    {"limit": "-1"},
    {"ascending": "yes"},
    {"format": "pretty"},
    {"more": "made-up"},
    {"more": "bnVsbA"},
    {"colour": "green"},
]


async def test_a_parameter_that_is_not_right_is_refused_by_name(lrs: Any) -> None:
    for params in _WRONG_PARAMETERS:
        answer = await lrs.get(**params)

        assert answer.status_code == 400, (params, answer.text)
        assert answer.json()["errors"][0]["field"].lower() in {name.lower() for name in params}


async def test_ids_and_canonical_say_less(lrs: Any) -> None:
    definition = {"name": {"en": "Passwords", "th": "รหัสผ่าน"}}
    said = await lrs.stored(
        actor={"name": "Somchai", "mbox": "mailto:somchai@school.example"},
        object={"id": lrs.activity, "definition": definition},
        verb={"id": f"{ADL}answered", "display": {"en-GB": "answered", "th": "ตอบ"}},
    )

    ids = (await lrs.get(statementId=said["id"], format="ids")).json()
    canonical = await lrs.ask(
        "GET",
        "/statements",
        params={"statementId": said["id"], "format": "canonical"},
        headers={"Accept-Language": "fr;q=0.3, th-TH;q=0.9, en;q=0.5"},
    )

    assert (ids["actor"], ids["verb"]) == ({"mbox": "mailto:somchai@school.example"}, {"id": f"{ADL}answered"})
    assert ids["object"] == {"id": lrs.activity}
    assert canonical.json()["object"]["definition"]["name"] == {"th": "รหัสผ่าน"}
    assert canonical.json()["verb"]["display"] == {"th": "ตอบ"}


async def test_attachments_true_answers_as_multipart_without_any(lrs: Any) -> None:
    said = await lrs.stored()

    answer = await lrs.get(statementId=said["id"], attachments="true")

    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    boundary = answer.headers["Content-Type"].partition("boundary=")[2]
    (_, part, end) = answer.text.split(f"--{boundary}")
    assert json.loads(part.partition("\r\n\r\n")[2])["id"] == said["id"]
    assert end.strip() == "--"


async def test_head_is_get_without_its_body(lrs: Any) -> None:
    said = await lrs.stored()

    head, get = [await lrs.ask(m, "/statements", params={"statementId": said["id"]}) for m in ("HEAD", "GET")]

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.content))


async def test_put_needs_the_id_that_the_statement_has(lrs: Any) -> None:
    said = _statement(id=str(uuid4()))
    answers = [
        await lrs.ask("PUT", "/statements", params=params, json=body)
        for params, body in (
            ({}, said),
            ({"statementId": "true"}, said),
            ({"statementId": str(uuid4())}, said),
            ({"statementId": said["id"]}, [said]),
            ({"statementId": said["id"]}, _statement()),
        )
    ]

    assert [one.status_code for one in answers] == [400, 400, 400, 400, 204]


async def test_writers_at_once_store_each_statement_once_and_in_one_order(lrs: Any) -> None:
    said = [_statement(id=str(uuid4()), object={"id": lrs.activity}) for _ in range(20)]

    answers = await asyncio.gather(*(lrs.post(said[n : n + 10]) for n in range(11) for _ in range(2)))

    assert {one.status_code for one in answers} == {200}
    found = (await lrs.get(activity=lrs.activity, ascending="true")).json()["statements"]
    assert sorted(one["id"] for one in found) == sorted(one["id"] for one in said)
    assert [one["stored"] for one in found] == sorted(one["stored"] for one in found)
