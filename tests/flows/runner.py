"""Runs a flow against the real services: answers, facts on the bus and refusals must be as the file says."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from ewaste.contracts.envelope import InvalidEvent
from ewaste.contracts.registry import Event, read_event
from ewaste.evidence.keys import SigningKey, generate_key, public_jwk
from ewaste.partner.claims import CLAIM_TYPES, Claim
from ewaste.partner.signing import sign
from flow import Flow, Step, when

__all__ = ["City", "Run"]

_NAME: Final = re.compile(r"\{([^{}]+)\}")
_SECONDS: Final = 60.0
_DAYS_AGO: Final = 25
_TOPICS: Final = ("ewaste.dropoff", "ewaste.logistics", "ewaste.recycler", "ewaste.traceability")


@dataclass
class City:
    """The services over HTTP, and what they say on the bus."""

    services: Mapping[str, httpx.AsyncClient]
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    said: list[Event] = field(default_factory=list)

    async def listen(self) -> None:
        """Collect every readable event from now on, until cancelled."""
        partitions = [TopicPartition(topic, number) for topic in _TOPICS for number in range(12)]
        self.consumer.assign(partitions)
        await self.consumer.seek_to_end(*partitions)
        while True:
            for messages in (await self.consumer.getmany(timeout_ms=200)).values():
                for message in messages:
                    with suppress(InvalidEvent):
                        self.said.append(read_event(message.value))


class Run:
    """One run of one flow, under ids of its own."""

    def __init__(self, flow: Flow, city: City) -> None:
        self.flow, self.city = flow, city
        self.tag = secrets.token_hex(3)
        self.first_day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self.first_day -= timedelta(days=_DAYS_AGO)
        self.keys: dict[str, dict[str, str]] = {}
        self.kept: dict[str, Any] = {}
        self.claimed = ""
        """The id of the last claim."""

    async def play(self) -> None:
        for number, step in enumerate(self.flow.steps, 1):
            place = f"{self.flow.name}, step {number} ({step.en})"
            heard = len(self.city.said)
            if step.post is not None:
                await self._post(step, place)
            elif step.claim is not None:
                await self._claim(step, place, heard)
            else:
                await self._see(step, place)
            await self._facts(step, place, heard)

    async def _post(self, step: Step, place: str) -> None:
        service, _, path = self._filled(step.post, step).partition("/")
        answer = await self.city.services[service].post(f"/{path}", json=self._filled(step.body, step))
        good = answer.status_code == step.status if step.status else answer.is_success
        assert good, f"{place}: answered {answer.status_code}: {answer.text}"
        content = answer.json() if answer.content else None
        assert (wrong := self._differs(step, content)) is None, f"{place}: {wrong}; {answer.text}"
        self._keep(step, content)

    async def _see(self, step: Step, place: str) -> None:
        service, _, path = self._filled(step.see, step).partition("/")
        deadline = time.monotonic() + _SECONDS
        while True:
            answer = await self.city.services[service].get(f"/{path}")
            content = answer.json() if answer.is_success else None
            wrong = self._differs(step, content) if answer.is_success else f"answered {answer.status_code}"
            if wrong is None:
                return self._keep(step, content)
            assert time.monotonic() < deadline, f"{place}: {wrong}; {answer.text[:3000]}"
            await asyncio.sleep(0.2)

    async def _claim(self, step: Step, place: str, heard: int) -> None:
        partner_id = self._filled(step.by, step)
        event_type = CLAIM_TYPES[step.claim or ""]
        data = event_type.model.model_validate_json(json.dumps(self._filled(step.body, step)), strict=True)
        claim = Claim(0, partner_id, event_type, when(step.at, self.first_day), data)
        self.claimed = str(claim.id)
        (signed,) = sign([claim], SigningKey(self._key(step.by or "")))
        headers = [("content-type", b"application/cloudevents+json"), ("jws", signed.jws.encode())]
        await self.city.producer.send_and_wait(signed.topic, signed.value, key=signed.key.encode(), headers=headers)
        await self._judged(step, place, heard)
        self.kept |= dict.fromkeys(step.keep, self.claimed)

    async def _judged(self, step: Step, place: str, heard: int) -> None:
        deadline = time.monotonic() + _SECONDS
        while True:
            for event in self.city.said[heard:]:
                if getattr(event.data, "refused_event_id", None) == self.claimed:
                    reason = event.data.reason  # type: ignore[attr-defined]
                    assert reason == step.refused, f"{place}: refused, {reason}"
                    return
                if event.envelope.causationid == self.claimed:
                    assert step.refused is None, f"{place}: was accepted, not refused"
                    return
            assert time.monotonic() < deadline, f"{place}: nothing came of the claim"
            await asyncio.sleep(0.05)

    async def _facts(self, step: Step, place: str, heard: int) -> None:
        wanted = {f"ewaste.{name}.v1" for name in step.facts}
        deadline = time.monotonic() + _SECONDS
        while True:
            mine = {event.type.name for event in self.city.said[heard:] if self._is_mine(event)}
            if wanted <= mine:
                return
            assert time.monotonic() < deadline, f"{place}: no {', '.join(sorted(wanted - mine))} followed"
            await asyncio.sleep(0.05)

    def _is_mine(self, event: Event) -> bool:
        """Whether it names an id of this run, or follows from its last claim (a correction names only an event)."""
        return self.tag in event.data.model_dump_json() or event.envelope.causationid == self.claimed

    def _differs(self, step: Step, content: Any) -> str | None:
        for path, wanted in self._filled(step.answer, step).items():
            found = _at(content, path)
            if not any(one == wanted for one in found):
                return f"{path} is {found!r}, not {wanted!r}"
        return None

    def _keep(self, step: Step, content: Any) -> None:
        for name, path in step.keep.items():
            (self.kept[name],) = _at(content, path)

    def _filled(self, value: Any, step: Step) -> Any:
        if isinstance(value, str):
            whole = _NAME.fullmatch(value)
            return self._meant(whole[1], step) if whole else _NAME.sub(lambda m: str(self._meant(m[1], step)), value)
        if isinstance(value, Mapping):
            return {self._filled(key, step): self._filled(one, step) for key, one in value.items()}
        return [self._filled(one, step) for one in value] if isinstance(value, list) else value

    def _meant(self, name: str, step: Step) -> Any:
        if name == "at":
            return when(step.at, self.first_day).isoformat()
        if name == "none":
            return None
        if name.startswith("day:"):
            return (self.first_day + timedelta(days=int(name[4:]) - 1)).date().isoformat()
        if name.startswith("key:"):
            return public_jwk(self._key(f"{{{name[4:]}}}"))
        return self.kept[name[1:]] if name.startswith("$") else f"{name}-{self.tag}"

    def _key(self, partner: str) -> dict[str, str]:
        return self.keys.setdefault(partner, generate_key())


def _at(content: Any, path: str) -> list[Any]:
    """What is at this path: names and positions with dots between, `*` for any of a list, `#` for how many."""
    found = [content]
    for part in path.split("."):
        if part == "#":
            found = [len(one) for one in found]
        elif part == "*":
            found = [one for some in found if isinstance(some, list) for one in some]
        elif part.isdigit():
            found = [one[int(part)] for one in found if isinstance(one, list) and len(one) > int(part)]
        else:
            found = [one.get(part) for one in found if isinstance(one, dict)]
    return found
