"""HTML and XML with a value in every place that they have."""

import base64
import string
from collections.abc import Mapping
from urllib.parse import unquote
from xml.etree import ElementTree

from lxml import html

from tests.redaction.formats.cases import Case

HTML = """<!DOCTYPE html>
<!-- {comment} -->
<html lang=en><head><meta charset="utf-8"><title>Of {title}</title>
<meta name="author" content="{meta}"><base href="https://host.invalid/{base}">
<script type="application/ld+json">{{"email": "{data}", "n": [1, 2]}}</script>
<script>let a = "{script}";</script><style>/* {style} */ p {{ color: red }}</style>
<noscript>{noscript}</noscript></head>
<body onload="send('{handler}')">
<p class="plain">Kept &amp; plain &euro;. {paragraph}</p>
<p>Split {split_a}<b>{split_b}</b><i></i>{split_c} and more</p>
<p>Referred {referred}.</p>
<a href=mailto:{unquoted} title='{single}'>x</a> <a href="mailto:{percent}">y</a>
<img alt="{alt}" src="data:text/plain;base64,{carried}"><input placeholder="{placeholder}" value="{value}">
<p data-mail="{dataset}" aria-label="{aria}">z</p>
<!--[if mso]><table><tr><td>{conditional}</td></tr></table><![endif]-->
<iframe srcdoc="&lt;p>{srcdoc}&lt;/p>"></iframe>
<textarea>{textarea}</textarea><template><p>{template}</p></template>
<table><tr><th>Name<th>Mail</tr><tr><td>Kept cell<td>{cell}</tr></table>
<select><option>{option}</select><xmp><b>{xmp}</b></xmp>
<svg><title>{svg}</title><text>a <tspan>{tspan}</tspan></text></svg>
<p>Written <{words}> so</p><p {attribute}="1">q</p>
<!bogus {bogus}><?instruction {instruction}?>
</body></html>
<!-- {after} -->"""
XML = """<?xml version="1.0" encoding="utf-8"?>
<?style {instruction}?>
<!DOCTYPE people SYSTEM "{doctype}">
<!-- {comment} -->
<people xmlns="http://www.w3.org/2000/svg" xmlns:b="urn:oasis:names" owner='{attribute}' b:x="{prefixed}">
  <person id="1"><mail>{element}</mail><kept>Kept &amp; plain</kept></person>
  <note>{split_a}<b>{split_b}</b><b:i/>{split_c} <![CDATA[<{cdata}>]]> after</note>
  <whole><![CDATA[{whole}]]></whole><href to="mailto:{percent}"/> {tail}
  <long>Referred {referred}</long><image href="data:text/plain;base64,{carried}"/>
</people>
<!-- {after} -->
"""
SPLIT = ("split_a", "split_b", "split_c")


def places(template: str) -> tuple[str, ...]:
    named = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    return tuple(dict.fromkeys("split" if name in SPLIT else name for name in named))


def filled(template: str, planted: Mapping[str, str]) -> bytes:
    values = dict(planted)
    split = values.pop("split")
    values |= {"split_a": split[:2], "split_b": split[2:9], "split_c": split[9:]}
    values["percent"] = values["percent"].replace("@", "%40").replace("k", "%6B")
    values["carried"] = base64.b64encode(f"mail {values['carried']}".encode()).decode()
    values["referred"] = "".join(
        f"&#{ord(c)};" if i % 2 else f"&#x{ord(c):X};" for i, c in enumerate(values["referred"])
    )
    if "srcdoc" in values:
        values["srcdoc"] = values["srcdoc"].replace("@", "&amp;#64;")
    return template.format(**values).encode()


def said(data: bytes) -> str:
    """The source, and what other libraries make of it."""
    source = data.decode()
    root = html.document_fromstring(data)
    parts = [source, root.text_content()]
    parts += [value for element in root.iter() for value in element.attrib.values()]
    parts += [base64.b64decode(part.partition(b'"')[0]).decode() for part in data.split(b"base64,")[1:]]
    if source.startswith("<?xml"):
        parts.append("".join(ElementTree.fromstring(data).itertext()))
    return "\n".join([*parts, *map(unquote, parts), *(part.replace("&#64;", "@") for part in parts)])


CASES = [
    Case(
        "page.html",
        "text/html",
        places(HTML),
        lambda planted: filled(HTML, planted),
        said,
        html.document_fromstring,
        ("Kept & plain €.", "Kept cell", "color: red", "<EMAIL_ADDRESS>", "application/ld+json", '<p class="plain">'),
        {
            "comment": "line 2, comment",
            "title": "line 3",
            "meta": "line 4, attribute content",
            "data": "line 5, script, /email",
            "script": "line 6, script",
            "style": "line 6, style",
            "handler": "line 8, attribute onload",
            "split": "line 10",
            "carried": "line 13, attribute src",
            "srcdoc": "line 16, attribute srcdoc, line 1",
            "words": "line 21, tag",
            "attribute": "line 21, name",
        },
    ),
    Case(
        "people.xml",
        "application/xml",
        places(XML),
        lambda planted: filled(XML, planted),
        said,
        ElementTree.fromstring,
        (
            "Kept & plain",
            "<EMAIL_ADDRESS>",
            'xmlns="http://www.w3.org/2000/svg"',
            '<?xml version="1.0" encoding="utf-8"?>',
        ),
        {
            "comment": "line 4, comment",
            "attribute": "line 5, element people, attribute owner",
            "element": "line 6, element people/person/mail",
            "split": "line 7, element people/note",
            "cdata": "line 7, element people/note",
            "instruction": "line 2, instruction",
            "doctype": "line 3, declaration",
        },
    ),
]
