"""Transparency logs to the byte as C2SP has them: Merkle trees, tiles, signed notes, checkpoints, proofs, policies."""
