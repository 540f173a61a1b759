"""Tiny models for the tests: an ONNX graph that looks each token's label up in a table, and its tokenizer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

INT64, FLOAT = 7, 1  # of TensorProto.DataType


def onnx_folder(
    folder: Path,
    words: Mapping[str, str],
    *,
    labels: Sequence[str] = ("O", "B-PER", "I-PER"),
    config: Mapping[str, Any] | None = None,
    pieces: bool = False,
    model: str = "model.onnx",
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    sure: float = 9.0,
) -> Path:
    """A folder with a model that gives each of the `words` its label, and all others `O`.

    With `pieces` a word that is not among them is cut into its letters (`##x`), which have labels of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words]
    table = np.zeros((len(tokens), len(labels)), dtype=np.float32)
    for row, token in enumerate(tokens):
        table[row, labels.index(words.get(token, "O"))] = sure
    (folder / model).parent.mkdir(exist_ok=True)
    (folder / model).write_bytes(_model(table, inputs))
    _tokenizer({token: k for k, token in enumerate(tokens)}, pieces).save(str(folder / "tokenizer.json"))
    said = {"id2label": {str(k): label for k, label in enumerate(labels)}, "max_position_embeddings": 512}
    (folder / "config.json").write_text(json.dumps(said | dict(config or {})))
    return folder


def _tokenizer(vocabulary: dict[str, int], pieces: bool) -> Any:
    kind: Any = models.WordPiece if pieces else models.WordLevel
    tokenizer = Tokenizer(kind(vocab=vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_truncation(4)  # what the folder says is not obeyed
    tokenizer.enable_padding(length=7)
    return tokenizer


# --- ONNX's messages in protocol buffers' encoding; the numbers are those of onnx.proto -------------------------------


def _model(table: Any, inputs: Sequence[str]) -> bytes:
    weights = [*(_number(1, size) for size in table.shape), _number(2, FLOAT), _text(8, "table")]
    nodes = _message(1, _text(1, "table") + _text(1, "input_ids") + _text(2, "logits") + _text(4, "Gather"))
    given = [_message(11, _value(name, INT64, ["b", "n"])) for name in inputs]
    graph = [nodes, _text(2, "tiny"), _message(5, b"".join([*weights, _bytes(9, table.tobytes())])), *given]
    graph.append(_message(12, _value("logits", FLOAT, ["b", "n", "k"])))
    return _number(1, 8) + _message(7, b"".join(graph)) + _message(8, _text(1, "") + _number(2, 13))


def _value(name: str, kind: int, sizes: Sequence[str]) -> bytes:
    shape = b"".join(_message(1, _text(2, size)) for size in sizes)
    return _text(1, name) + _message(2, _message(1, _number(1, kind) + _message(2, shape)))


def _varint(number: int) -> bytes:
    head = bytearray()
    while number > 0x7F:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


_message = _bytes


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
