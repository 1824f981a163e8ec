// Where elements stand in the picture, past the frames around this document, and which page the picture is of.
// arguments[0]: what is asked for, each an element or [x, y], a point of this document's viewport in CSS pixels.
// arguments[1]: whether what stands there is to be told as well.
// Returns {view: [time, x, y], boxes: [[left, top, width, height, fixed] or null, ...], things: [[role, name], ...]}:
// what tells the top document from others and how far it is scrolled; for each place its box in CSS pixels of the top
// window's viewport, and whether it stays there when the page is scrolled; and what stands there. view is null, and so
// are boxes, in a frame of another site; null is also the box of what has none, and of the page as a whole. Role and
// name are "" where they are not asked for, and for the page as a whole.
"use strict";
// parts: walk, names
const out = { view: null, boxes: [], things: [] };
try {
  out.view = [+top.performance.timeOrigin, +top.scrollX, +top.scrollY]; // numbers, whatever the page makes of them
} catch {
  // A frame of another site: its top window tells nothing.
}
const isFixed = (element) => {
  for (let at = element, deep = 0; at && deep < 1000; deep += 1) {
    if (at.ownerDocument.defaultView.getComputedStyle(at).position === "fixed") return true;
    at = at.assignedSlot || at.parentElement || at.getRootNode().host || at.ownerDocument.defaultView.frameElement;
  }
  return false;
};
const placeOf = (place) => {
  const point = Array.isArray(place);
  // A choice in a list that is folded has no box; its list has.
  const element = point
    ? document.elementFromPoint(place[0], place[1])
    : (/^opt(ion|group)$/.test(place.localName) && place.closest("select")) || place;
  // The page as a whole is no place: keys go there where nothing is in focus.
  if (!point && (element === document.body || element === document.documentElement) && !element.isContentEditable) {
    return null;
  }
  const box = point ? { left: place[0], top: place[1], width: 0, height: 0 } : element.getBoundingClientRect();
  if (!point && !(box.width > 0 && box.height > 0)) return null;
  let [x, y] = [box.left, box.top];
  let view = window;
  for (; view !== top && view.frameElement; view = view.parent) {
    const frame = view.frameElement;
    const [edge, style] = [frame.getBoundingClientRect(), view.parent.getComputedStyle(frame)];
    x += edge.left + frame.clientLeft + parseFloat(style.paddingLeft);
    y += edge.top + frame.clientTop + parseFloat(style.paddingTop);
  }
  return view === top ? [+x, +y, +box.width, +box.height, Boolean(element) && isFixed(element)] : null;
};
// The control around a place, where there is one: a click on the picture in a link is a click on the link.
const thingAt = (place) => {
  const inner = Array.isArray(place) ? document.elementFromPoint(place[0], place[1]) : place;
  let told = inner;
  for (let at = inner, deep = 0; at && deep < 20; at = up(at), deep += 1) {
    if (typeOf(at) === 1 && /^(button|link|checkbox|radio|switch|tab|option|menuitem|combobox|textbox)/.test(roleOf(at))) {
      told = at;
      break;
    }
  }
  return !told || /^(html|body)$/.test(tagOf(told)) ? ["", ""] : [roleOf(told) || tagOf(told), nameOf(told)];
};
for (const place of arguments[0]) {
  try {
    out.boxes.push(out.view && placeOf(place));
  } catch {
    out.boxes.push(null);
  }
  try {
    out.things.push(arguments[1] ? thingAt(place) : ["", ""]);
  } catch {
    out.things.push(["", ""]);
  }
}
return out;
