"""Token-classification models in ONNX as readers, from a folder and nowhere else.

A folder holds `model.onnx` (or `onnx/model.onnx`, or one file `*.onnx` of another name), `tokenizer.json`, and
`config.json` with `id2label`: what optimum and transformers.js write. Nothing is ever fetched.

A model reads so many tokens at once. A longer piece is read in windows that overlap, and each token is judged in the
window where most stands around it; every token is judged once and none is cut off. Windows of one length are read
together: nothing is padded, and how long others are changes no answer.
"""

import hashlib
import json
import logging
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Final, NamedTuple

from expunct_server.redaction.names.decoding import Scheme, decoded, name_of
from expunct_server.redaction.names.labels import unknown
from expunct_server.redaction.names.mentions import Mention, Unfit

WINDOW: Final = 2_000
"""Code points of a piece."""
MOST_TOKENS: Final = 512
"""Tokens read at once, also where a model could read more: time and memory grow with the square."""
OVERLAP: Final = 64
"""Tokens that two windows share at most, so that what is judged has something around it."""
BATCH_TOKENS: Final = 1_024
"""Tokens of one run of the model. More together is no faster."""
EXTRA: Final = "expunct-server[onnx]"

_PADDED: Final = frozenset({"roberta", "xlm-roberta", "camembert", "xlm-roberta-xl", "roberta-prelayernorm", "mpnet"})
"""Kinds of models whose positions are counted from behind that of the padding."""
_INPUTS: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_log = logging.getLogger(__name__)


class TokenWindow(NamedTuple):
    """Tokens `start` to `end` are read together, and those from `low` to `high` are judged here."""

    start: int
    end: int
    low: int
    high: int


class OnnxReader:
    """A token-classification model. `frame` are the special tokens before and after what it reads, `room` how many
    tokens fit between them."""

    window = WINDOW

    def __init__(
        self,
        name: str,
        version: str,
        session: Any,
        tokenizer: Any,
        labels: Sequence[str],
        most: int,
        languages: frozenset[str],
    ) -> None:
        self.name, self.version, self.languages = f"model:{name}", version, languages
        self._session, self._tokenizer = session, tokenizer
        self._scheme, self._labels = Scheme(labels), len(labels)
        self.entity_types = frozenset(m.entity_type for m in self._scheme.meanings if m is not None)
        self._inputs = [each.name for each in session.get_inputs()]
        outputs = [each.name for each in session.get_outputs()]
        self._output = "logits" if "logits" in outputs else outputs[0]
        self._frame = _frame(tokenizer)
        self._room = most - sum(map(len, self._frame))
        if self._room < 1:
            raise Unfit("it reads no token beside the special ones")
        self._lock = threading.Lock()

    def read(self, pieces: Sequence[str]) -> list[list[Mention]]:
        with self._lock:  # memory is bounded by one batch, and a process keeps to one core
            encoded = [self._tokenizer.encode(piece, add_special_tokens=False) for piece in pieces]
            judged = self._judged([each.ids for each in encoded])
        return [
            [
                Mention(marked.meaning.entity_type, marked.start, marked.end, marked.score, self.name)
                for marked in decoded(piece, each.offsets, probabilities, self._scheme)
            ]
            for piece, each, probabilities in zip(pieces, encoded, judged, strict=True)
        ]

    def _judged(self, ids: Sequence[Sequence[int]]) -> list[Any]:
        """For each piece the probabilities of the labels of each of its tokens."""
        import numpy as np

        results = [np.zeros((len(one), self._labels), dtype=np.float32) for one in ids]
        by_length: dict[int, list[tuple[int, TokenWindow]]] = defaultdict(list)
        for i, one in enumerate(ids):
            for window in token_windows(len(one), self._room):
                by_length[window.end - window.start].append((i, window))
        for length, places in by_length.items():
            size = max(1, BATCH_TOKENS // length)
            for at in range(0, len(places), size):
                batch = places[at : at + size]
                answers = self._run([ids[i][w.start : w.end] for i, w in batch])
                for (i, w), answer in zip(batch, answers, strict=True):
                    results[i][w.low : w.high] = answer[w.low - w.start : w.high - w.start]
        return results

    def _run(self, rows: Sequence[Sequence[int]]) -> Any:
        """Probabilities of labels for rows of tokens of one length."""
        import numpy as np

        before, after = self._frame
        ids = np.array([[*before, *row, *after] for row in rows], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (logits,) = self._session.run([self._output], {name: given[name] for name in self._inputs})
        if logits.shape != (*ids.shape, self._labels):
            raise Unfit("its answers do not have the shape that its labels call for")
        logits = logits[:, len(before) : ids.shape[1] - len(after)].astype(np.float32)
        if not np.isfinite(logits).all():
            raise Unfit("its answers are no numbers")
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)


def token_windows(count: int, room: int) -> Iterator[TokenWindow]:
    """Windows of at most `room` of `count` tokens; the judged parts, joined, are all tokens."""
    if count <= room:
        if count:
            yield TokenWindow(0, count, 0, count)
        return
    overlap = min(OVERLAP, room // 2)
    start = low = 0
    while start + room < count:
        high = start + room - overlap // 2
        yield TokenWindow(start, start + room, low, high)
        start, low = start + room - overlap, high
    yield TokenWindow(start, count, low, count)


def from_folder(folder: Path, languages: frozenset[str] = frozenset()) -> OnnxReader:
    """The model in this folder. Raises Unfit with a reason for the operator, or what onnxruntime raises."""
    try:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # it tells its makers how it is used unless told not to before
        import onnxruntime
        import tokenizers
    except ImportError:
        raise Unfit(f"packages that it needs are not installed: install {EXTRA}") from None
    model = _model_file(folder)
    config = _json(folder / "config.json")
    labels = _labels(config)
    tokenizer = tokenizers.Tokenizer.from_file(str(_there(folder / "tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False  # they grow with each new length
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    if strange := {each.name for each in session.get_inputs()} - _INPUTS:
        raise Unfit(f"it asks for an input that is not known: {min(strange)}")
    files = (model, folder / "tokenizer.json", folder / "config.json")
    version = f"{folder.name} sha256:{_digest(files)}, onnxruntime {metadata.version('onnxruntime')}"
    most = _most_tokens(config, folder / "tokenizer_config.json")
    return OnnxReader(folder.name, version, session, tokenizer, labels, most, languages)


def _model_file(folder: Path) -> Path:
    for place in (folder, folder / "onnx"):
        if (place / "model.onnx").is_file():
            return place / "model.onnx"
    found = [*folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")]
    if len(found) != 1:
        raise Unfit("its folder holds no model.onnx, and not one other file *.onnx")
    return found[0]


def _there(path: Path) -> Path:
    if not path.is_file():
        raise Unfit(f"its folder holds no {path.name}")
    return path


def _json(path: Path) -> dict[str, Any]:
    text = _there(path).read_bytes()
    try:
        value = json.loads(text)
    except ValueError:
        raise Unfit(f"its {path.name} is no JSON") from None
    if not isinstance(value, dict):
        raise Unfit(f"its {path.name} is no JSON object")
    return value


def _labels(config: Mapping[str, Any]) -> list[str]:
    """The labels in the order of the classes. Those that are none of our types are said in the log."""
    named = config.get("id2label")
    if not isinstance(named, dict) or sorted(named) != sorted(map(str, range(len(named)))) or not named:
        raise Unfit("its config.json has no id2label with a label for each class")
    labels = [str(named[str(k)]) for k in range(len(named))]
    names = {name_of(label) for label in labels} - {"O"}
    strange = unknown(names)
    if len(strange) == len(names):
        raise Unfit("none of its labels is one of our types")
    if strange:
        _log.warning("labels of a model that are no entity type and are left: %s", ", ".join(strange))
    return labels


def _most_tokens(config: Mapping[str, Any], more: Path) -> int:
    """How many tokens the model reads at once, special ones among them."""
    positions = config.get("max_position_embeddings") or MOST_TOKENS
    if config.get("model_type") in _PADDED:
        positions -= config.get("pad_token_id", 1) + 1
    told = _json(more).get("model_max_length") if more.is_file() else None
    return int(min(positions, told or MOST_TOKENS, MOST_TOKENS))


def _frame(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens before and after what is read."""
    encoded = tokenizer.encode("a", add_special_tokens=True)
    inner = [i for i, sequence in enumerate(encoded.sequence_ids) if sequence is not None]
    if not inner:
        raise Unfit("its tokenizer makes no token of a letter")
    return encoded.ids[: inner[0]], encoded.ids[inner[-1] + 1 :]


def _digest(files: Sequence[Path]) -> str:
    """What a change of any of the files changes."""
    each = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            each.update(hashlib.file_digest(file, "sha256").digest())
    return each.hexdigest()[:12]
