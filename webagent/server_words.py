"""What a model's server says of a request that it did not take, in its own words alone."""


def server_words(error: BaseException) -> str:
    """Return what the server said; empty where it said nothing that is understood.

    Beside its words it may repeat the request, which holds words of pages: these are left out.

    Args:
        error: of the client that asked; its `body` is what came back.
    """
    body = getattr(error, "body", None)
    said = (body.get("message") or body.get("detail")) if isinstance(body, dict) else body
    if isinstance(said, list):  # of FastAPI, one for each thing that is wrong
        said = "; ".join(str(one.get("msg")) for one in said if isinstance(one, dict))
    return str(said or "")
