"""Which session a person means."""

from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.listing import list_sessions
from webagent.text import one_line

LAST = "last"


def find_session(named: str, folder: Path) -> Path:
    """Return the folder of the session that `named` means.

    Args:
        named: path of a session folder or of a file in it; name of a folder in `folder`, or how such a name begins or
            ends, if no other does; `last` for the newest there, and `./last` for a folder of that name. Hidden folders
            are no sessions.
        folder: where sessions are kept.

    Raises:
        ConfigurationError: it means none, or several.
    """
    if named == LAST:
        entries, _ = list_sessions(folder)
        if not entries:
            raise ConfigurationError(f"there are no sessions in {folder}: name the folder of one")
        return entries[0].folder
    try:
        path = Path(named).expanduser()
    except RuntimeError:  # no such user
        path = Path(named).absolute()
    inside: list[Path] = []
    try:
        if path.is_dir():
            return path
        if path.is_file() and (path.parent / "session.json").is_file():
            return path.parent
        if folder.is_dir():
            inside = [one for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")]
    except (OSError, ValueError):
        inside = []
    found = [one for one in inside if one.name == named] or [
        one for one in inside if one.name.startswith(named) or one.name.endswith(named)
    ]
    if len(found) > 1:
        raise ConfigurationError(
            f"{one_line(named, 80)!r} means {len(found)} of the sessions in {folder}: give more of the name"
        )
    if not found:
        raise ConfigurationError(
            f"there is no session {one_line(named, 80)!r}, neither as a folder nor in {folder}: "
            'see "webagent sessions" for what there is'
        )
    return found[0]
