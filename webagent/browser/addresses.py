"""Urls as a browser reads them: whatever way one is written, it is judged as what would really be opened."""

import re

import ada_url

from webagent.browser.reach import Refused

_LONGEST = 2_000_000  # characters; Chromium opens no longer ones
_LONGEST_HOST = 255
_NOT_VALID = "That is no valid address; one looks like https://example.org/path."
_DROPPED = re.compile("[\t\n\r]")
_UNSEEN = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
# "shop.example:8080/x" and "localhost:8080": what stands before the colon is no scheme.
_HOST_AND_PORT = re.compile(r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+):[0-9]{1,5}(?:[/?#]|$)", re.IGNORECASE)
_DEFAULT_PORTS = {"http:": 80, "https:": 443}


def parse_url(url: str) -> ada_url.URL:
    """Return `url` as the WHATWG's rules read it, "http://" before it where it has no scheme.

    Raises:
        Refused: it is not valid.
    """
    if len(url) > _LONGEST:
        raise Refused(f"An address of {len(url):,} characters is too long to be opened.")
    # What a browser drops must not hide a scheme.
    seen = _DROPPED.sub("", url).strip(_UNSEEN)
    if not seen or seen[0] in "/\\":
        raise Refused("An address begins with http:// or https://.")
    if _SCHEME.match(seen) is None or _HOST_AND_PORT.match(seen):
        seen = f"http://{seen}"
    try:
        return ada_url.URL(seen)
    except (ValueError, UnicodeError):
        raise Refused(_NOT_VALID) from None


def is_data(url: object) -> bool:
    """Return whether `url` holds its own page (`data:`)."""
    return isinstance(url, str) and _DROPPED.sub("", url[:1000]).lstrip(_UNSEEN)[:5].lower() == "data:"


def host_of(url: ada_url.URL) -> tuple[str, int]:
    """Return the host, in ASCII, and the port that a parsed http or https url leads to.

    Raises:
        Refused: it carries a name or password, which pages use to look like others, or is too long for a host.
    """
    if url.username or url.password:
        raise Refused("An address with a user name or a password before an @ is not opened; leave that part out.")
    if len(url.hostname) > _LONGEST_HOST:
        raise Refused(_NOT_VALID)
    return url.hostname, int(url.port) if url.port else _DEFAULT_PORTS[url.protocol]
