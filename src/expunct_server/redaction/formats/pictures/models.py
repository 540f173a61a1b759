"""The two neural networks that read pictures: one shows where text is, one what it says.

PP-OCRv6 (Apache 2.0), as the package `rapidocr` carries it. The package itself is never imported: it would fetch what
it misses from the network. Here a file that is missing is an error.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_WHERE: Final = "PP-OCRv6_det_small.onnx"
_WHAT: Final = "PP-OCRv6_rec_small.onnx"


def where(pixels: Floats) -> Floats:
    """How surely there is text at each pixel, 0 to 1, of a batch of one picture: 3 colours, sides multiples of 32."""
    session = _session(_WHERE)
    answer: Floats = session.run(None, {session.get_inputs()[0].name: pixels})[0]
    return np.asarray(answer[0, 0], np.float32)


def what(pixels: Floats) -> Floats:
    """How surely each column of a line of 48 pixels' height is each character: columns by characters."""
    session = _session(_WHAT)
    answer: Floats = session.run(None, {session.get_inputs()[0].name: pixels})[0]
    return np.asarray(answer[0], np.float32)


def ready() -> None:
    """Load both."""
    characters()
    _session(_WHERE)


@cache
def characters() -> tuple[str, ...]:
    """What the numbers of `what` stand for; the first is no character, the last a blank."""
    known = _session(_WHAT).get_modelmeta().custom_metadata_map["character"].split("\n")
    return ("", *(each.rstrip("\r") for each in known if each), " ")


@cache
def _session(name: str) -> Any:
    """A network with one thread: a document's process has one processor, and threads would outlast a fork."""
    runtime = _runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # An arena keeps the most that was ever taken. Measured: with one, looking for lines takes a fifth less time, and
    # less memory at once, since tiles are of one size; lines have all lengths, gain nothing and would keep a gigabyte.
    options.enable_cpu_mem_arena = name == _WHERE
    options.log_severity_level = 4
    return runtime.InferenceSession(str(_folder() / name), options, providers=["CPUExecutionProvider"])


@cache
def _runtime() -> Any:
    """What runs the networks, which those who only ask what is seen do without."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)  # it warns of machines without graphics cards
    onnxruntime.disable_telemetry_events()  # as the process's environment says too, which counts before this is loaded
    return onnxruntime


def _folder() -> Path:
    found = find_spec("rapidocr")  # does not import it
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the package rapidocr, which carries the models that read pictures")
    return Path(found.submodule_search_locations[0]) / "models"
