"""The providers on loopback; no other address can be reached from these tests."""

from collections.abc import Iterator

import pytest
import structlog
from pytest_socket import _remove_restrictions, socket_allow_hosts
from whatsapp_world import company, make_company, twilio

__all__ = ["company", "make_company", "twilio"]


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Nothing but this machine answers."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield
    _remove_restrictions()


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command sets the logs up for its process, which here goes on."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
