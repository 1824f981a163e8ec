"""On which grid the model of a run names points, and that of a session did."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from webagent.errors import ConfigurationError
from webagent.families import Rules, rules_for
from webagent.grid import Grid
from webagent.model import rules_of
from webagent.session.format import two_numbers
from webagent.settings import Settings

if TYPE_CHECKING:
    from smolagents import Model

    from webagent.session.reader import Session


def lay_grid(settings: Settings, model: "Model | None" = None) -> Grid:
    """Return the grid on which the model names points of the page in view.

    Args:
        settings: of the run.
        model: one of the user's own; None: the one that the settings name.
    """
    view = settings.viewport
    if model is None:
        rules = rules_of(settings)
    elif (fitting := getattr(model, "fitting", None)) is not None:
        fitting.look_at(view)
        rules = fitting.rules
    else:  # what it makes of pictures is its own
        known = rules_for(str(getattr(model, "model_id", None) or ""), kind=str(getattr(model, "kind", "")))
        rules = Rules(coordinates=known.coordinates)
    return Grid(view, settings.coordinates or rules.grid(view))


def as_recorded(settings: Settings, grid: Grid) -> dict[str, Any]:
    """Return the settings as a session has them: with the grid, where that is not the pixels."""
    if grid.is_pixels:
        settings = settings.model_copy(update={"coordinates": None})
    else:
        settings = settings.model_copy(update={"coordinates": grid.size})
    return settings.public()


def grid_of(settings: Mapping[str, Any]) -> Grid:
    """Return the grid of a session, by its recorded settings."""
    view = two_numbers(settings.get("viewport")) or Settings().viewport
    return Grid(view, two_numbers(settings.get("coordinates")) or view)


def check_grid(session: "Session", grid: Grid) -> None:
    """Return if the recorded steps name points as this run's model does, which goes on from them.

    Raises:
        ConfigurationError: they do not.
    """
    theirs = grid_of(session.info.settings)
    if theirs.size == grid.size or (theirs.is_pixels and grid.is_pixels):
        return
    sizes = ["x".join(map(str, one.size)) for one in (theirs, grid)]
    raise ConfigurationError(
        f"the steps of the session {session.folder.name} name points on a grid of {sizes[0]}, and this run's model on "
        f"one of {sizes[1]}: add --coordinates {sizes[0]} where the model can do that, or begin anew"
    )
