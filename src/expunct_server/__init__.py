"""Expunct Server: finds and removes personal data, and proves what it did."""

from importlib.metadata import version

__version__ = version("expunct-server")
