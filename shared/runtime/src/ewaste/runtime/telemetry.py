"""Spans: made always, sent where an endpoint is configured."""

from typing import Any, Final

from ewaste.runtime.settings import RuntimeSettings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["TraceRequests", "build_tracer"]

_UNTRACED: Final = frozenset({"/livez", "/readyz", "/metrics"})
_PROPAGATOR: Final = TraceContextTextMapPropagator()


def build_tracer(settings: RuntimeSettings) -> TracerProvider:
    """A provider of the process's own; nothing global is set."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"ewaste-{settings.context}"}))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    return provider


class TraceRequests:
    """ASGI middleware: each request is a span, in the caller's trace when it names one (W3C Trace Context).

    What a handler puts into the outbox meanwhile carries it, so that a trace leads from the request through Kafka.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracer = provider.get_tracer(__name__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNTRACED:
            return await self._app(scope, receive, send)
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        attributes: dict[str, Any] = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with self._tracer.start_as_current_span(
            scope["method"], _PROPAGATOR.extract(told), SpanKind.SERVER, attributes
        ):
            await self._app(scope, receive, send)
        return None
