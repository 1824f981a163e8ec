"""A task as the command line gives it, checked before anything heavy is loaded."""

import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from webagent.errors import ConfigurationError
from webagent.task import Task, web_url


def make_task(words: Sequence[str], *, url: str | None, images: Sequence[str]) -> Task:
    """Return the task that the arguments give.

    Args:
        words: one argument, the task; "-" reads it from stdin.
        url: page to open first.
        images: paths of picture files.

    Raises:
        ConfigurationError: the task is empty, more than one argument or no text; an address or a picture is none.
    """
    if len(words) > 1:
        raise ConfigurationError(f'the task is one argument: put it in quotes, as in webagent "{" ".join(words)}"')
    text = _stdin() if list(words) == ["-"] else "".join(words)
    if not text.strip():
        where = "standard input held no task" if list(words) == ["-"] else "the task is empty"
        raise ConfigurationError(f"{where}: say in words what to do")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ConfigurationError("the task is not text in UTF-8: write it in that encoding")
    if url is not None and not url.strip():
        raise ConfigurationError("--url is empty: give an address or leave it out")
    if url is not None and urlsplit(web_url(url)).username is not None:
        raise ConfigurationError(
            "--url holds a name or a password before an @, which is not sent to pages: leave that part out"
        )
    for image in images:
        if not _expanded(image).is_file():
            raise ConfigurationError(f"there is no picture at {image}: --image takes the path of a picture file")
    return Task(text=text, url=url, images=list(images))


def session_to_reuse(named: str | None, folder: Path) -> Path | None:
    """Return the folder of the session that `--reuse` names; None where it names none.

    Args:
        named: as the user wrote it.
        folder: where sessions are kept.

    Raises:
        ConfigurationError: there is no such session, or it cannot be read.
    """
    if named is None:
        return None
    from webagent.session.locate import find_session
    from webagent.session.reader import read_session

    return read_session(find_session(named, folder)).folder


def _expanded(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # no such user
        return Path(path)


def _stdin() -> str:
    if sys.stdin is None:
        return ""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError("the task on standard input is not text in UTF-8: save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(
            f"the task cannot be read from standard input ({error.strerror}): give it as an argument"
        ) from None
