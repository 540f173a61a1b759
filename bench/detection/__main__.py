"""`make bench-detection`: what is found, what is missed and what it costs, beside other detectors in the same run.

    python -m bench.detection --peers "presidio datafog" --sets "own synth_v2" --json build/bench-detection.json
    python -m bench.detection --from build/bench-detection.json --markdown docs/explanation/detection.md

Sets: our own, and every *.jsonl of the folder `--data` (or EXPUNCT_BENCH_DATA), each reported by itself. Every detector
runs in a process of its own, one text at a time, from which nothing can be sent.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from bench.detection import flat, report
from bench.detection.measuring import KEEPS_OFFLINE, Broken, as_json, labelled, measure
from bench.detection.peers import PEERS, NotInstalled, python_of
from bench.detection.scoring import common
from bench.detection.sets import NEGATIVES, Document, own, read_jsonl

PROFILES = ("balanced", "strict", "fast")
OWN = "own"
DATA = Path(os.environ.get("EXPUNCT_BENCH_DATA", "../shared/data/pii"))


def main(argv: list[str] | None = None) -> None:
    """Measure, or make the page again from what was measured."""
    asked = _asked(argv)
    told = json.loads(asked.told.read_text("utf-8")) if asked.told else _measured(asked, _sets(asked))
    text = report.markdown(told)
    print(text)
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(told, indent=1), "utf-8")
    if asked.markdown:
        report.put(text, asked.markdown)


def _asked(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", default=list(PROFILES), type=str.split, help="of our own engine")
    parser.add_argument("--peers", default=list(PEERS), type=str.split, help='"" for none')
    parser.add_argument("--sets", type=str.split, help="names of sets; all there are unless told")
    parser.add_argument("--data", default=DATA, type=Path, help="a folder with labelled sets as *.jsonl")
    parser.add_argument("--flat", action="store_true", help="100,000 documents, and megabytes a second (minutes)")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--markdown", type=Path, help=f"a page whose part after {report.OPEN} is replaced")
    parser.add_argument("--from", dest="told", type=Path, help="figures of an earlier run instead of measuring")
    return parser.parse_args(argv)


def _sets(asked: argparse.Namespace) -> dict[str, list[Document]]:
    found = {OWN: own()} | {path.stem: read_jsonl(path) for path in sorted(asked.data.glob("*.jsonl"))}
    unknown = set(asked.sets or ()) - set(found)
    if unknown:
        sys.exit(f"No set of this name: {', '.join(sorted(unknown))}. There are {', '.join(found)}.")
    return {name: documents for name, documents in found.items() if not asked.sets or name in asked.sets}


def _measured(asked: argparse.Namespace, sets: dict[str, list[Document]]) -> dict[str, Any]:
    told = _about(sets)
    for profile in asked.profiles:
        _add(told, f"expunct-server:{profile}", sets)
    for peer in asked.peers:
        _add(told, peer, sets)
    if asked.flat:
        told["flat"] = flat.measure(sys.executable)
    return told


def _add(told: dict[str, Any], name: str, sets: dict[str, list[Document]]) -> None:
    """Measure one detector; what cannot be measured is told as well."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    peer = PEERS.get(name)
    try:
        python = python_of(peer) if peer else sys.executable
        told["detectors"][name] = as_json(measure(python, name, peer.types if peer else {}, sets))
    except (NotInstalled, Broken) as error:
        told["failed"][name] = str(error)
        return
    if peer:
        told["labels"][name] = peer.label


def _about(sets: dict[str, list[Document]]) -> dict[str, Any]:
    from expunct_server.redaction.engine import ENGINE_VERSION
    from expunct_server.redaction.names import CARRIED, chosen

    refused = "No process could send anything while it was measured: the kernel would have ended it."
    return {
        "date": time.strftime("%F", time.gmtime()),
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "ours": f"engine {ENGINE_VERSION} with {'; '.join(each.version for each in chosen(CARRIED))}",
        "network": refused if KEEPS_OFFLINE else "Processes were not kept from the network here.",
        "sets": {name: _about_set(documents) for name, documents in sets.items()},
        "detectors": {},
        "labels": {},
        "failed": {},
    }


def _about_set(documents: list[Document]) -> dict[str, Any]:
    spans = [common(s.type) for d in documents for s in d.spans if not s.ignored]
    return {
        "documents": len(documents),
        "negatives": sum(d.id.startswith(NEGATIVES) for d in documents),
        "characters": sum(len(d.text) for d in documents),
        "spans": len(spans),
        "types": len(labelled(documents)),
        "by_type": {name: spans.count(name) for name in sorted(set(spans))},
    }


if __name__ == "__main__":
    main()
