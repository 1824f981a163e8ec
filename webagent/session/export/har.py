"""`--to har`: the recorded network, as it is."""

from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.export.files import inside, write
from webagent.session.reader import Session

NETWORK = "network.har"


def export_har(session: Session, path: Path, *, force: bool) -> list[str]:
    """Copy the session's HAR to `path`; return what a person should know of it.

    Raises:
        ConfigurationError: there is none, or it cannot be written.
    """
    har = inside(session.folder, NETWORK)
    if har is None:
        raise ConfigurationError(
            f"the session {session.folder.name} holds no {NETWORK}: record the task again with --record-network"
        )
    try:
        data = har.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{har} cannot be read: {error.strerror}") from None
    write(path, data, force=force)
    return []
