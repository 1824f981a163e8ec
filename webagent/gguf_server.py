"""Servers of llama.cpp for GGUF files: checked, started on loopback, and ended with the program at the latest."""

import atexit
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from webagent.errors import ModelConfigurationError
from webagent.gguf_file import PICTURES, GgufHeader, find_gguf
from webagent.keys import KEY_VARIABLES
from webagent.text import one_line

IMAGE_MIN_TOKENS = 1024
"""Tokens of a picture at least: with fewer, Qwen2.5-VL points beside what it means."""
LEAST_CONTEXT, MOST_CONTEXT = 16_384, 32_768
"""Tokens of context: fewer hold few pages; more waste memory. A model gets none that it was not trained for."""
SMALLER = "take a file of fewer bits (Q4_K_M), or a smaller model"
"""What helps where memory does not suffice, worded to follow a colon."""

_PACKAGE = "xllamacpp"
_LINES = 200  # of the log, kept to say why it ended
_ENDS_WITHIN = 2.0  # seconds, when its connection has broken off
# What it needs of the environment: programs and libraries, and the choice of a card. Keys stay out of it.
_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
)  # fmt: skip
_ENVIRONMENTS = ("CUDA_", "GGML_", "HIP_", "HSA_", "ROCR_", "VK_", "OMP_", "LC_")
_KEYS = frozenset().union(*KEY_VARIABLES.values())
_LIKE_A_KEY = re.compile("(?i)KEY|TOKEN|SECRET|PASSWORD")
_STAMP = re.compile(r"^[\d.]+ [A-Z] +")
_ERROR = re.compile(r"^[\d.]+ E ")
_FATAL = re.compile(r"GGML_ASSERT|what\(\):|^\w*Error: ")
_OUT_OF_MEMORY = re.compile(
    r"(?i)out of memory|insufficient memory|(?:failed|unable) to allocate|cannot allocate memory|bad_alloc|mem_buffer"
)


@dataclass(frozen=True)
class GgufWanted:
    """What is to be served."""

    model: Path
    """A GGUF file; of a model in several, the first."""
    mmproj: Path | None = None
    """The GGUF file of its part for pictures; None: it does not see."""


def check_gguf(name: str, mmproj: Path | None) -> GgufWanted:
    """Return what is to be served for `gguf/NAME`, as far as is seen without loading anything.

    Args:
        name: path of a file.
        mmproj: the part for pictures; None takes the one beside the file, where there is one alone that fits.

    Raises:
        ModelConfigurationError: the extra is missing, or a file is, or is of another kind.
    """
    if not name.strip("/"):
        raise ModelConfigurationError(
            "--model gguf/ names no file: write gguf/ and the path of one, as in "
            "gguf/models/Qwen2.5-VL-7B-Instruct-Q4_K_M.gguf"
        )
    path = Path(name)
    with suppress(RuntimeError):  # of a user that there is not
        path = path.expanduser()
    model = find_gguf(path)
    said = one_line(path, 300)
    if model.architecture == PICTURES:
        raise ModelConfigurationError(
            f"{said} is the part of a model that looks at pictures: name it with --mmproj, and the model with --model"
        )
    if model.part:
        raise ModelConfigurationError(
            f"{said} is part {model.part + 1} of a model in several files: name the first of them (-00001-of-…)"
        )
    if mmproj is not None and find_gguf(mmproj).architecture != PICTURES:
        raise ModelConfigurationError(
            f"--mmproj {one_line(mmproj, 300)} is no part for pictures: give the mmproj-….gguf that was published with "
            "the model"
        )
    _packages()
    return GgufWanted(path.absolute(), mmproj.absolute() if mmproj is not None else _beside(path, model))


def header_of(wanted: GgufWanted) -> GgufHeader:
    """Return what the model's file says of itself.

    Raises:
        ModelConfigurationError: it is gone.
    """
    return find_gguf(wanted.model)


def _beside(path: Path, model: GgufHeader) -> Path | None:
    """Return the one part for pictures that lies beside a model and may belong to it; None where there is no such."""
    try:
        named = sorted(one for one in path.absolute().parent.iterdir() if _is_mmproj(one.name))
    except OSError:
        return None
    found = []
    for one in named[:20]:
        with suppress(ModelConfigurationError):
            part = find_gguf(one)
            if part.architecture == PICTURES and 0 < part.width == model.width:  # a library reads it: no guesses
                found.append(one)
    return found[0] if len(found) == 1 and found[0].name.isprintable() else None


def _is_mmproj(name: str) -> bool:
    return name.lower().startswith("mmproj") and name.lower().endswith(".gguf")


def context_for(model: GgufHeader) -> int:
    """Return how many tokens of context it gets: llama.cpp gives none that the model was not trained for."""
    return min(model.context, MOST_CONTEXT) if model.context else LEAST_CONTEXT


def short_context(model: GgufHeader) -> str:
    """Return what the user must be told of a model whose context is short; empty: it is not."""
    if context_for(model) >= LEAST_CONTEXT:
        return ""
    return (
        f"it was trained for {model.context:,} tokens of context, and a long page, or a few pictures, may not fit into "
        f"them: {LEAST_CONTEXT:,} mostly do"
    )


def _packages() -> Path:
    """Return the folder that holds xllamacpp.

    Raises:
        ModelConfigurationError: it is not installed, or only its empty folder is left.
    """
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ModelConfigurationError(
            "a GGUF file is run by llama.cpp from the package xllamacpp, which is not installed here: "
            "pip install xllamacpp (the extra gguf), or serve the file (llama.cpp, Ollama) and give its --api-base"
        )
    return Path(found.origin).parent.parent


class LlamaServer:
    """A server of llama.cpp. It is there once it is loaded.

    It belongs to the process that made it: one that is forked from that can neither ask it nor end it.

    Args:
        wanted: what it is to serve.

    Attributes:
        wanted: likewise.
        address: where it listens, on 127.0.0.1, once it is loaded.
        port: its port.
        key: without it, it answers nobody.
    """

    address = ""
    port = 0

    def __init__(self, wanted: GgufWanted) -> None:
        self.wanted, self.key = wanted, secrets.token_urlsafe(32)
        self._owner, self._closed = os.getpid(), False
        self._log: deque[str] = deque(maxlen=_LINES)

    def load(self) -> None:
        """Start it and load the model.

        Raises:
            ModelConfigurationError: it could not be loaded.
        """
        from webagent.browser.watchdog import Watchdog

        if self._closed:
            raise given_up(self.wanted)
        told = {
            "packages": str(_packages()),
            "model": str(self.wanted.model),
            "mmproj": str(self.wanted.mmproj or ""),
            "name": self.wanted.model.stem,
            "key": self.key,
            "context": context_for(header_of(self.wanted)),
            "image_min_tokens": IMAGE_MIN_TOKENS,
            "threads": _threads(),
        }
        _running.add(self)
        try:
            self._watchdog = Watchdog()  # kills it when this process is gone, however that came about
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__).with_name("gguf_child.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                process_group=self._watchdog.group,
                env=_environment(),
                cwd="/",
            )
            self._reading = threading.Thread(target=self._read_log, name="webagent llama.cpp", daemon=True)
            self._reading.start()
            assert self._process.stdin is not None and self._process.stdout is not None
            with suppress(OSError, ValueError):  # it ended at once, or was closed
                self._process.stdin.write(json.dumps(told).encode() + b"\n")
                self._process.stdin.flush()
            line = b"" if self._closed else self._process.stdout.readline()
            if not line:
                raise self._not_loaded()
            self.address = json.loads(line)["address"]
            self.port = int(self.address.rpartition(":")[2])
        except (OSError, RuntimeError, ValueError) as error:  # no process, no thread; or it was closed meanwhile
            why = self._not_loaded() if self._closed else _not_started(error)
            self.close()
            raise why from error
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it runs, and is this process's."""
        process = getattr(self, "_process", None)
        return os.getpid() == self._owner and process is not None and process.poll() is None

    def ended(self) -> str | None:
        """Return in words how it ended; None where it still runs."""
        if os.getpid() != self._owner:
            return "it belongs to the process that this one was forked from"
        if self._closed:
            return "it was closed"
        try:
            code = self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            return None
        self._reading.join(_ENDS_WITHIN)
        said = self._telling(loading=not self.address)
        return f"{_how(code)}{': ' if said else ''}{said}"

    @property
    def was_left(self) -> bool:
        """Whether it is gone for this process because it was ended, or forked from: there is nothing wrong with it."""
        return self._closed or os.getpid() != self._owner

    def out_of_memory(self) -> bool:
        """Return whether it ended because memory had run out, as far as that can be told."""
        if self.was_left:
            return False
        killed = self._process.returncode == -signal.SIGKILL  # by the system; nobody else does it
        return killed or any(_OUT_OF_MEMORY.search(line) for line in list(self._log))

    def close(self) -> None:
        """End it. May be called at any time, and twice; does nothing in a process that was forked from its own."""
        if os.getpid() != self._owner:
            return
        process, watchdog = getattr(self, "_process", None), getattr(self, "_watchdog", None)
        self._closed = self._closed or process is None or process.poll() is None  # and did not end by itself
        _running.discard(self)
        if watchdog is not None:
            watchdog.close()
        if process is None:
            return
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as log:
            for line in iter(lambda: log.readline(10_000), b""):
                if text := line.decode("utf-8", "replace").strip():
                    self._log.append(text)

    def _telling(self, *, loading: bool) -> str:
        """Return the line of the log that says what was wrong; empty where none does.

        The first error is what happened, the others are what came of it. Once it is loaded, errors are of requests.
        """
        lines = list(self._log)
        told = [line for line in reversed(lines) if _FATAL.search(line)]
        told += [line for line in lines if loading and _ERROR.search(line)]
        return one_line(_STAMP.sub("", told[0]), 200) if told else ""

    def _not_loaded(self) -> ModelConfigurationError:
        if self._closed:
            return given_up(self.wanted)
        how = self.ended() or "it closed its pipe"
        model, mmproj = one_line(self.wanted.model, 300), self.wanted.mmproj
        log = "\n".join(list(self._log))
        if self.out_of_memory():
            return ModelConfigurationError(f"{model} does not fit into memory ({how}): {SMALLER}")
        if mmproj is not None and re.search(r"CLIP|clip_|mtmd|multimodal", how + log) and "common_init" not in log:
            return ModelConfigurationError(
                f"--mmproj {one_line(mmproj, 300)} could not be loaded with {model} ({how}): give the mmproj-….gguf "
                "that was published with that very model"
            )
        return ModelConfigurationError(
            f"{model} could not be loaded by llama.cpp ({how}): was it downloaded whole, and is xllamacpp new enough "
            "for it (pip install -U xllamacpp)?"
        )


def _not_started(error: Exception) -> ModelConfigurationError:
    return ModelConfigurationError(
        f"llama.cpp could not be started ({one_line(getattr(error, 'strerror', None) or error)}): is there memory, and "
        "may a process be started?"
    )


def given_up(wanted: GgufWanted) -> ModelConfigurationError:
    """Return what is said where loading was broken off."""
    return ModelConfigurationError(
        f"loading {one_line(wanted.model, 300)} was given up before it was done: load it again"
    )


def _how(code: int) -> str:
    if code < 0:
        with suppress(ValueError):
            return f"it was ended by {signal.Signals(-code).name}"
    return f"it ended with {code}"


def _threads() -> int | None:
    """Return how many threads are to compute, where llama.cpp's own variable says so; it takes one a core else."""
    told = os.environ.get("LLAMA_ARG_THREADS", "")
    return int(told) if re.fullmatch(r"[1-9][0-9]{0,3}", told) else None


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if (name in _ENVIRONMENT or name.startswith(_ENVIRONMENTS))
        and name not in _KEYS
        and not _LIKE_A_KEY.search(name)
    }


_running: set[LlamaServer] = set()


def open_ports() -> frozenset[int]:
    """Return where the servers of this program listen."""
    return frozenset(server.port for server in list(_running) if server.port and server.alive)


def end_servers() -> None:
    """End every server that this program has started, those that are being loaded too."""
    for server in list(_running):
        server.close()


atexit.register(end_servers)
os.register_at_fork(after_in_child=_running.clear)  # they are the servers of the process that was forked
