// The element of a mark, or the frame of this document that it is in.
// arguments[0]: the mark's id, as marks.js gave it in this document or, of the same origin, in one around it.
// Returns {element, frame}; both are null where the mark is gone.
"use strict";
const KEY = Symbol.for("webagent.marks");
const out = { element: null, frame: null };
try {
  let mark = null;
  for (let view = window, deep = 0; !mark && deep < 20; view = view.parent, deep += 1) {
    const kept = (Object.getOwnPropertyDescriptor(view.document, KEY) || {}).value;
    mark = (kept && kept.shown.get(arguments[0])) || null;
  }
  let at = mark && mark.isConnected ? mark : null;
  for (let deep = 0; at && at.ownerDocument !== document && deep < 20; deep += 1) {
    at = at.ownerDocument.defaultView.frameElement;
  }
  if (at === mark) out.element = at;
  else out.frame = at;
} catch {
  // A document of another site around this one knows nothing of it.
}
return out;
