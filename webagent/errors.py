"""Every error a user of webagent can meet.

    WebAgentError
    ├── ConfigurationError        wrong usage or settings: exit code 2
    │   ├── BrowserNotFound         no Chromium, Chrome or driver to start
    │   ├── ModelConfigurationError the model's name, address or key is wrong
    │   └── NoSandbox               the model's code cannot be boxed on this system
    └── TaskError                 the task could not be done: exit code 1
        ├── PageNotOpened           the start page did not open as a page
        ├── BrowserDied             the browser ended while the agent was at work
        ├── WorkerDied              the worker that runs the model's code could not be kept alive
        ├── ModelFailed             the model's server failed, timed out or refused the request
        └── SessionExhausted        a replayed session was asked for more replies than it holds

A message is one sentence that says what is wrong and how to mend it; it is shown as it stands.
"""


class WebAgentError(Exception):
    """Base of all errors below; its text is meant for a person."""

    exit_code = 1


class ConfigurationError(WebAgentError):
    """Wrong usage or settings. Nothing was tried."""

    exit_code = 2


class BrowserNotFound(ConfigurationError):
    """There is no browser or driver that could be started."""


class ModelConfigurationError(ConfigurationError):
    """The model's name, address or key is wrong."""


class NoSandbox(ConfigurationError):
    """The box for the model's code does not work on this system."""


class TaskError(WebAgentError):
    """The task could not be done."""


class PageNotOpened(TaskError):
    """The start page did not open as a page: no such host, refused, a download."""


class BrowserDied(TaskError):
    """The browser or its driver ended while the agent was at work."""


class WorkerDied(TaskError):
    """The worker process that runs the model's code could not be started or kept alive."""


class ModelFailed(TaskError):
    """The model's server failed, timed out or refused the request."""


class SessionExhausted(TaskError):
    """A replayed session was asked for more replies than it holds."""
