"""The exact size of the page, in every tab."""

from dataclasses import dataclass, field

from selenium.webdriver.remote.webdriver import WebDriver


@dataclass
class Viewport:
    """Width and height in CSS pixels, at device pixel ratio 1, so that a pixel of the picture is a pixel of the page.

    A window's size is not its viewport's, and Chromium's override holds for one tab: each new one needs its own.
    """

    width: int
    height: int
    _done: set[str] = field(default_factory=set)

    def apply(self, driver: WebDriver, *, again: bool = False) -> None:
        """Give the current tab this viewport, unless it has it (`again`: even then). Chromium only."""
        handle = driver.current_window_handle
        if again or handle not in self._done:
            driver.execute(
                "executeCdpCommand",
                {
                    "cmd": "Emulation.setDeviceMetricsOverride",
                    "params": {
                        "width": self.width,
                        "height": self.height,
                        "deviceScaleFactor": 1,
                        "mobile": False,
                    },
                },
            )
            self._done.add(handle)
