"""Uses of the servers of GGUF files: the agents of a program share one for each, which ends with the last of them."""

import os
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field

from webagent.gguf_server import GgufWanted, LlamaServer, given_up


@dataclass(eq=False)
class _Shared:
    """A server and its users. Loaded is what it is once the first of them has seen to it."""

    server: LlamaServer
    loaded: Future[LlamaServer] = field(default_factory=Future)
    loading: bool = False
    users: int = 0

    @property
    def usable(self) -> bool:
        """Whether it is loaded or being loaded."""
        return not self.server.was_left and (not self.loaded.done() or self.server.alive)


_shared: dict[GgufWanted, _Shared] = {}
# A user can be collected as garbage in the middle of what is done under the lock.
_lock = threading.RLock()


class ServerUse:
    """One use of the server of a GGUF file. All uses share one, which ends with the last of them.

    Args:
        wanted: what is to be served. Nothing is started yet.
    """

    def __init__(self, wanted: GgufWanted) -> None:
        self._wanted, self._ended = wanted, False
        with _lock:
            shared = _shared.setdefault(wanted, _Shared(LlamaServer(wanted)))
            shared.users += 1  # from here on nobody ends it
            if not shared.usable:
                shared.users -= 1
                shared = _shared[wanted] = _Shared(LlamaServer(wanted), users=1)
        self._shared = shared

    def load(self) -> LlamaServer:
        """Return the server, once it is loaded; whoever comes second waits for the first.

        Raises:
            ModelConfigurationError: it could not be loaded.
        """
        shared, ours = self._shared, False
        try:
            with _lock:
                ours, shared.loading = not shared.loading, True
            if ours:
                shared.server.load()
                shared.loaded.set_result(shared.server)
        except BaseException as error:
            if ours and not shared.loaded.done():
                with _lock:
                    if _shared.get(self._wanted) is shared:
                        del _shared[self._wanted]  # whoever asks next tries again
                # An interrupt is for the thread that was interrupted.
                shared.loaded.set_exception(error if isinstance(error, Exception) else given_up(self._wanted))
            raise
        return shared.loaded.result()

    def end(self) -> None:
        """End it: the server ends where this was the last use. May be called at any time, and twice."""
        with _lock:
            if self._ended:
                return
            self._ended = True
            self._shared.users -= 1
            last = not self._shared.users
            if last and _shared.get(self._wanted) is self._shared:
                del _shared[self._wanted]
        if last:
            self._shared.server.close()


def _forget() -> None:
    """Leave uses to the process that this one was forked from, and whoever holds the lock there."""
    global _lock
    _lock = threading.RLock()
    _shared.clear()


os.register_at_fork(after_in_child=_forget)
