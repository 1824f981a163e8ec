"""Puts the report together and writes it."""

import base64
import hashlib
import os
import tempfile
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from webagent.errors import ConfigurationError
from webagent.session.reader import Session
from webagent.session.report.view import view
from webagent.session.report.words import colours
from webagent.text import one_line


def render_report(session: Session) -> str:
    """Return a session as one HTML page that loads nothing and runs no script but its own.

    What comes from pages and models is escaped by the template; beside that, the page's policy names its own script and
    style by their hashes, so that nothing else would run or load even where an escape were missing.
    """
    style = f"{_read('report.css')}\n{colours()}"
    script = _read("report.js")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_read("report.html"))
    return template.render(policy=policy, style=Markup(style), script=Markup(script), **view(session))  # noqa: S704 - ours


def write_report(session: Session, path: Path) -> None:
    """Write a session's report to `path`, readable for its owner alone; what is there is replaced at once.

    Raises:
        ConfigurationError: it cannot be written there.
    """
    page = render_report(session).encode("utf-8", "replace")
    draft = None
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        descriptor, draft = tempfile.mkstemp(prefix=".report-", suffix=".html", dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(page)
        Path(draft).replace(path)
    except OSError as error:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)
        raise ConfigurationError(
            f"the report {one_line(path)} cannot be written ({error.strerror}): name another file with --output"
        ) from error


def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
