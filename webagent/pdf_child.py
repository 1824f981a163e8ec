"""A stranger's PDF, parsed in a process of its own: what hangs there, or eats memory, is ended.

Run as a file by a bare interpreter, so it imports nothing of this package. It reads one line of JSON on standard input,
what is wanted, and then the file; it writes lines of JSON on standard output: how many pages there are, then one for
each page as soon as it is read, so that what was read is not lost where the next page never ends.
"""

import json
import logging
import sys
import time
from io import BytesIO
from typing import Any

_MEMORY = 1024**3  # bytes of address space
_CPU_SECONDS = 15
_LONGEST_PAGE = 200_000
_MOST_EMPTY = 20  # pages without text one after the other: a scan has no other


def main() -> None:
    """Say what the file's pages say, from one of them on, until enough was said."""
    told: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    until = time.monotonic() + told["seconds"]
    _limit()
    sys.path.append(told["packages"])
    logging.disable()
    try:
        _read(sys.stdin.buffer.read(), told["first"], told["chars"], until)
    except MemoryError:
        _say({"error": "memory"})
    except Exception:  # noqa: BLE001 - whatever the parser stumbles over, the file is at fault
        _say({"error": "damaged"})


def _read(data: bytes, first: int, chars: int, until: float) -> None:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        return _say({"error": "locked"})
    pages = reader.get_num_pages()
    _say({"pages": pages})
    said = empty = 0
    for number in range(first, pages + 1):
        if said >= chars or empty >= _MOST_EMPTY or time.monotonic() > until:
            return None
        try:
            text = reader.pages[number - 1].extract_text()[:_LONGEST_PAGE]
            _say({"page": number, "text": text})
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - the other pages may be sound
            text = ""
            _say({"page": number, "text": None})
        said += len(text)
        empty = 0 if text.strip() else empty + 1
    return None


def _limit() -> None:
    try:
        import resource
    except ImportError:  # not on every system
        return
    for kind, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # a lower one holds already
            continue


def _say(message: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
