"""A page's clock, stopped at the moment at which the page was recorded."""

import base64
import hashlib
import re
from datetime import datetime
from importlib.resources import files

from webagent.browser.exchange import Headers

# Without the atomic group and the possessive star, the time doubles with each comment before what is no doctype.
_DOCTYPE = re.compile(rb"^(?:\xef\xbb\xbf)?(?>\s|<!--.*?-->)*+<!doctype[^>]*>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_SCRIPT_SOURCES = ("script-src-elem", "script-src", "default-src")
_NAMES_ITS_SCRIPTS = re.compile(r"'(?:nonce|sha\d+)-|'strict-dynamic'")


def frozen(body: bytes, headers: Headers, at: datetime) -> tuple[bytes, Headers]:
    """Return a document whose clock stands still, with the headers that let it; what is no HTML stays as it is.

    `Date` alone stands still, in the document's own scripts: timers, animations, workers and `performance` go on.

    Args:
        body: of the document.
        headers: of its answer.
        at: the moment.
    """
    kind = next((value for name, value in headers if name.lower() == b"content-type"), b"text/html")
    if not kind.lower().startswith(b"text/html") or body[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return body, headers
    code = (
        (files("webagent.session") / "clock.js")
        .read_text(encoding="utf-8")
        .strip()
        .replace("AT", str(int(at.timestamp() * 1000)))
        .encode()
    )
    script = b"<script>" + code + b"</script>"
    found = _DOCTYPE.match(body)
    place = found.end() if found else (3 if body.startswith(b"\xef\xbb\xbf") else 0)
    if b"charset" not in kind.lower() and (charset := _CHARSET.search(body[:1024])):
        kind += b"; charset=" + charset[1]  # it must stand near the beginning, where the script is now
    source = f"'sha256-{base64.b64encode(hashlib.sha256(code).digest()).decode()}'"
    changed = []
    for name, value in headers:
        if name.lower() == b"content-type":
            continue
        if name.lower() == b"content-security-policy":
            value = ",".join(_allowing(one, source) for one in value.decode("latin-1").split(",")).encode("latin-1")
        changed.append((name, value))
    return body[:place] + script + body[place:], [*changed, (b"content-type", kind)]


def _allowing(policy: str, source: str) -> str:
    """Return a content security policy that lets the script of `source` run as well."""
    directives = [one.split() for one in policy.split(";") if one.split()]
    by_name = {one[0].lower(): one for one in directives}
    directive = next((by_name[name] for name in _SCRIPT_SOURCES if name in by_name), None)
    if directive is None or ("'unsafe-inline'" in directive and not _NAMES_ITS_SCRIPTS.search(" ".join(directive))):
        return policy
    if directive[0].lower() == "default-src":
        directives.append(directive := ["script-src", *directive[1:]])
    directive[:] = [*(one for one in directive if one.lower() != "'none'"), source]
    return "; ".join(" ".join(one) for one in directives)
