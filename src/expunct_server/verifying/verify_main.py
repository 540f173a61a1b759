"""The verifier's command line, in the library and in the single file that every bundle holds."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from expunct_server.tlog.cosignature import Unsupported
from expunct_server.tlog.note import MAX_NOTE, VerifierKey, parse_verifier_key
from expunct_server.tlog.policy import MAX_POLICY, parse_policy
from expunct_server.tlog.proof import MAX_PROOF
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying.bundle_files import FolderFiles
from expunct_server.verifying.checks import CHECKS, Failed, printable, read_keys
from expunct_server.verifying.verify import (
    MAX_STEP_BACK_SECONDS,
    LogReport,
    Receipt,
    check_document,
    signed_by,
    verify_log,
    verify_receipt,
)
from expunct_server.verifying.verify_bundle import BundleReport, reader, verify_bundle

OWN_KEYS = """\
WARNING: THE KEYS CAME WITH THE BUNDLE. Whoever made it may have made them too: this shows that the bundle is in
itself consistent, and not who signed it. Get the key's id by another way (from the operator, from an older receipt
or checkpoint) and compare, or give it with --key. The ids are the eight digits between the plus signs:
"""
WITHHELD = """\
WARNING: PARTS OF EVENTS ARE WITHHELD: {parts} events. They were not erased: whoever made the bundle left them out. Ask
for them, and why.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Verify what the arguments name and say so. Exit code: 0 verified, 1 not, 2 wrong usage."""
    parser = _parser()
    asked = parser.parse_args(argv)
    try:
        told: dict[str, Any] = asked.run(asked)
    except Failed as failed:
        return _refused(asked, str(failed), failed.number, failed.where)
    except Rejected as error:
        return _refused(asked, str(error), None, "")
    except (OSError, Unsupported) as error:
        says = f"{getattr(error, 'filename', None) or ''} {getattr(error, 'strerror', None) or error}".strip()
        parser.error(printable(says))
    if asked.json:
        print(json.dumps(told | {"verified": True}, indent=2))  # noqa: T201
    else:
        print("\n".join(lines(told)))  # noqa: T201
    return 0


def _refused(asked: argparse.Namespace, says: str, number: int | None, where: str) -> int:
    if asked.json:
        print(json.dumps({"verified": False, "check": number, "where": where, "error": says}, indent=2))  # noqa: T201
    print(f"NOT VERIFIED: {printable(says)}", file=sys.stderr)  # noqa: T201
    return 1


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {number:2}. {check.says} [{check.source}]" for number, check in CHECKS.items())
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        description="Verifies audit logs, bundles and receipts. Exit code: 0 verified, 1 not verified, 2 wrong usage.",
        epilog=f"The checks, by the numbers that failures name:\n{listed}",
        formatter_class=plain,
    )
    commands = parser.add_subparsers(required=True, metavar="bundle|log|receipt")
    bundle = commands.add_parser("bundle", help="an auditor's bundle, a folder or a .tar file")
    bundle.add_argument("path", type=Path)
    log = commands.add_parser("log", help="the folder of a published log")
    log.add_argument("path", type=Path)
    for each in (bundle, log):
        each.add_argument("--since", type=Path, help="a checkpoint kept from before, which the log must extend")
        each.add_argument(
            "--max-step-back",
            type=float,
            default=MAX_STEP_BACK_SECONDS,
            help="seconds by which created_at may step back (default: %(default)s)",
        )
    receipt = commands.add_parser("receipt", help="a receipt or another proof of one event")
    receipt.add_argument("path", type=Path)
    receipt.add_argument("--policy", type=Path, help="a tlog-policy that says which witnesses must have cosigned")
    receipt.add_argument("--input", type=Path, help="the file that was redacted")
    receipt.add_argument("--output", type=Path, help="the redacted file")
    for each, run in ((bundle, run_bundle), (log, run_log), (receipt, run_receipt)):
        each.add_argument(
            "--key", action="append", default=[], help="a verifier key (name+id+base64) or a file of such"
        )
        each.add_argument("--json", action="store_true", help="print JSON")
        each.set_defaults(run=run)
    return parser


def keys_of(given: Sequence[str]) -> tuple[VerifierKey, ...]:
    """Verifier keys, given as text or as the path of a file with one a line; raises Rejected, OSError."""
    keys: list[VerifierKey] = []
    for each in given:
        if "+" in each and not Path(each).is_file():
            keys.append(parse_verifier_key(each))
        else:
            keys.extend(read_keys(read_file(Path(each), MAX_NOTE)))
    return tuple(keys)


def read_file(path: Path, limit: int) -> bytes:
    """A file of `limit` bytes at most; raises Rejected for a larger one, OSError."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Rejected("a file is larger than it can be")
    return data


def run_bundle(asked: argparse.Namespace) -> dict[str, Any]:
    """Verify a bundle and tell what it is."""
    since = read_file(asked.since, MAX_NOTE) if asked.since else None
    asked.path.stat()
    report = verify_bundle(asked.path, keys_of(asked.key), since=since, max_step_back=asked.max_step_back)
    for warning in warnings(report):
        print(warning, file=sys.stderr)  # noqa: T201
    return bundle_told(report)


def warnings(report: BundleReport) -> list[str]:
    """What whoever reads that a bundle is verified must know besides."""
    found: list[str] = []
    if report.own_keys:
        found.append(OWN_KEYS + "".join(f"  {printable(key)}\n" for key in report.keys))
    if any(report.withheld.values()):
        found.append(WITHHELD.format(parts=", ".join(f"{part} of {n}" for part, n in report.withheld.items() if n)))
    return found


def run_log(asked: argparse.Namespace) -> dict[str, Any]:
    """Verify a log's folder and tell what it is."""
    if not asked.key:
        raise Rejected("a log is verified with its key: give it with --key")
    since = read_file(asked.since, MAX_NOTE) if asked.since else None
    asked.path.stat()
    read = reader(FolderFiles(asked.path))
    return log_told(verify_log(read, keys_of(asked.key), None, since=since, max_step_back=asked.max_step_back))


def run_receipt(asked: argparse.Namespace) -> dict[str, Any]:
    """Verify a receipt, and the files it is of, and tell what it says."""
    policy = parse_policy(read_file(asked.policy, MAX_POLICY)) if asked.policy else None
    if not asked.key and policy is None:
        raise Rejected("a receipt is verified with the log's key: give it with --key or in a --policy")
    receipt = verify_receipt(read_file(asked.path, MAX_PROOF), keys_of(asked.key), policy=policy)
    matched = []
    for role in ("input", "output"):
        path = getattr(asked, role)
        if path is not None:
            with path.open("rb") as file:
                check_document(receipt, role, file)
            matched.append(role)
    return receipt_told(receipt) | {"matches": matched}


def log_told(report: LogReport) -> dict[str, Any]:
    """A log's report as it is printed."""
    return {name: value for name, value in asdict(report).items() if value is not None}


def bundle_told(report: BundleReport) -> dict[str, Any]:
    """A bundle's report as it is printed."""
    told = log_told(report.log) | {"erased": dict(report.erased), "withheld": dict(report.withheld)}
    return told | {"made_at": report.manifest["made_at"], "keys": list(report.keys), "own_keys": report.own_keys}


def receipt_told(receipt: Receipt) -> dict[str, Any]:
    """What a receipt says, as it is printed."""
    return {
        "origin": receipt.origin,
        "index": receipt.index,
        "size": receipt.size,
        "signed_by": [signed_by(key, time) for key, time in receipt.by],
        "event": {name: receipt.entry[name] for name in ("id", "event_type", "resource_id", "created_at", "outcome")},
        "shown": receipt.opened,
    }


def lines(told: dict[str, Any], indent: str = "") -> list[str]:
    """A report as text, line by line, each of what a terminal just prints."""
    shown: list[str] = [] if indent else ["VERIFIED"]
    for name, value in told.items():
        if isinstance(value, dict):
            shown += [f"{indent}  {printable(name)}:", *lines(value, indent + "  ")]
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            shown.append(f"{indent}  {printable(name)}: {printable(text)}")
    return shown
