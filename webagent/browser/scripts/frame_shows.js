// At which points of this viewport a click would land in a frame, and not on what lies over it.
// arguments[0]: the way to the frame: the numbers of the frames to enter from this document, from 0.
// arguments[1]: points, each [x, y] in CSS pixels.
// Returns a list of true and false, one for each point.
"use strict";
// parts: walk, at_point
let view = window;
for (const number of arguments[0]) view = view && view[number];
return arguments[1].map(([x, y]) => {
  try {
    return Boolean(view) && elementAt(x, y).contentWindow === view;
  } catch {
    return false;
  }
});
