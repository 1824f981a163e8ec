"""network.har: what pages asked for and got, in HAR 1.2, written as it happens.

The format is that of http://www.softwareishard.com/blog/har-12-spec/; fields that begin with an underscore are ours,
but for `_webSocketMessages`, which is Chromium's. Each entry stands on a line of its own, so that what a killed run has
left can be read.
"""

import json
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from webagent.browser import Browser
from webagent.browser.exchange import Exchange
from webagent.session.har_entry import as_entry
from webagent.session.har_reader import Har, read_har
from webagent.session.pseudonyms import Pseudonyms

_LOG = logging.getLogger("webagent")
_TAIL = b"\n]}}\n"
_SAID = (
    "Values of authorization, cookie and set-cookie headers are pseudonyms; bodies are as they were. "
    "Names, addresses and times of connections were not recorded (-1). Compression is undone."
)


class HarRecorder:
    """Writes each exchange into a HAR file as soon as it is over. The file is whole JSON after each of them.

    Where it cannot be written any more, that is said once, and what stands in it stays.

    Args:
        path: the file; it is written anew.
        browser: name and version.
        about: what a replay needs to know of the browser, see `Har.about`.
        earlier: entries to begin with.

    Raises:
        OSError: it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        *,
        browser: tuple[str, str],
        about: dict[str, Any],
        earlier: Sequence[dict[str, Any]] = (),
    ) -> None:
        self._path, self._pseudonyms = path, Pseudonyms()
        self._failed, self._left_out = False, 0
        head = {
            "version": "1.2",
            "creator": {"name": "webagent", "version": _version()},
            "browser": {"name": browser[0], "version": browser[1]},
            "pages": [],
            "comment": _SAID,
            "_webagent": about,
        }
        text = json.dumps({"log": head}, ensure_ascii=False).removesuffix("}}") + ', "entries": ['
        draft = path.with_name(path.name + ".new")  # what there was stays until this is as good
        draft.unlink(missing_ok=True)
        draft.touch(0o600)
        self._file = draft.open("wb")
        self._file.write(text.encode())
        self._end, self._first = self._file.tell(), True
        for entry in earlier:
            self._append(entry)
        self._file.write(_TAIL)
        self._file.flush()
        draft.replace(path)

    def __call__(self, exchange: Exchange) -> None:
        """Write an exchange."""
        if self._failed:
            return
        entry = as_entry(exchange, self._pseudonyms)
        self._left_out += "_omitted" in entry["response"]["content"] or "_messagesLeftOut" in entry
        try:
            end = self._end
            self._append(entry)
            self._file.write(_TAIL)
            self._file.flush()
        except OSError as error:
            self._failed = True
            _LOG.warning("webagent: the network could not be recorded any more: %s", error.strerror or error)
            with suppress(OSError):  # what is buffered would be tried again when it is closed
                self._file.close()
            with suppress(OSError), self._path.open("r+b") as file:
                file.truncate(end)
                file.seek(end)
                file.write(_TAIL)

    def _append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace")
        self._file.seek(self._end)
        self._file.write((b"\n" if self._first else b",\n") + line)
        self._end, self._first = self._file.tell(), False

    def close(self) -> None:
        """Close the file, and say what a replay will miss."""
        with suppress(OSError):
            self._file.close()
        if self._left_out:
            what = "body was" if self._left_out == 1 else "bodies were"
            _LOG.warning(
                "webagent: %s %s over the limit and left out of network.har, so a replay will miss them: "
                "raise record_limit to keep them",
                self._left_out,
                what,
            )


def record_network(browser: Browser, path: Path, limit_mb: int) -> Callable[[], None]:
    """Begin to write what `browser` exchanges with the network into `path`; return what ends it.

    Args:
        browser: started, with `record_network` among its settings.
        path: the file. What it holds already, of a run that is resumed, is kept; the pseudonyms from now on are others.
        limit_mb: megabytes that a body may have.

    Raises:
        ConfigurationError: it is there, and no HAR.
        OSError: it cannot be written.
    """
    earlier = read_har(path) if path.is_file() else Har([], about=browser.about())
    version = ("Chromium", browser.version)
    recorder = HarRecorder(path, browser=version, about=earlier.about, earlier=earlier.entries)
    if not browser.forget_cache():
        _LOG.warning(
            "webagent: the browser's cache could not be emptied, so what an earlier run has loaded may be missing in "
            "%s: give each record an agent of its own",
            path.name,
        )
    browser.egress.record(recorder, limit_mb * 1_000_000)

    def end() -> None:
        unread = browser.egress.end_record()
        recorder.close()
        if unread:
            _LOG.warning(
                "webagent: what crossed %s could not be read to its end and is missing in %s, so a replay will miss it",
                "a connection" if unread == 1 else f"{unread} connections",
                path.name,
            )

    return end


def _version() -> str:
    try:
        return version("webagent")
    except PackageNotFoundError:
        return "not installed"
