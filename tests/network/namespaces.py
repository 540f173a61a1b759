"""Three machines in network namespaces, each on a wire of its own to a bridge whose address is this host's."""

import os
import secrets
import shutil
import subprocess

import pytest

NUMBER = 3


class Network:
    """`names` are those of the namespaces, `addresses` theirs; `address` is where they reach this host."""

    def __init__(self) -> None:
        mark = secrets.token_hex(3)
        subnet = f"198.18.{secrets.randbelow(256)}"  # set aside for tests (RFC 2544)
        self.net, self.address = f"{subnet}.0/24", f"{subnet}.1"
        self.names = [f"expunct-{mark}-{n}" for n in range(NUMBER)]
        self.addresses = [f"{subnet}.{10 + n}" for n in range(NUMBER)]
        self._bridge = f"xb{mark}"
        self._wires = [f"xv{mark}{n}" for n in range(NUMBER)]

    def make(self) -> None:
        """All of it. What was made is left to `close` when this fails."""
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("address", "add", f"{self.address}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for name, address, wire in zip(self.names, self.addresses, self._wires, strict=True):
            _ip("netns", "add", name)
            _ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name)
            _ip("link", "set", wire, "master", self._bridge, "up")
            _ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")

    def cut(self, number: int) -> None:
        """Pull a machine's wire."""
        _ip("link", "set", self._wires[number], "down")

    def mend(self, number: int) -> None:
        """Put it back."""
        _ip("link", "set", self._wires[number], "up")

    def move(self, number: int) -> None:
        """Give a machine another address."""
        name, address = self.names[number], self.addresses[number]
        _ip("-n", name, "address", "delete", f"{address}/24", "dev", "eth0")
        self.addresses[number] = f"{address.rpartition('.')[0]}.{20 + number}"
        _ip("-n", name, "address", "add", f"{self.addresses[number]}/24", "dev", "eth0")

    def close(self) -> None:
        """Remove whatever is there of it."""
        for name in self.names:
            _ip("netns", "delete", name, check=False)
        for link in (*self._wires, self._bridge):
            _ip("link", "delete", link, check=False)


def require() -> None:
    """End the run, saying why, where namespaces cannot be made."""
    if shutil.which("ip") is None:
        pytest.exit("The network tests need the command ip: install iproute2.", returncode=2)
    if os.geteuid() != 0:
        pytest.exit("The network tests make network namespaces: run them as root.", returncode=2)


def _ip(*arguments: str, check: bool = True) -> None:
    said = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    if check and said.returncode != 0:
        raise AssertionError(f"ip {' '.join(arguments)}: {said.stderr}")
