"""As much of curl as our pages need, for machines without it: `-s -sf URL -H header -d json -F name=value`."""

import sys
from pathlib import Path

import httpx


def main(arguments: list[str]) -> None:
    url, headers, body, fields, files, fail = "", {}, None, {}, {}, False
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
        elif each in ("-s", "-sf"):
            fail = each == "-sf"
        else:
            url = each
    method = "POST" if body is not None or files else "GET"
    response = httpx.request(
        method,
        url,
        headers=headers,
        content=body,
        data=fields,
        files=files or None,
        timeout=60,
        verify=url.startswith("https:"),
    )
    if fail and response.status_code >= 400:
        sys.exit(22)
    sys.stdout.buffer.write(response.content)


if __name__ == "__main__":
    main(sys.argv[1:])
