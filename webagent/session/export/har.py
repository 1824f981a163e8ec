"""`--to har`: the recorded network, as it is."""

import json
from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.export.files import HOLDS_BODIES, inside, write
from webagent.session.har_reader import read_har
from webagent.session.reader import Session
from webagent.session.recorder import NETWORK
from webagent.text import one_line


def export_har(session: Session, path: Path, *, force: bool) -> list[str]:
    """Copy the session's HAR to `path`; return what a person should know of it.

    Raises:
        ConfigurationError: there is none, it is none, or it cannot be written.
    """
    data = whole_har(session)
    if data is None:
        raise ConfigurationError(
            f"the session {one_line(session.folder.name)} holds no {NETWORK}: record the task again with "
            "--record-network"
        )
    write(path, data, force=force, private=True)
    return [HOLDS_BODIES.format(path.name)]


def whole_har(session: Session) -> bytes | None:
    """Return the session's HAR, without what a killed run left half written; None where it has none.

    Raises:
        ConfigurationError: it is none.
    """
    file = inside(session.folder, NETWORK)
    if file is None:
        return None
    har = read_har(file)
    data = file.read_bytes()
    if not har.cut:
        return data
    head = data.partition(b"\n")[0]  # only our own are read though they are cut; their entries stand on a line each
    entries = (json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") for entry in har.entries)
    return head + b"\n" + b",\n".join(entries) + b"\n]}}\n"
