"""Fixtures of the network tests: those of the crash tests."""

from tests.crash.conftest import deployment, forge

__all__ = ["deployment", "forge"]
