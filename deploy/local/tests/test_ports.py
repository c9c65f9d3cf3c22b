"""A taken port is named before anything is started."""

import os
import socket

import pytest
from ewaste.local.errors import PortTaken
from ewaste.local.ports import free_ports, is_free, require_free


def test_taken_port_names_part_holder_and_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            require_free({"kafka-controller": port, "dropoff": free_ports(1)[0]})
    message = str(caught.value)
    assert f"port {port} for kafka-controller is taken" in message
    assert f"pid {os.getpid()}" in message
    assert "EWASTE_KAFKA_CONTROLLER_PORT" in message
    assert "dropoff" not in message


def test_every_taken_port_is_named_at_once() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
        pytest.raises(PortTaken) as caught,
    ):
        require_free({"kafka": one.getsockname()[1], "postgres": two.getsockname()[1]})
    assert len(str(caught.value).splitlines()) == 2


def test_free_ports_are_free_and_different() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(is_free(port) for port in ports)
