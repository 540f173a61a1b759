"""What was measured, as Markdown: made from the JSON alone, so that a table can be made again without measuring."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

OPEN, CLOSE = "<!-- results -->", "<!-- /results -->"
OURS: Final = "expunct-server:balanced"

Told = Mapping[str, Any]


def markdown(told: Told) -> str:
    """All tables."""
    parts = [_head(told)]
    parts += [_set(told, title) for title in told["sets"]]
    parts += [_costs(told)]
    if "flat" in told:
        parts.append(_flat(told["flat"]))
    parts += [_types(told, title) for title in told["sets"]]
    return "\n\n".join(parts) + "\n"


def put(text: str, path: Path) -> None:
    """Put `text` between the marks of the page at `path`; ValueError if it has none."""
    page = path.read_text("utf-8")
    pattern = re.compile(f"(?<={re.escape(OPEN)}\n).*?(?={re.escape(CLOSE)})", re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"{path} has no {OPEN} and {CLOSE}")
    path.write_text(pattern.sub(lambda _: text, page), "utf-8")


def _head(told: Told) -> str:
    machine = told["machine"]
    beside = ", ".join(f"{name} ({label})" for name, label in told["labels"].items()) or "nothing"
    sentence = (
        f"Measured {told['date']} on {machine['cores']} shared cores ({machine['architecture']}), "
        f"Python {machine['python']}: Expunct Server ({told['ours']}) beside {beside}. {told['network']}"
    )
    for name, why in told["failed"].items():
        sentence += f" **{name} is missing from the tables: {why}.**"
    return _filled(sentence)


def _set(told: Told, title: str) -> str:
    about = told["sets"][title]
    alarms = about["negatives"] > 0
    head = ["", "P", "R", "F1", "F2", "characters F2", "wholly missed", "partly left", "characters / CPU s"]
    rows = [[*head, "false alarms"] if alarms else head]
    for name, each in told["detectors"].items():
        on = each["sets"][title]
        cells = [name, *(_two(on[k]) for k in ("precision", "recall", "f1", "f2", "characters_f2"))]
        cells += [f"{on['missed']:.1%}", f"{on['partly']:.1%}", f"{on['characters_per_cpu_second']:,.0f}"]
        rows.append([*cells, str(on["false_alarms"])] if alarms else cells)
    text = f"{about['documents']:,} documents, {about['spans']:,} spans of {about['types']} types"
    if alarms:
        text += f"; {about['negatives']} documents have no personal data: what is found there is a false alarm"
    return f"### {title}\n\n{_filled(text + '.')}\n\n{_table(rows)}"


def _costs(told: Told) -> str:
    rows = [["", "first finding, s", "peak memory, MB"]]
    for name, each in told["detectors"].items():
        rows.append([name, f"{each['start_seconds']:.2f}", f"{each['peak_mb']:.0f}"])
    text = (
        "From before the import to the first finding in a fresh process (median of three), and the most resident "
        "memory of a process that read all sets."
    )
    return f"### Start and memory\n\n{_filled(text)}\n\n{_table(rows)}"


def _flat(flat: Told) -> str:
    rows = [["`fast`, one core", "MB/s"], *([name, f"{speed:.1f}"] for name, speed in flat["megabytes"].items())]
    memory = flat["memory"]
    text = (
        f"Resident memory of one warm process with the model: {memory[0]['resident']:.0f} MB after "
        f"{memory[0]['documents']:,} short documents, no two the same, and {memory[-1]['resident']:.0f} MB after "
        f"{memory[-1]['documents']:,}."
    )
    return f"### Over time and in bulk\n\n{_filled(text)}\n\n{_table(rows)}"


def _types(told: Told, title: str) -> str:
    shown = told["detectors"]
    others = [name for name in shown if name != OURS]
    rows = [["", "spans", *(f"{OURS} {k}" for k in ("P", "R", "F1", "F2")), *(f"{name} F1" for name in others)]]
    for kind, gold in told["sets"][title]["by_type"].items():
        types = {name: shown[name]["sets"][title]["types"][kind] for name in shown}
        own = [_said(types.get(OURS), k) for k in ("precision", "recall", "f1", "f2")]
        rows.append([kind, str(gold), *own, *(_said(types[name], "f1") for name in others)])
    return f"### Each type of {title}\n\nA dash: nothing was called so.\n\n{_table(rows)}"


def _said(of_type: Told | None, figure: str) -> str:
    return _two(of_type[figure]) if of_type and of_type["predicted"] else "–"


def _table(rows: list[list[str]]) -> str:
    return "\n".join(_lines(rows))


def _lines(rows: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|---" * len(rows[0]) + "|"
    for row in rows[1:]:
        yield "| " + " | ".join(row) + " |"


def _two(figure: float) -> str:
    return f"{figure:.2f}".removeprefix("0") if figure < 1 else "1"


def _filled(text: str, width: int = 120) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])
