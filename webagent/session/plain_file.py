"""Reading a file of a session folder, which may be a stranger's: no links, and nothing that could be read for ever."""

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read, or is a link, a pipe, a device or a folder.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        opened = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link: put the file in its place", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    with os.fdopen(opened, "rb") as file:
        return file.read()
