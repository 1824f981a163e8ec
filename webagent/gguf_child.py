"""llama.cpp's server, in a process of its own: a crash in it is not ours, and it has neither our keys nor our terminal.

Run as a file by a bare interpreter, so it imports nothing of this package. It reads one line of JSON on standard input,
the settings with the key in them, which stand in no argument and no variable; writes one line of JSON on standard
output, the address, once the model is loaded; and ends when its standard input does. Its log goes to stderr.
"""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Load the model, serve it, and end with standard input."""
    told: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    answer = os.dup(1)
    os.dup2(2, 1)  # what the library prints is log
    sys.path.append(told["packages"])
    import xllamacpp

    how = xllamacpp.CommonParams()
    how.model.path = told["model"]
    if told["mmproj"]:
        how.mmproj.path = told["mmproj"]
        how.image_min_tokens = told["image_min_tokens"]
    how.model_alias = {told["name"]}
    how.hostnames = ["127.0.0.1"]
    how.port = 0  # the system chooses a free one
    how.api_keys = [told["key"]]
    how.n_ctx = told["context"]
    how.n_parallel = 1
    how.ui = how.endpoint_slots = False
    if told["threads"]:
        how.cpuparams.n_threads = how.cpuparams_batch.n_threads = told["threads"]
    try:
        server = xllamacpp.Server(how)
    except RuntimeError:  # its log says why
        os._exit(1)
    os.write(answer, json.dumps({"address": server.listening_address}).encode() + b"\n")
    sys.stdin.buffer.read()
    os._exit(0)  # its own end would wait for a reply that nobody reads any more


if __name__ == "__main__":
    main()
