"""Logs are one JSON document a line, readable in Thai, with the trace they belong to."""

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from ewaste.runtime.logs import configure_logs
from opentelemetry import trace

configure_logs("dropoff", "INFO")
log = structlog.get_logger("test")
log.info("box registered", name="ชุมชนวัดเกต")
logging.getLogger("library").warning("from %s", "ห้องสมุด")
logging.getLogger("aiokafka").info("quiet")
log.debug("quiet too")
try:
    raise ValueError("ผิดพลาด")
except ValueError:
    log.exception("failed", raw=b"\\xff", name="broken \\udcff name")
span = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=trace.TraceFlags(1)))
with trace.use_span(span):
    log.info("traced")
"""


def test_logs_are_json_lines_without_escapes() -> None:
    written = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True).stderr.decode()
    lines = [json.loads(line) for line in written.splitlines()]
    assert [line["event"] for line in lines] == ["box registered", "from ห้องสมุด", "failed", "traced"]
    assert "ชุมชนวัดเกต" in written
    assert "\\u0e" not in written
    assert {line["service"] for line in lines} == {"dropoff"}
    assert all(line["timestamp"].endswith("Z") and line["level"] and line["logger"] for line in lines)
    assert "ValueError: ผิดพลาด" in lines[2]["exception"]
    assert lines[3]["trace_id"] == f"{0xABC:032x}"
