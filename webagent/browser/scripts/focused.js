// What the keys go to in this document.
// arguments[0]: true to mark all that it holds, as a person does before writing over it.
// Returns {frame}, the frame that is in focus, or {role, name, tag, takes, locked, secret, holds, marked}: takes is
// "text", "value" (a date or the like), "choice", "keys" (what only its page knows) or ""; locked says "read-only" or
// "disabled"; holds is a text of at most 20,000 characters, null where it is secret or not to be told; marked, whether
// something was marked.
"use strict";
// parts: walk, names, fields
const out = { frame: null, role: "", name: "", tag: "", takes: "", locked: "", secret: false, holds: null, marked: false };
const activeOf = native(Document, "activeElement");
const innerOf = native(ShadowRoot, "activeElement");
// Their pages listen to the keys themselves.
const KEYED = {
  __proto__: null, textbox: 1, searchbox: 1, combobox: 1, spinbutton: 1, application: 1, listbox: 1, grid: 1, slider: 1,
};
const KEYED_TAGS = { __proto__: null, canvas: 1, embed: 1, object: 1 };
try {
  let node = activeOf(document);
  for (let deep = 0; node && deep < 100; deep += 1) {
    const shadow = shadowOf(node);
    const inner = shadow ? innerOf(shadow) : null;
    if (!inner) break;
    node = inner;
  }
  if (node) {
    const tag = tagOf(node);
    if (tag === "iframe" || tag === "frame") {
      out.frame = node;
      return out;
    }
    const kind = document.designMode === "on" ? "rich" : kindOf(node);
    out.tag = tag;
    out.role = kind === "rich" ? "textbox" : roleOf(node);
    out.name = tag === "body" || tag === "html" ? "" : (kind ? callsOf(node)[0] || "" : nameOf(node));
    if (kind === "text" || kind === "rich") out.takes = "text";
    else if (kind) out.takes = kind;
    else if (KEYED[roleOf(node)] || KEYED_TAGS[tag]) out.takes = "keys";
    if (kind && node.disabled === true) out.locked = "disabled";
    else if (kind && node.readOnly === true) out.locked = "read-only";
    out.secret = kind !== "" && isSecret(node);
    if (kind && !out.secret) out.holds = heldBy(node, kind);
    if (arguments[0] === true && heldBy(node, kind)) {
      if (kind === "text") node.select();
      if (kind === "rich") getSelection().selectAllChildren(node);
      out.marked = kind === "text" || kind === "rich";
    }
  }
} catch {
  // What is known is told.
}
return out;
