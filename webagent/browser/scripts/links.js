// The links that are shown, and the buttons, in this page and its same-origin frames.
// arguments[0]: most of them (default 5000).
// Returns {links, whole}: links are [kind, text, address, place], in document order. kind is "link" or "button";
// address is absolute, and "" where the thing does not say one: most buttons; place is "in view", "above", "below",
// "aside", or "covered" for what lies in the viewport and under something else, or outside of a scroll area. whole is
// false where there is more than was met, null where nothing can be.
"use strict";
// parts: walk, names, tour
const limit = typeof arguments[0] === "number" && arguments[0] >= 0 ? arguments[0] : 5000;
const LONGEST_ADDRESS = 2000;
const linkOf = native(HTMLAnchorElement, "href");
const actionOf = native(HTMLFormElement, "action");
const frames = []; // [document, x, y]: where the frames' documents begin in the top viewport.
const links = [];
const shiftOf = (node) => {
  for (let i = frames.length - 1; i >= 0; i -= 1) if (frames[i][0] === node.ownerDocument) return frames[i];
  return [null, 0, 0];
};
const placeOf = (node) => {
  const box = boxOf(node);
  const parts = box.width > 1 && box.height > 1 ? node.getClientRects() : [];
  const part = parts.length ? parts[0] : box;
  const shift = shiftOf(node);
  const [x, y] = [part.left + part.width / 2, part.top + part.height / 2];
  if (y + shift[2] < 0) return "above";
  if (y + shift[2] >= window.innerHeight) return "below";
  if (x + shift[1] < 0 || x + shift[1] >= window.innerWidth) return "aside";
  const hit = node.getRootNode().elementFromPoint(x, y);
  return hit && node.contains(hit) ? "in view" : "covered";
};
const addressOf = (node, tag) => {
  let address = "";
  if (tag === "a" || tag === "area") {
    try {
      address = linkOf(node);
    } catch {
      const given = attr(node, "href") || attr(node, "xlink:href") || "";
      address = new URL(given, node.baseURI).href; // of a drawing, or an area of a map
    }
  } else if (attr(node, "formaction") !== null) {
    address = new URL(attr(node, "formaction"), node.baseURI).href;
  } else if ((tag === "button" || tag === "input") && /^(submit|image)$/.test(node.type) && node.form) {
    address = actionOf(node.form);
  }
  address = String(address);
  return /^javascript:/i.test(address) ? "" : address.slice(0, LONGEST_ADDRESS);
};
let whole = null;
try {
  whole = tour(document.documentElement, {
    full: () => links.length >= limit,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: (node) => {
      const within = node.contentDocument;
      if (!within) return null;
      const [edge, style, shift] = [boxOf(node), getComputedStyle(node), shiftOf(node)];
      frames[frames.length] = [
        within, shift[1] + edge.left + node.clientLeft + parseFloat(style.paddingLeft),
        shift[2] + edge.top + node.clientTop + parseFloat(style.paddingTop),
      ];
      return within.documentElement;
    },
    element: (node, tag, style, visible) => {
      const role = roleOf(node);
      if (!visible || !(role === "link" || role === "button" || role === "menuitem" || role === "tab" ||
        ((tag === "a" || tag === "area") && attr(node, "href") !== null))) return true;
      const address = addressOf(node, tag);
      const kind = role === "link" || tag === "a" ? "link" : "button";
      const text = nameOf(node);
      if (text || address) links[links.length] = [kind, text, address, placeOf(node)];
      return true;
    },
    leave: () => {},
  });
} catch {
  // What was met so far is still worth having.
}
return { links, whole };
