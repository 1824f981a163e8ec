"""A selenium `WebDriver` without a browser of its own: its commands are handed to whoever has one."""

from collections.abc import Callable
from typing import Any

from selenium.webdriver.chrome.options import Options
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.file_detector import UselessFileDetector
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver

Send = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Takes a WebDriver command's name and parameters, returns the driver's response as selenium's connections do."""


class _Connection(RemoteConnection):
    def __init__(self, send: Send) -> None:
        super().__init__(client_config=ClientConfig(remote_server_addr="http://attached.invalid"), ignore_proxy=True)
        self._send = send

    def execute(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._send(command, params)


class AttachedDriver(WebDriver):
    """A driver attached to a session that somebody else started and owns.

    Args:
        send: where its commands go.
        session_id: the session's id.
        capabilities: the session's capabilities.
    """

    def __init__(self, send: Send, session_id: str, capabilities: dict[str, Any]) -> None:
        self._attach_to = (session_id, capabilities)
        # Selenium's default detector would upload a local file whose path happens to be typed into a field.
        super().__init__(command_executor=_Connection(send), options=Options(), file_detector=UselessFileDetector())

    def start_session(self, capabilities: dict[str, Any]) -> None:
        """Take over the session instead of starting one."""
        self.session_id, self.caps = self._attach_to
