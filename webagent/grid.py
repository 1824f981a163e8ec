"""How a model names points of the page in view: by pixels, or on the grid that its family was trained on."""

import math
from dataclasses import dataclass

PATCH = 28
"""CSS pixels that a point may lie outside of the page in view: models see pictures in patches, and of what stands at
the edge some name a point of the next patch. It is taken to be on the edge."""


@dataclass(frozen=True)
class Grid:
    """A grid laid over the page in view.

    Args:
        view: width and height of the page in view, in CSS pixels.
        size: columns and rows of the grid.
    """

    view: tuple[int, int]
    size: tuple[int, int]

    def __str__(self) -> str:
        across, down = self.size
        return f"{across}x{down}" if self.is_pixels else f"as wide as x from 0 to {across} and as high as y to {down}"

    @property
    def is_pixels(self) -> bool:
        """Whether a point of the grid is a pixel."""
        return self.size == self.view

    def to_pixel(self, x: float, y: float) -> tuple[int, int] | None:
        """Return the pixel under a point of the grid; None where the point lies outside by more than a patch.

        A point that lies outside by less is moved to the edge.
        """
        found = []
        for value, length, view in zip((x, y), self.size, self.view, strict=True):
            if not -PATCH * length <= value * view <= (view + PATCH) * length:  # nan is neither
                return None
            found.append(max(0, min(math.floor(value * view / length), view - 1)))
        return found[0], found[1]

    def in_pixels(self, x: float, y: float) -> tuple[float, float]:
        """Return a distance on the grid in CSS pixels."""
        return x * self.view[0] / self.size[0], y * self.view[1] / self.size[1]

    def from_pixels(self, x: float, y: float) -> tuple[float, float]:
        """Return a place or a distance, given in CSS pixels, on the grid."""
        return x * self.size[0] / self.view[0], y * self.size[1] / self.view[1]
