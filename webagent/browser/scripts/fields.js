// The fields of this document that a person could write into or choose in, open shadow roots included, frames apart.
// arguments[0]: null to look for them; or the number of one that was found when this was last done.
// Returns {fields: [...]} in document order, at most 300: {frame: element} for a frame to be asked by its own call, or
// {names, role, locked}: names, the likeliest first; locked: "", "read-only" or "disabled". Or, for a number, {element}.
// One element is returned at a time: the driver asks each for its parents, and does not return from a form that has a
// field named "parentNode".
"use strict";
// parts: walk, names, fields
const MOST = 300;
const KEY = Symbol.for("webagent.fields");
if (arguments[0] !== null) {
  const kept = Object.getOwnPropertyDescriptor(document, KEY);
  return { element: (kept && Array.isArray(kept.value) && kept.value[arguments[0]]) || null };
}
const found = [];
const nodes = [];
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
        nodes[found.length] = node;
        found[found.length] = {
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
try {
  Object.defineProperty(document, KEY, { value: nodes, enumerable: false, configurable: true });
} catch {
  // Then none of them can be had.
}
return { fields: found };
