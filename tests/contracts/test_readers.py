"""Who reads what, as the contracts and the AsyncAPI document say it, is what the services really subscribe to."""

import re
from importlib import import_module

import pytest
from ewaste.contracts.fields import Context
from ewaste.contracts.readers import READERS
from ewaste.contracts.topics import partner_topic, topic_of
from ewaste.runtime.subscription import Subscription

SERVICES = [context for context in Context if context is not Context.PARTNER]


def subscriptions_of(service: Context) -> tuple[Subscription, ...]:
    settings = import_module(f"ewaste.{service}.settings").Settings()
    found: tuple[Subscription, ...] = import_module(f"ewaste.{service}.app").build_app(settings).subscriptions
    return found


def reads(subscription: Subscription, context: Context) -> bool:
    topic = partner_topic("lanna-metals") if context is Context.PARTNER else topic_of(context)
    return topic in subscription.topics or bool(subscription.pattern and re.match(subscription.pattern, topic))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_what_the_contracts_say(service: Context) -> None:
    subscriptions = subscriptions_of(service)
    read = {context for context in Context if any(reads(one, context) for one in subscriptions)}
    assert read == set(READERS.get(service, ()))
