"""Which TCP ports on the loopback interface are free, and who holds those that are not."""

import contextlib
import socket
from collections.abc import Mapping

import psutil
from ewaste.local.errors import PortTaken
from ewaste.local.settings import port_variable

__all__ = ["free_ports", "is_free", "require_free"]

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether we could listen on this port now."""
    with socket.socket() as probe:
        # Without this a port that was closed a moment ago (TIME_WAIT) would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def require_free(ports: Mapping[str, int]) -> None:
    """Raise PortTaken naming every taken port, who holds it and which variable moves it."""
    taken = {name: port for name, port in ports.items() if not is_free(port)}
    if taken:
        raise PortTaken("\n".join(_complaint(name, port) for name, port in taken.items()))


def _complaint(name: str, port: int) -> str:
    return (
        f"port {port} for {name} is taken{_holder(port)}; "
        f"set {port_variable(name)} (or --port {name}=NUMBER) to a free port, or stop what holds it"
    )


def _holder(port: int) -> str:
    """` by NAME (pid N)` where the system lets us see it, else nothing."""
    with contextlib.suppress(psutil.Error, OSError):
        for link in psutil.net_connections("tcp"):
            if link.status == psutil.CONN_LISTEN and link.laddr[1:] == (port,) and link.pid:
                return f" by {psutil.Process(link.pid).name()} (pid {link.pid})"
    return ""
