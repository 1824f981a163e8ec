// At which points of this viewport a click would land in a frame, and not on what lies over it.
// arguments[0]: the frame element. arguments[1]: points, each [x, y] in CSS pixels.
// Returns a list of true and false, one for each point.
"use strict";
// parts: walk, at_point
const [frame, points] = [arguments[0], arguments[1]];
return points.map(([x, y]) => {
  try {
    return elementAt(x, y) === frame;
  } catch {
    return false;
  }
});
