"""Checks logs, receipts, bundles and the database itself, and makes what others check them with."""
