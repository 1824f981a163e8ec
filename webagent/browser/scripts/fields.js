// The fields of this document that a person could write into or choose in, open shadow roots included, frames apart.
// Returns a list in document order, at most 300 long: {frame: element} for a frame to be asked by its own call, or
// {element, names, role, locked}: names, the likeliest first; locked: "", "read-only" or "disabled".
"use strict";
// parts: walk, names, fields
const MOST = 300;
const found = [];
try {
  walk(document.documentElement, {
    full: () => found.length >= MOST,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: (node) => {
      const box = boxOf(node);
      if (box.width > 1 && box.height > 1) found[found.length] = { frame: node };
      return null;
    },
    element: (node, tag, style, visible) => {
      const kind = visible ? kindOf(node) : "";
      // Of a text in the page only the whole is a field.
      const inner = kind === "rich" && parent(node) instanceof HTMLElement && isEditable(parent(node));
      if (kind && !inner) {
        found[found.length] = {
          element: node,
          names: callsOf(node),
          role: kind === "rich" ? "textbox" : roleOf(node) || tag,
          locked: node.disabled === true ? "disabled" : node.readOnly === true ? "read-only" : "",
        };
      }
      return true;
    },
  });
} catch {
  // What was found so far is told.
}
return found;
