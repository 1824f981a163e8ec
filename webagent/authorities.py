"""Whose certificates are trusted, where the environment names a file of them."""

import os
import ssl

from webagent.errors import ConfigurationError
from webagent.text import one_line


def check_authorities() -> None:
    """Return if the file of authorities that the environment names can be read, by us and by whoever asks the model.

    Raises:
        ConfigurationError: it cannot.
    """
    path = os.environ.get("SSL_CERT_FILE")
    if not path:
        return
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        why = (
            error.strerror if not isinstance(error, ssl.SSLError) and isinstance(error, OSError) else "no certificates"
        )
        raise ConfigurationError(
            f"SSL_CERT_FILE names {one_line(path, 200)}, which cannot be read as a file of authorities "
            f"({one_line(why or error, 80)}): correct it, or unset it"
        ) from error
