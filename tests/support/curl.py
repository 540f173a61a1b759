"""As much of curl as the README's tour needs, for machines without it: `-s URL -H header -d json -F name=value`."""

import sys
from pathlib import Path

import httpx


def main(arguments: list[str]) -> None:
    url, headers, body, fields, files = "", {}, None, {}, {}
    rest = iter(arguments)
    for each in rest:
        if each == "-H":
            name, _, value = next(rest).partition(":")
            headers[name] = value.strip()
        elif each == "-d":
            body = next(rest)
        elif each == "-F":
            name, _, value = next(rest).partition("=")
            if value.startswith("@"):
                files[name] = (Path(value[1:]).name, Path(value[1:]).read_bytes())
            else:
                fields[name] = value
        elif each != "-s":
            url = each
    method = "POST" if body is not None or files else "GET"
    response = httpx.request(method, url, headers=headers, content=body, data=fields, files=files or None, timeout=60)
    sys.stdout.write(response.text)


if __name__ == "__main__":
    main(sys.argv[1:])
