"""Opening a file of a session folder, which may be a stranger's: no link, and nothing that could be read for ever."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_plain(path: Path) -> BinaryIO:
    """Open a file.

    Raises:
        FileNotFoundError: there is none.
        OSError: it cannot be read; ELOOP: it is a link; EINVAL: it is a pipe, a device or a folder.
    """
    # Without O_NONBLOCK a pipe would be waited for. What is looked at is what is read: both by the descriptor.
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "it is a link: put the file in its place", str(path)) from None
        raise
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return os.fdopen(opened, "rb")


def read_plain(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: as of `open_plain`.
    """
    with open_plain(path) as file:
        return file.read()
