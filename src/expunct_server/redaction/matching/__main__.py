"""Writes down what the expressions of the table need, after one of them has changed."""

from pathlib import Path

from expunct_server.redaction.matching import gate
from expunct_server.redaction.patterns import PATTERNS


def main() -> None:
    """Write the file beside this one."""
    Path(__file__).with_name(gate.STORED).write_text(gate.written(gate.expressions_of(PATTERNS)))


if __name__ == "__main__":
    main()
