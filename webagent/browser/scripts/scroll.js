// What of this document can be scrolled, and how far it is.
// arguments[0]: "at", with a point in CSS pixels of this document's viewport as arguments[1] and [2]: the things around
// that point, innermost first, which are kept for later; "now": those that were kept; "rest": up to five others in view.
// Returns {drawn, frame, x, y, things: [{role, name, tag, page, x, y, at, left, right, up, down}, ...]}. drawn: how often
// this document was drawn since "at". frame: the frame that stands at the point, or null, with the point as x and y in
// its own viewport. Of each thing: whether it is the page; its middle in CSS pixels of this viewport; its place as [x, y];
// and how far it can still be scrolled, in CSS pixels.
"use strict";
// parts: walk, names
const KEY = Symbol.for("webagent.scroll");
const MOST = 12;
const rootOf = native(Document, "scrollingElement");
const lies = { x: native(Element, "scrollLeft"), y: native(Element, "scrollTop") };
const whole = { x: native(Element, "scrollWidth"), y: native(Element, "scrollHeight") };
const shown = { x: native(Element, "clientWidth"), y: native(Element, "clientHeight") };
const html = document.documentElement;
const page = rootOf(document) || html;
// The page takes its overflow from <html>, or where that says nothing from <body>, which then is no area of its own.
const styles = [getComputedStyle(html)];
if (document.body && styles[0].overflowX === "visible" && styles[0].overflowY === "visible") {
  styles[1] = getComputedStyle(document.body);
}
const given = styles.length > 1;
const pageStyle = styles[styles.length - 1];
const isPage = (node) => node === page || node === html || (given && node === document.body);

// How far a thing can be scrolled in all, in one direction of the two.
const reach = (node, style, axis) => {
  const overflow = axis === "x" ? style.overflowX : style.overflowY;
  const most = whole[axis](node) - shown[axis](node);
  if (node === page) return overflow === "hidden" || overflow === "clip" ? 0 : Math.max(0, most);
  return (overflow === "auto" || overflow === "scroll") && most > 1 ? most : 0;
};
const tell = (node) => {
  const style = node === page ? pageStyle : getComputedStyle(node);
  const [across, down] = [reach(node, style, "x"), reach(node, style, "y")];
  if (!across && !down) return null;
  const [x, y] = [lies.x(node), lies.y(node)];
  // Where text runs to the left, and where the last comes first, places count down from 0.
  const fromRight = getComputedStyle(node).direction === "rtl";
  const fromBelow = style.display.includes("flex") && style.flexDirection === "column-reverse";
  const left = across ? Math.max(0, Math.round(fromRight ? across + x : x)) : 0;
  const up = down ? Math.max(0, Math.round(fromBelow ? down + y : y)) : 0;
  const box = boxOf(node);
  return {
    role: roleOf(node), name: node === page ? "" : nameOf(node), tag: tagOf(node), page: node === page,
    x: node === page ? innerWidth / 2 : (Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2,
    y: node === page ? innerHeight / 2 : (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2,
    at: [x, y],
    left, right: Math.max(0, Math.round(across) - left), up, down: Math.max(0, Math.round(down) - up),
  };
};
const kept = () => {
  const found = Object.getOwnPropertyDescriptor(document, KEY);
  return found && found.value && Array.isArray(found.value.things) ? found.value : { things: [], drawn: 0 };
};
// Scrolling shows when the document is drawn anew, which a busy machine puts off.
const keep = (things) => {
  const state = { things, drawn: 0 };
  Object.defineProperty(document, KEY, { value: state, enumerable: false, configurable: true });
  const count = () => {
    state.drawn += 1;
    if (state.drawn < 1000 && kept() === state) requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
};
const innermost = (x, y) => {
  let node = document.elementFromPoint(x, y);
  for (let deep = 0; node && deep < 100; deep += 1) {
    const shadow = shadowOf(node);
    const inner = shadow ? shadow.elementFromPoint(x, y) : null;
    if (!inner || inner === node) break;
    node = inner;
  }
  return node;
};

const out = { drawn: 0, frame: null, x: 0, y: 0, things: [] };
const take = (node, list) => {
  const told = tell(node);
  if (!told) return;
  list[list.length] = node;
  out.things[out.things.length] = told;
};
try {
  if (arguments[0] === "at") {
    const node = innermost(arguments[1], arguments[2]);
    if (node && (tagOf(node) === "iframe" || tagOf(node) === "frame")) {
      const [edge, style] = [boxOf(node), getComputedStyle(node)];
      const [wide, high] = [node.offsetWidth / (edge.width || 1), node.offsetHeight / (edge.height || 1)];
      out.frame = node;
      out.x = (arguments[1] - edge.left) * wide - node.clientLeft - parseFloat(style.paddingLeft);
      out.y = (arguments[2] - edge.top) * high - node.clientTop - parseFloat(style.paddingTop);
    }
    const around = [];
    for (let at = node, deep = 0; at && deep < 2000 && around.length < MOST; at = up(at), deep += 1) {
      if (typeOf(at) === 1 && !isPage(at)) take(at, around);
    }
    take(page, around);
    keep(around);
  } else if (arguments[0] === "now") {
    out.drawn = kept().drawn;
    for (const node of kept().things) out.things[out.things.length] = tell(node);
  } else {
    const known = kept().things;
    const others = [];
    walk(html, {
      full: () => others.length >= 5,
      mark: () => {},
      text: () => {},
      field: () => {},
      frame: () => null,
      element: (node, tag, style, visible) => {
        if (!visible || isPage(node) || known.includes(node)) return true;
        const box = boxOf(node);
        const seen = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
        if (seen && box.width > 1 && box.height > 1) take(node, others);
        return true;
      },
    });
    if (!known.includes(page)) take(page, others);
  }
} catch {
  // What was found so far is told.
}
return out;
