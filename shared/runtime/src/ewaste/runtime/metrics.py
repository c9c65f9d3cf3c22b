"""Every metric's name, once."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["Metrics"]


@dataclass(frozen=True)
class Metrics:
    """The metrics of one process, in a registry of its own (two services in one test never collide)."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        registry = self.registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(name, text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(name, text, labels, registry=registry)

        put = object.__setattr__
        put(self, "published", counter("ewaste_events_published", "Events acknowledged by the broker"))
        put(self, "waiting", gauge("ewaste_outbox_waiting_events", "Events not acknowledged by the broker yet"))
        put(self, "handled", counter("ewaste_events_handled", "Events handled for the first time", "consumer"))
        put(self, "repeated", counter("ewaste_events_repeated", "Events seen before and not handled", "consumer"))
        put(self, "dead", counter("ewaste_dead_letters", "Records given to the dead letters", "consumer", "reason"))
        put(self, "retries", counter("ewaste_batch_retries", "Batches tried again", "consumer"))
        put(self, "lag", gauge("ewaste_consumer_lag_records", "Records not handled yet", "consumer"))
        put(
            self,
            "batch_seconds",
            Histogram("ewaste_batch_seconds", "Seconds per batch", ("consumer",), registry=registry),
        )

    published: Counter = field(init=False)
    waiting: Gauge = field(init=False)
    handled: Counter = field(init=False)
    repeated: Counter = field(init=False)
    dead: Counter = field(init=False)
    retries: Counter = field(init=False)
    lag: Gauge = field(init=False)
    batch_seconds: Histogram = field(init=False)
