"""Requests to hosts that a caller names: which addresses may be reached, and how a request is kept to them."""
