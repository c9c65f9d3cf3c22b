"""The composition root: the only place that constructs anything."""

from ewaste.education.assessments.api import router as assessments
from ewaste.education.attempts.api import router as attempts
from ewaste.education.content.api import router as content
from ewaste.education.content.files_api import router as course_files
from ewaste.education.content.library import Library
from ewaste.education.content.media_api import router as media
from ewaste.education.credentials.room import build_room as build_credentials
from ewaste.education.learning.api import router as learning
from ewaste.education.learning.rule import read_rule
from ewaste.education.pages import router as pages
from ewaste.education.people.rooms import build_access, build_people
from ewaste.education.people.schools import municipal_schools
from ewaste.education.progress.api import router as progress
from ewaste.education.results.api import router as results
from ewaste.education.settings import Settings
from ewaste.education.wellness.room import build_room
from ewaste.education.xapi.alternate import AlternateSyntax
from ewaste.education.xapi.room import build_room as build_xapi
from ewaste.runtime.app import App
from ewaste.runtime.database import Database
from ewaste.runtime.http import build_api
from ewaste.runtime.outbox import Outbox

__all__ = ["build_app"]


def build_app(settings: Settings) -> App:
    database = Database(settings)
    outbox = Outbox(settings)
    schools = municipal_schools()
    rule = read_rule(settings.completion_file)
    api = build_api("E-waste Trace: education", "Courses, learners under pseudonyms, and what they learned.")
    api.include_router(course_files(database, outbox, settings.author_key, settings.course_bytes))
    api.include_router(media(database))
    api.include_router(content(database, outbox))
    for router in build_people(settings, database, outbox, schools):
        api.include_router(router)
    api.include_router(learning(database, outbox, schools, rule, settings.bulk_lines))
    api.include_router(attempts(database, outbox, rule, Library(), settings.bulk_lines))
    api.include_router(assessments(database, outbox, rule, settings.bulk_lines))
    api.include_router(progress(database))
    wellness = build_room(settings, database, outbox, schools)
    api.include_router(wellness.router)
    xapi = build_xapi(database, outbox, rule, settings.bulk_lines)
    api.include_router(xapi.router)
    api.add_middleware(AlternateSyntax)
    api.include_router(results(database, xapi.facts, settings.bulk_lines))
    credentials = build_credentials(settings, database, build_access(settings, database))
    api.include_router(credentials.router)
    api.include_router(pages(database, credentials.badges))
    subscriptions = (*wellness.subscriptions, *credentials.subscriptions)
    return App(settings, database, api, subscriptions, (*wellness.background, *xapi.background))
