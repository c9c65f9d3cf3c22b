"""The wellness room over HTTP, on the real database and broker."""

import csv
import io
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from ewaste.contracts.events.education import AssessmentScored, Occasion, WellnessIndexComputed
from ewaste.education.people.schools import municipal_schools
from ewaste.education.people.storage import PersonRow
from ewaste.education.wellness.counting import Counter
from ewaste.education.wellness.periods import Periods
from ewaste.education.wellness.questionnaire import read_questionnaire
from ewaste.education.wellness.scoring import read_scoring
from ewaste.runtime.testing import eventually, records_on

FORM = read_questionnaire()
CAREFUL = {item.item_id: 0 if item.reversed else 4 for item in FORM.items}
MIDDLE = dict.fromkeys(CAREFUL, 2)
CARELESS = {item: 4 - answer for item, answer in CAREFUL.items()}


def attempt(school: Any, learner_id: str, answers: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "learner_id": learner_id,
        "course_id": school.course_id,
        "attempt_id": f"phone-{uuid4()}",
        "questionnaire_id": FORM.questionnaire_id,
        "answers": answers,
        **more,
    }


async def enrolled(school: Any, count: int, **cohort: Any) -> list[str]:
    lines = [{"course_id": school.course_id, "cohort": cohort} for _ in range(count)]
    answer = await school.http.post("/enrolments/bulk", json={"lines": lines})
    return [one["receipt"]["learner_id"] for one in answer.json()["lines"]]


async def bulk(school: Any, path: str, lines: list[dict[str, Any]]) -> None:
    answer = (await school.http.post(f"{path}/bulk", json={"lines": lines})).json()
    assert answer["refused"] == 0, answer


async def groups(school: Any, path: str = "index", **query: Any) -> list[dict[str, Any]]:
    answer: httpx.Response = await school.http.get(f"/wellness/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["groups"])


async def counted(school: Any, path: str, learners: int, **query: Any) -> list[dict[str, Any]]:
    """The groups, once so many learners are in the first of them."""
    return await eventually(
        lambda: groups(school, path, **query), lambda found: bool(found) and found[0]["learners"] == learners
    )


async def test_a_learner_sees_where_to_improve_and_a_resent_attempt_changes_nothing(school: Any) -> None:
    await school.http.post("/courses/sample")
    school.course_id = "cyber-sample"
    learner = await school.enrol()
    weak = MIDDLE | {item: answer for item, answer in CAREFUL.items() if not item.startswith("security")}
    sent = attempt(school, learner, weak, occasion="before")

    first = await school.http.post("/wellness/attempts", json=sent)
    again = await school.http.post("/wellness/attempts", json=sent)
    other = await school.http.post("/wellness/attempts", json={**sent, "answers": CARELESS})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    result = first.json()
    assert again.json() == {**result, "repeated": True}
    assert (result["score_basis_points"], result["level"], result["example"]) == (9286, "advanced", True)
    assert {d["dimension"]: (d["score_basis_points"], d["level"]) for d in result["dimensions"]}["cybersecurity"] == (
        5000, "improvement",
    )  # fmt: skip
    assert {one["dimension"] for one in result["recommended_lessons"]} == {"cybersecurity"}
    assert (await school.http.get(f"/learners/{learner}/wellness")).json() == [again.json()]
    (fact,) = [one for one in await school.facts(learner_id=learner) if isinstance(one, AssessmentScored)]
    assert (fact.occasion, fact.score_basis_points, len(fact.dimensions)) == (Occasion.BEFORE, 9286, 7)


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"answers": {**MIDDLE, "use-7": 1}}, 422, "answers.use-7"),
        ({"answers": {"use-1": 1}}, 422, "answers.use-2"),
        ({"answers": {**MIDDLE, "use-1": 5}}, 422, "answers.use-1"),
        ({"questionnaire_id": "official"}, 422, "questionnaire_id"),
        ({"occasion": "during"}, 422, "occasion"),
        ({"course_id": "another"}, 404, "course_id"),
        ({"answered_at": "2199-01-01T00:00:00Z"}, 422, "answered_at"),
    ],
)
async def test_an_attempt_that_is_not_right_names_the_field(
    school: Any, change: dict[str, Any], status: int, field: str
) -> None:
    await school.publish("a")
    learner = await school.enrol()

    answer = await school.http.post("/wellness/attempts", json={**attempt(school, learner, MIDDLE), **change})

    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (status, [field])
    assert (await school.http.get(f"/learners/{learner}/wellness")).json() == []


async def test_whoever_is_known_here_consents_before_the_questionnaire_opens(school: Any) -> None:
    await school.publish("a")
    learner = await school.enrol()
    async with school.app.database.transaction() as tx:
        tx.add(PersonRow(learner_id=UUID(learner), audience="pupil", school_id="cm-school-01", grade="P5"))

    answer = await school.http.post("/wellness/attempts", json=attempt(school, learner, MIDDLE))

    assert (answer.status_code, answer.json()["type"]) == (403, "urn:ewaste:problem:consent-missing")
    assert (await school.http.get(f"/learners/{learner}/wellness")).json() == []


@pytest.mark.parametrize("query", ["by=dimension", "audience=pupils", "on=22-11-2026", "khwaeng=hai_ya"])
async def test_a_question_that_cannot_be_answered_names_what(school: Any, query: str) -> None:
    answer = await school.http.get(f"/wellness/index?{query}")

    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


async def test_the_index_of_schools_follows_the_classes_and_hides_the_few(school: Any) -> None:
    await school.publish("a")
    pupil = {"audience": "pupil", "grade": "P5", "age_band": "10-12"}
    class_1 = await enrolled(school, 6, school_id="cm-school-01", **pupil)
    class_2 = await enrolled(school, 4, school_id="cm-school-02", **pupil)
    evening = await enrolled(school, 5, audience="elderly", age_band="60+", khwaeng="kawila")
    both = [(one, "after", CAREFUL) for one in class_1[:3]] + [(one, "after", MIDDLE) for one in class_1[3:] + class_2]
    lines = [attempt(school, one, answers, occasion=said) for one, said, answers in both]
    lines += [attempt(school, one, CARELESS, occasion="after") for one in evening]
    # A second sitting of the period counts for the learner, not for the group.
    lines += [attempt(school, one, CARELESS, occasion="after") for one in class_1]
    await bulk(school, "/wellness/attempts", lines)

    (city,) = await counted(school, "index", 11, occasion="after")
    schools = {one["group_id"]: one for one in await groups(school, by="school", occasion="after")}

    whole = city["measures"][0]
    assert (whole["measure"], whole["mean"]["basis_points"]) == ("whole", 4_091), "4090.9"
    assert {one["level"]: one["learners"] for one in whole["levels"]} == {"improvement": 8, "basic": 0, "advanced": 3}
    assert whole["national"] == {"year": 2025, "basis_points": 7000, "difference_basis_points": 4091 - 7000}
    assert (schools["cm-school-01"]["learners"], schools["cm-school-01"]["name_th"]) == (6, "โรงเรียนเทศบาลดอกเงิน")
    assert (schools["cm-school-02"]["suppressed"], schools["cm-school-02"]["measures"]) == (True, [])
    (kawila,) = await groups(school, by="khwaeng", occasion="after")
    assert (kawila["group_id"], kawila["learners"], kawila["measures"][1]["mean"]["basis_points"]) == ("kawila", 5, 0)

    text = (await school.http.get("/wellness/index.csv?by=school&occasion=after")).text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert next(row["measure"] for row in rows if row["group_id"] == "cm-school-01") == "whole"
    assert rows[0]["basis_points"] == "7500"
    (hidden,) = [row for row in rows if row["group_id"] == "cm-school-02"]
    assert (hidden["suppressed"], hidden["learners"], hidden["basis_points"]) == ("1", "", "")

    assert (await school.http.post("/wellness/publications")).json()["groups"] > 0
    assert (await school.http.post("/wellness/publications")).json() == {"groups": 0}, "nothing new to tell"
    told = [one for one in await school.facts() if isinstance(one, WellnessIndexComputed)]
    own = {(one.scope, one.scope_id): one.learners for one in told if one.occasion is Occasion.AFTER}
    assert own[("municipality", school.app.settings.city)] == 11
    assert own[("age_band", "60-up")] == 5
    assert ("school", "cm-school-02") not in own

    await again_changes_nothing(school)


async def again_changes_nothing(school: Any) -> None:
    """The relay may send a fact again after a crash, at another offset: it counts once."""
    before = await groups(school, by="school")
    settings = school.app.settings
    counter = Counter(settings.source, read_scoring(), Periods(), municipal_schools())
    async with school.app.database.transaction() as tx:
        await counter.count(tx, await records_on(school.stack, "ewaste.education"))
    assert await groups(school, by="school") == before


async def test_gains_count_who_was_there_before_and_after(school: Any) -> None:
    await school.publish("a")
    cohort = {"audience": "pupil", "school_id": "cm-school-05", "grade": "M1", "age_band": "13-15"}
    learners = await enrolled(school, 6, **cohort)
    after = [attempt(school, one, CAREFUL, occasion="after") for one in learners]
    before = [attempt(school, one, MIDDLE, occasion="before") for one in learners[:5]]
    tests = [
        {"learner_id": one, "course_id": school.course_id, "assessment_id": kind, "kind": kind, "score_basis_points": n}
        for one in learners
        for kind, n in (("pre_test", 4_000), ("post_test", 7_000))
    ]
    # After before before: phones send in whatever order they find a line.
    await bulk(school, "/wellness/attempts", after)
    await bulk(school, "/wellness/attempts", before)
    await bulk(school, "/assessments", tests)

    def both(found: list[dict[str, Any]]) -> bool:
        return [one["learners"] for one in found] == [6, 5]

    test, wellness = await eventually(lambda: groups(school, "gains", school_id="cm-school-05"), both)

    assert (test["kind"], [one["measure"] for one in test["measures"]]) == ("test", ["whole"])
    assert test["measures"][0]["mean"] == {
        "basis_points": 3_000, "low_basis_points": 3_000, "high_basis_points": 3_000,
    }  # fmt: skip
    assert [one["mean"]["basis_points"] for one in wellness["measures"]] == [5_000] * 8


async def test_completed_lessons_are_counted_from_five_learners_on(school: Any) -> None:
    await school.publish("a", "b")
    cohort = {"audience": "teacher", "school_id": "cm-school-09", "age_band": "23-59"}
    learners = await enrolled(school, 5, **cohort)
    done = [{"learner_id": one, "lesson_id": "a", "score_basis_points": 8_000} for one in learners]
    await bulk(school, "/completions", [*done[:4], {"learner_id": learners[0], "lesson_id": "b"}])
    few = await eventually(lambda: groups(school, "lessons", school_id="cm-school-09"))
    await bulk(school, "/completions", done[4:])

    (found,) = await eventually(
        lambda: groups(school, "lessons", school_id="cm-school-09"), lambda one: not one[0]["suppressed"]
    )

    assert few[0]["suppressed"], "five lessons of four learners"
    assert found["lessons"] == {"lessons": 6, "mean_score_basis_points": 8_000, "mean_duration_seconds": None}
