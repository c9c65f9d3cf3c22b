"""The wellness room, built: what the composition root puts into the service."""

from collections.abc import Mapping
from dataclasses import dataclass

from ewaste.contracts.fields import Context
from ewaste.contracts.topics import topic_of
from ewaste.education.people.model import School
from ewaste.education.settings import Settings
from ewaste.education.wellness.api import router
from ewaste.education.wellness.counting import Counter
from ewaste.education.wellness.handlers import Form
from ewaste.education.wellness.periods import Periods
from ewaste.education.wellness.publishing import publisher
from ewaste.education.wellness.questionnaire import read_questionnaire
from ewaste.education.wellness.scoring import read_scoring
from ewaste.runtime.app import Background
from ewaste.runtime.database import Database
from ewaste.runtime.outbox import Outbox
from ewaste.runtime.subscription import Subscription
from fastapi import APIRouter

__all__ = ["Room", "build_room"]


@dataclass(frozen=True, slots=True)
class Room:
    router: APIRouter
    subscriptions: tuple[Subscription, ...]
    background: tuple[Background, ...]


def build_room(settings: Settings, database: Database, outbox: Outbox, schools: Mapping[str, School]) -> Room:
    scoring = read_scoring(settings.wellness_scoring_file)
    form = Form(read_questionnaire(settings.wellness_questionnaire_file), scoring)
    counter = Counter(settings.source, scoring, Periods(settings.wellness_period_months), schools)
    # Its own topic: the write path stays free of the index, and a rebuild reads what was told.
    counting = Subscription("wellness", topics=(topic_of(Context.EDUCATION),), on_records=counter.count)
    telling = publisher(database, outbox, scoring, settings.city, settings.wellness_publish_seconds)
    api = router(database, outbox, form, schools, settings.city, settings.bulk_lines)
    return Room(api, (counting,), (Background("wellness-publisher", telling),))
