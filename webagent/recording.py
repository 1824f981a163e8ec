"""What a run leaves on disk, from its begin to its end: steps, network, cookies."""

import logging
from collections.abc import Callable
from pathlib import Path

from webagent.browser import Browser
from webagent.browser.page import PageState
from webagent.callbacks import KeepCookies, Record
from webagent.callbacks.record import page_record, picture_of
from webagent.ending import Ending
from webagent.errors import ConfigurationError
from webagent.grid import Grid
from webagent.job import Job
from webagent.pointing import as_recorded
from webagent.session.format import Reused
from webagent.session.har import record_network
from webagent.session.prune import prune
from webagent.session.recorder import DOWNLOADS, NETWORK, Recorder
from webagent.settings import Settings

_LOG = logging.getLogger("webagent")


class Recording:
    """Has a run written down as the settings say.

    Nothing here raises because something cannot be written: the answer is worth more than its record.

    Args:
        recorder: writes steps; None records nothing.
        settings: say whether network and cookies are recorded.
        browser: whose network and cookies these are.
        record: the step callback that the recorder is given to.
        cookies: likewise, for the cookies.
    """

    def __init__(
        self, recorder: Recorder | None, settings: Settings, browser: Browser, record: Record, cookies: KeepCookies
    ) -> None:
        self._recorder, self._settings, self._browser = recorder, settings, browser
        self._record, self._cookies = record, cookies
        self._end_network: Callable[[], None] = lambda: None

    @property
    def folder(self) -> Path | None:
        """The session folder; None where there is none."""
        return self._recorder.folder if self._recorder is not None and self._recorder.folder.is_dir() else None

    def begin(self, job: Job) -> None:
        """Begin with a run, on a browser that is ready."""
        self._record.begin(self._recorder, job.before)
        self._cookies.begin(self.folder if self._settings.keep_cookies else None)
        keeps = self._recorder if self._settings.downloads else None
        self._browser.downloads.into(keeps.folder / DOWNLOADS if keeps is not None else None)
        if self._recorder is None:
            return
        settings = self._settings
        prune(
            settings.session_dir,
            max_days=settings.sessions_max_days,
            max_mb=settings.sessions_max_mb,
            keep=[self._recorder.folder, *([job.reused.folder] if job.reused is not None else [])],
        )
        if job.session is not None:
            self._cookies.restore(self._recorder.folder)
        if settings.record and settings.record_network:  # as of the browser, which sees into it only then
            self._begin_network(self._recorder)

    def _begin_network(self, recorder: Recorder) -> None:
        try:
            self._end_network = record_network(self._browser, recorder.folder / NETWORK, self._settings.record_limit)
        except ConfigurationError:
            recorder.release()
            raise
        except OSError as error:
            _LOG.warning("webagent: the network could not be recorded: %s", error.strerror or error)

    def opened(self, page: PageState) -> None:
        """Record the page that a run begins on."""
        if self._recorder is None:
            return
        try:
            self._recorder.opened(page_record(page), picture_of(page))
        except OSError as error:
            _LOG.warning("webagent: the first page could not be recorded: %s", error.strerror or error)

    def end(self, end: Ending, reused: Reused | None) -> None:
        """Record how the run ended, and what it took from an earlier session."""
        if self._recorder is None:
            return
        self._cookies()
        self._end_network()
        self._recorder.info.reused = reused or self._recorder.info.reused
        try:
            self._recorder.close(outcome=end.outcome, reason=end.reason, answer=end.answer)
        except OSError as broken:
            _LOG.warning("webagent: the end of the run could not be recorded: %s", broken.strerror or broken)


def new_recorder(
    settings: Settings, job: Job, browser: Browser, *, model: str, box: str, grid: Grid
) -> Recorder | None:
    """Return what writes a new run down; None where the settings say that nothing does.

    Args:
        settings: what the run is told.
        job: what it is about to do.
        browser: which has started.
        model: the model's name.
        box: what the model's code runs in.
        grid: on which the model names points.

    Raises:
        ConfigurationError: the folder for sessions cannot be written.
    """
    if not settings.record:
        return None
    return Recorder(
        settings.session_dir,
        task=job.task.text,
        model=model,
        settings=as_recorded(settings, grid),
        url=job.url,
        images=job.pictures,
        versions={
            "browser": browser.version + ("" if browser.sandboxed else " (--no-sandbox)"),
            "chromedriver": browser.driver_version,
            "sandbox": box,
        },
    )
