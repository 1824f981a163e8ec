// What a person could point at by name: controls and labelled things, visible, in this page and its same-origin frames.
// arguments[0]: most entries to return (default 200).
// Returns [{role, name, tag, x, y, in_view}]: those in view first, each group in document order; x and y are the middle
// of the thing in CSS pixels of the top window's viewport. The name has at most 80 characters and is never empty.
"use strict";
// parts: walk, names
const limit = typeof arguments[0] === "number" && arguments[0] >= 0 ? arguments[0] : 200;
const ROLES = {
  __proto__: null, button: 1, link: 1, textbox: 1, combobox: 1, listbox: 1, checkbox: 1, radio: 1, switch: 1, tab: 1,
  menuitem: 1, menuitemcheckbox: 1, menuitemradio: 1, option: 1, slider: 1, spinbutton: 1, treeitem: 1, gridcell: 1,
};
const LABELLED = { __proto__: null, image: 1, heading: 1 };
const frameOf = (node) => {
  const view = node.ownerDocument.defaultView;
  return view && view !== window ? view.frameElement : null;
};
// The middle of a node in the top viewport; null where it has no area, or lies outside of a frame around it.
const placeOf = (node) => {
  let box = boxOf(node);
  const parts = box.width > 1 && box.height > 1 ? node.getClientRects() : [];
  if (!parts.length) return null;
  // A link that wraps has a box whose middle may belong to other text.
  if (parts.length > 1) box = parts[0];
  let x = box.left + box.width / 2;
  let y = box.top + box.height / 2;
  let inside = true;
  let view = node.ownerDocument.defaultView;
  for (let frame = frameOf(node); ; frame = frameOf(frame)) {
    inside = inside && x >= 0 && y >= 0 && x < view.innerWidth && y < view.innerHeight;
    if (!frame) return { x: Math.round(x), y: Math.round(y), in_view: inside };
    const edge = boxOf(frame);
    const style = getComputedStyle(frame);
    x += edge.left + frame.clientLeft + parseFloat(style.paddingLeft);
    y += edge.top + frame.clientTop + parseFloat(style.paddingTop);
    view = frame.ownerDocument.defaultView;
  }
};
const near = [];
const far = [];
let pointer = null; // The outermost node of a run of nodes that show the hand; its children only inherit it.
const take = (node, role, tag, at) => {
  if (at.in_view ? near.length >= limit : far.length >= limit) return true;
  const name = nameOf(at.of || node);
  if (!name) return false;
  const found = { role, name, tag, x: at.x, y: at.y, in_view: at.in_view };
  const list = at.in_view ? near : far;
  list[list.length] = found;
  return true;
};
const consider = (node, tag, style, visible) => {
  const role = roleOf(node);
  const known = ROLES[role] === 1;
  const hand = style.cursor === "pointer" && !(pointer && pointer.contains(node));
  if (hand) pointer = node;
  if (tag === "label") {
    // Boxes drawn by the page hide the real control: its label is what a person sees and clicks.
    const control = node.control;
    const at = control && visible && !placeOf(control) ? placeOf(node) : null;
    if (at) take(node, roleOf(control) || "label", tag, at);
    return;
  }
  const acts = known || attr(node, "onclick") !== null || (attr(node, "tabindex") || "-1")[0] !== "-" || hand;
  const labelled = LABELLED[role] || attr(node, "aria-label");
  if (!visible || !(acts || labelled)) return;
  // A page-wide region that is focusable or shows the hand is not a thing to click.
  if (!known && !labelled && node.textContent.length > 300) return;
  const at = placeOf(node);
  if (at) take(node, known || LABELLED[role] ? role : role || (acts ? "clickable" : "labelled"), tag, at);
};
// Nodes inside of a taken control belong to its name.
let taken = null;
try {
  walk(document.documentElement, {
    full: () => near.length >= limit,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: (node) => (node.contentDocument ? node.contentDocument.documentElement : null),
    element: (node, tag, style, visible) => {
      if (taken && taken.contains(node)) {
        if (!isControl(node)) return true;
      } else {
        taken = ROLES[roleOf(node)] === 1 && roleOf(node) !== "gridcell" && roleOf(node) !== "listbox" ? node : null;
      }
      consider(node, tag, style, visible);
      return true;
    },
  });
} catch {
  // What was found so far is still worth having.
}
const out = [];
for (let i = 0; i < near.length && out.length < limit; i += 1) out[out.length] = near[i];
for (let i = 0; i < far.length && out.length < limit; i += 1) out[out.length] = far[i];
return out;
