"""What pages have the browser download: kept in one folder, under names of ours, up to a size; never opened."""

import json
import re
import socket
import threading
from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from selenium.webdriver.remote.webdriver import WebDriver
from websocket import WebSocket, WebSocketException

from webagent.browser.devtools import devtools
from webagent.text import one_line

_MOST = 100  # downloads of one browser
_LONGEST_NAME = 120  # characters; file systems take 255 bytes
_ANSWERS = 5.0  # seconds within which the browser answers on its own address
_SOON = 3.0  # seconds that a download is given to end before it is told as one that goes on
_UNFIT = re.compile(r"[^\w .,()\[\]@+=~-]")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

State = Literal["going on", "complete", "refused", "too large", "stopped", "lost"]


@dataclass(frozen=True)
class Download:
    """A file that a page had the browser download."""

    name: str
    """The file's name in the folder, made of what the page called it."""
    state: State
    """"refused" where nothing is downloaded, "too large" past the limit, "stopped" where it broke off; "lost" where
    it could not be written."""
    size: int = 0
    """Bytes so far."""

    def __str__(self) -> str:
        if self.state == "refused":
            return f"{self.name} was not downloaded: downloads are off"
        return f"{self.name} ({_said(self.size)}, {self.state})"


class Downloads:
    """The downloads of one browser, heard of and judged over its own address.

    Args:
        driver: a Chromium driver of this machine.
        folder: an empty private folder for what is not yet complete.
        limit: bytes that one file may have.

    Raises:
        OSError, ValueError, KeyError, websocket.WebSocketException: the browser cannot be heard.
    """

    def __init__(self, driver: WebDriver, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit
        self._into: Path | None = None
        self._found: dict[str, Download] = {}
        self._told: dict[str, State] = {}
        self._changed = threading.Condition()
        url = str(json.loads(devtools(driver, "GET", "version"))["webSocketDebuggerUrl"])
        at = urlsplit(url)
        # A connection of our own: the library would ask a proxy of the environment for what is on this machine.
        connected = socket.create_connection((at.hostname, at.port), _ANSWERS)
        self._socket = WebSocket(enable_multithread=True)
        self._socket.connect(url, socket=connected, suppress_origin=True)  # type: ignore[no-untyped-call]
        self._socket.settimeout(None)
        self._number = 0
        self._send("Browser.setDownloadBehavior", behavior="allowAndName", downloadPath=str(folder), eventsEnabled=True)
        self._thread = threading.Thread(target=self._listen, name="webagent-downloads", daemon=True)
        self._thread.start()

    @property
    def folder(self) -> Path | None:
        """Where downloads are kept; None where they are refused."""
        return self._into

    def into(self, folder: Path | None) -> None:
        """Keep what is downloaded from now on in `folder`, made when it is needed; None refuses it."""
        with self._changed:
            self._into = folder
            self._found.clear()
            self._told.clear()

    def all(self) -> list[Download]:
        """Return the downloads since `into`, in their order."""
        with self._changed:
            return list(self._found.values())

    def news(self) -> list[Download]:
        """Return the downloads that began or ended since this was last asked; what is about to end is waited for."""
        with self._changed:
            self._changed.wait_for(lambda: all(one.state != "going on" for one in self._found.values()), _SOON)
            news = [one for guid, one in self._found.items() if self._told.get(guid) != one.state]
            self._told = {guid: one.state for guid, one in self._found.items()}
        return news

    def close(self) -> None:
        """Hear of no more. What is not complete is dropped with the browser's folders."""
        with suppress(OSError, WebSocketException):
            self._socket.shutdown()  # type: ignore[no-untyped-call]
        self._thread.join(_ANSWERS)

    def _send(self, method: str, **params: Any) -> None:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))

    def _listen(self) -> None:
        with suppress(OSError, WebSocketException, ValueError):
            while text := self._socket.recv():
                message = json.loads(text)
                params = message.get("params") or {}
                if message.get("method") == "Browser.downloadWillBegin":
                    self._begin(str(params["guid"]), str(params.get("suggestedFilename", "")))
                elif message.get("method") == "Browser.downloadProgress":
                    self._go_on(str(params["guid"]), params)

    def _begin(self, guid: str, name: str) -> None:
        with self._changed:
            if guid in self._found or len(self._found) >= _MOST:
                self._cancel(guid)
                return
            taken = {one.name for one in self._found.values()}
            self._found[guid] = Download(free_name(file_name(name), taken), "going on")
            if self._into is None:
                self._end(guid, "refused")
                self._cancel(guid)

    def _go_on(self, guid: str, params: dict[str, Any]) -> None:
        with self._changed:
            one = self._found.get(guid)
            if one is None or one.state != "going on":
                return
            size = int(params.get("receivedBytes") or 0)
            self._found[guid] = replace(one, size=size)
            if max(size, int(params.get("totalBytes") or 0)) > self._limit:
                self._end(guid, "too large")
                self._cancel(guid)
            elif params.get("state") == "completed":
                self._end(guid, "complete" if self._keep(guid, one.name) else "lost")
            elif params.get("state") == "canceled":
                self._end(guid, "stopped")

    def _keep(self, guid: str, name: str) -> bool:
        """Move a complete file to where it is kept; return whether that went well."""
        source = self._folder / guid
        try:
            assert self._into is not None
            self._into.mkdir(mode=0o700, exist_ok=True)
            # Of an earlier part of a run that was resumed there may be some.
            target = self._into / free_name(name, {one.name for one in self._into.iterdir()})
            source.chmod(0o600)
            source.rename(target)
        except OSError:
            return False
        self._found[guid] = replace(self._found[guid], name=target.name, size=target.stat().st_size)
        return True

    def _end(self, guid: str, state: State) -> None:
        self._found[guid] = replace(self._found[guid], state=state)
        self._changed.notify_all()

    def _cancel(self, guid: str) -> None:
        with suppress(OSError, WebSocketException):
            self._send("Browser.cancelDownload", guid=guid)
        with suppress(OSError):
            (self._folder / guid).unlink(missing_ok=True)


def file_name(name: str) -> str:
    """Return the name under which a file is kept that a page calls `name`: a plain one, without folders, not hidden."""
    last = re.split(r"[/\\]", one_line(name, 1000))[-1]
    plain = _UNFIT.sub("_", last.lstrip(" .~-")).rstrip(" .")
    if len(plain) > _LONGEST_NAME:
        stem, dot, kind = plain.rpartition(".")
        plain = f"{stem[: _LONGEST_NAME - 20]}{dot}{kind[:19]}" if dot else plain[:_LONGEST_NAME]
    while len(plain.encode()) > 2 * _LONGEST_NAME:
        plain = plain[1:]
    return f"_{plain}" if _DEVICES.match(plain) else plain or "download"


def free_name(name: str, taken: Container[str]) -> str:
    """Return `name`, numbered where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = _numbered(name, number)
    return found


def _numbered(name: str, number: int) -> str:
    stem, dot, kind = name.rpartition(".")
    return f"{stem} ({number}).{kind}" if dot and stem else f"{name} ({number})"


def _said(size: int) -> str:
    if size < 10_000:
        return f"{size:,} bytes"
    return f"{size / 1000:,.0f} kB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"
