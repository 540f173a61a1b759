"""A witness (C2SP tlog-witness): remembers the newest checkpoint of each log and cosigns what continues it.

A program of its own, best run by somebody else than the logs it watches. It needs no database, and shares with the
server nothing but the formats.
"""
