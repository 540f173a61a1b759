"""The README of an auditor's bundle."""

from collections.abc import Sequence

from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.strict import base64_text

_TEXT = """\
AUDITOR'S BUNDLE of the audit log {origin}

It holds the first {size} events of the log, as they were published and signed, and all that is needed to verify them
without the server that made them.

The keys that signed, name+id+key:

{keys}

THE KEYS CAME WITH THE BUNDLE. They show who signed only once you have compared them with keys got by another way: from
the operator, from an older bundle, or from a receipt that you hold.

WITH THE VERIFIER (Python 3.11 or later, and `pip install cryptography`)

    python3 verify.py bundle . --key '<key of {origin}>'
    python3 verify.py bundle . --key '<key>' --since <a checkpoint kept from before>
    python3 verify.py receipt <receipt> --key '<key>' --input <file>

It ends with exit code 0 (verified), 1 (not verified; it names the check, the file and the event) or 2 (wrong usage).
`verify.py --help` lists every check with its source. verify.py is a copy too: prefer one from a source that you trust.

KEEP log/checkpoint. With --since, the next bundle must extend the very log that you have seen, entry by entry.

BY HAND

1. Files. manifest.json lists the SHA-256 of every other file.
2. Signature. log/checkpoint is a C2SP signed note: its first three lines are the origin, the number of entries and the
   root; the signature (base64 behind the dash: 4 bytes of key id, then 64 of Ed25519) is over these lines with their
   newlines.
3. Entries. log/tile/entries/NNN holds 256 entries, each behind its length (2 bytes, big-endian). An entry is canonical
   JSON (RFC 8785).
4. Tree. The hash of an entry is SHA-256(0x00 || entry), of a node SHA-256(0x01 || left || right); log/tile/0/NNN holds
   the hashes of the entries, log/tile/1/NNN the roots of 256 of those each, and so on (RFC 6962; C2SP tlog-tiles). The
   root of them all is:

       {root}

5. Values. An entry holds commitments in place of who acted (actor), from where (client) and the metadata. Each line of
   events.ndjson shows them with their salts: HMAC-SHA-256(salt, canonical JSON of the value) is the commitment. What
   was erased has no opening: the entry stays and nothing tells its value. erased_by names an audit.erased event later
   in this log, for each such part; that event, or one before it, took this part. A part with neither opening nor
   erasure is withheld: the verifier counts both kinds. Ask why anything is withheld.
6. The log of logs. super/ is a log in the same form. It says at which time this log had which size and root, and it is
   the same for every tenant; this log is called HMAC-SHA-256(blind, origin) there, the blind being in super/blind.
   Keep the blind to yourself: it tells which lines are yours.

catalog/ holds the JSON Schema of each event type's metadata, policies/ every version of every policy.
"""


def readme(origin: str, checkpoint: Checkpoint, keys: Sequence[str]) -> str:
    """The text of README.txt."""
    listed = "\n".join(f"    {each}" for each in keys)
    return _TEXT.format(origin=origin, size=checkpoint.size, root=base64_text(checkpoint.root), keys=listed)
