"""Makes recorded events a transparency log: gives indices, writes tiles, signs checkpoints, has them cosigned."""
