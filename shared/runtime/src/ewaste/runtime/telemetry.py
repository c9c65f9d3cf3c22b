"""Spans: made always, sent where an endpoint is configured."""

from ewaste.runtime.settings import RuntimeSettings
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

__all__ = ["build_tracer"]


def build_tracer(settings: RuntimeSettings) -> TracerProvider:
    """A provider of the process's own; nothing global is set."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"ewaste-{settings.context}"}))
    if settings.otlp_endpoint:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otlp_endpoint)))
    return provider
