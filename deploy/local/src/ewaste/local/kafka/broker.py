"""One Kafka node in a folder: configuration, storage format and the command that runs it."""

import base64
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template

from ewaste.local.errors import StackFailed
from ewaste.local.supervision.model import Process

__all__ = ["Broker"]

_RESOURCES = files("ewaste.local.kafka")


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """`folder` holds server.properties, log4j2.properties and data/; `jars` the pinned jars; `heap` as Java has it."""

    folder: Path
    java: Path
    jars: Path
    port: int
    controller_port: int
    heap: str = "512m"

    @property
    def servers(self) -> str:
        """The bootstrap address for clients."""
        return f"127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        """Where the records are."""
        return self.folder / "data"

    def prepare(self) -> None:
        """Write the configuration, format the storage once. Raises StackFailed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        template = Template(_RESOURCES.joinpath("server.properties").read_text(encoding="utf-8"))
        text = template.safe_substitute(port=self.port, controller_port=self.controller_port, data=self.data)
        self._properties.write_text(text, encoding="utf-8")
        shutil.copyfile(str(_RESOURCES.joinpath("log4j2.properties")), self._log_config)
        if not (self.data / "meta.properties").exists():
            self._format()

    def process(self) -> Process:
        """The broker as the supervisor runs it."""
        return Process(
            name="kafka",
            command=self._command("kafka.Kafka", str(self._properties)),
            health_url=f"kafka://{self.servers}",
            port=self.port,
            url=self.servers,
            cwd=str(self.folder),
            stop_seconds=60,
        )

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _log_config(self) -> Path:
        return self.folder / "log4j2.properties"

    def _command(self, main_class: str, *arguments: str) -> tuple[str, ...]:
        return (
            str(self.java),
            f"-Xmx{self.heap}",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            f"-Dlog4j2.configurationFile={self._log_config}",
            # log4j's hook would silence the log before the broker has said how it stopped.
            "-Dlog4j.shutdownHookEnabled=false",
            "-cp",
            f"{self.jars}/*",
            main_class,
            *arguments,
        )

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # One argument, as one id in 64 begins with a dash and would be taken for an option.
        identity = f"--cluster-id={cluster_id}"
        command = self._command("kafka.tools.StorageTool", "format", identity, "-c", str(self._properties))
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            said = "\n".join((answer.stdout + answer.stderr).splitlines()[-20:])
            raise StackFailed(f"Kafka could not format its storage in {self.data}:\n{said}")
