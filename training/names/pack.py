"""Packs a trained recognizer for the server: half-precision weights and a description, in one file without code.

python -m training.names.pack --model DIR --version 1.0 --out src/expunct_server/redaction/names/carried/names.npz
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import spacy


def pack(model: Path, version: str, languages: Sequence[str], out: Path) -> None:
    """Write `out`. Weights are kept with 11 bits of mantissa (float16), half the size and the same names found."""
    nlp = spacy.load(model)
    recognizer = nlp.get_pipe("ner")
    config = nlp.config["components"]["ner"]
    meta = {
        "language": nlp.lang,
        "languages": languages,
        "version": version,
        "moves": list(recognizer.move_names),
        "config": {key: config[key] for key in ("model", "moves", "update_with_oracle_cut_size") if key in config},
    }
    arrays = {
        f"{place}.{name}": np.asarray(node.get_param(name)).astype("float16")
        for place, node in enumerate(recognizer.model.walk())
        for name in node.param_names
        if node.has_param(name)
    }
    np.savez_compressed(out, meta=np.frombuffer(json.dumps(meta).encode(), dtype="uint8"), **arrays)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--languages", default="en", help="ISO 639-1 codes, separated by commas")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(arguments)
    pack(given.model, given.version, given.languages.split(","), given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
