"""`make bench`: what it costs, each figure beside a peer in the same run.

Machines differ and are shared; trust the ratios, not the absolutes. Prints Markdown.
"""

import os
import platform
import sys

from bench import buckets, http_audit, patterns, pseudonyms, recording, trail


def main() -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}\n")
    wanted = set(sys.argv[1:]) or {"http", "recording", "trail", "buckets", "pseudonyms", "patterns"}
    if "http" in wanted:
        http_audit.main()
    if "recording" in wanted:
        recording.main()
    if "trail" in wanted:
        trail.main([])
    if "buckets" in wanted:
        buckets.main([])
    if "pseudonyms" in wanted:
        pseudonyms.main()
    if "patterns" in wanted:
        patterns.main()


if __name__ == "__main__":
    main()
