"""Reads the audit log: what happened, who did it, when."""
