"""What was scored before courses had versions of tests keeps its meaning."""

import asyncio

from ewaste.education.settings import Settings
from ewaste.runtime.database import Database, driver
from ewaste.runtime.migrations import migrate
from ewaste.runtime.testing import Stack, prepared

WRITTEN = """
INSERT INTO enrolment (learner_id, course_id, course_version, audience, enrolled_at, lessons_completed)
SELECT '00000000-0000-4000-8000-000000000001', 'c', version, 'public', now(), 0 FROM generate_series(1, 2) AS version;
INSERT INTO assessment_result (learner_id, course_id, assessment_id, kind, score_basis_points, scored_at)
SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'c', 't', 'quiz', 5000, now()
FROM generate_series(1, 2) AS n;
INSERT INTO course (course_id, course_version, title_th, sample, lessons, content, published_at)
VALUES ('c', 1, 'ชื่อ', false, 1, '{}', now());
"""


async def test_results_get_the_version_that_they_were_judged_by(stack: Stack) -> None:
    settings = await prepared(stack, Settings)
    fresh = settings.model_copy(update={"database_url": settings.database_url + "_before"})
    database = Database(settings)
    try:
        async with database.engine.connect() as connection:
            free = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await free.exec_driver_sql(f'CREATE DATABASE "{fresh.database_url.rpartition("/")[2]}"')
    finally:
        await database.close()
    package = "ewaste.education.migrations"
    await asyncio.to_thread(migrate, fresh, package, "0001")
    database = Database(fresh)
    try:
        async with database.transaction() as tx:
            await (await driver(tx)).execute(WRITTEN)
        await asyncio.to_thread(migrate, fresh, package, "0002")
        async with database.transaction() as tx:
            connection = await driver(tx)
            versions = await connection.fetch("SELECT course_version FROM assessment_result ORDER BY learner_id")
            post_test = await connection.fetchval("SELECT post_test FROM course")
    finally:
        await database.close()

    assert [row["course_version"] for row in versions] == [2, 1]
    assert post_test is False
