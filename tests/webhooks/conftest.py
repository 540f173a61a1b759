"""A receiver for all tests of webhooks, and settings that let deliveries reach it."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from expunct_server.settings import Settings
from tests.conftest import Api
from tests.webhooks.support import Hooks, Receiver


@pytest.fixture(scope="session")
def one_receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    yield receiver
    receiver.close()


@pytest.fixture
def receiver(one_receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Receiver:
    """Nothing has arrived at it yet, and its authority is trusted."""
    one_receiver.forget()
    monkeypatch.setenv("SSL_CERT_FILE", str(one_receiver.trust))
    return one_receiver


@pytest.fixture
def settings(settings: Settings, receiver: Receiver) -> Settings:
    """The operator allows the receiver's address, and of names any."""
    hosts = (f"127.0.0.1:{receiver.port}", f"localhost:{receiver.port}", "*")
    return replace(settings, fetch_hosts=hosts, private_networks=(ip_network("127.0.0.1/32"),), webhook_seconds=5)


@pytest.fixture
def hooks(api: Api, receiver: Receiver) -> Hooks:
    return Hooks(api, receiver)
