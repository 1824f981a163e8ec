// The pop-ups that are open in this document. Nothing is clicked here.
// arguments[0]: true where the whole document is the content of a pop-up (a frame that a consent banner is made of).
// Returns {popups, frames}. popups, the topmost first: {root, scope, kind, z, nested}: root is the element that goes when
// the pop-up is closed; scope is where its buttons are, the root or a wrapper; nested are roots inside the scope. kind:
// "dialog", "popover": the page says so; "overlay": lies over the middle; "bar": held at the window's edge;
// "banner": named after consent, in the page's flow; "document": the whole frame. z: the highest z-index around it.
// frames: frame elements of some size that belong to no pop-up.
"use strict";
// parts: walk, popup_common
const CONSENT = /cookie[-_]?(banner|consent|notice|bar|law|polic|message|popup|modal|wall|dialog|disclaimer)|consent|gdpr|rgpd|dsgvo|onetrust|didomi|usercentrics|cmpbox|truste|cc-window|cybot/i;
const holds = (outer, inner) => {
  for (let at = inner; at; at = up(at)) if (at === outer) return true;
  return false;
};
const isSeen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const zOf = (node) => {
  let most = 0;
  for (let at = node; at; at = up(at)) {
    if (typeOf(at) === 1) most = Math.max(most, parseInt(getComputedStyle(at).zIndex, 10) || 0);
  }
  return most;
};
const deepest = (x, y) => {
  let node = document.elementFromPoint(x, y);
  for (let deep = 0; node && shadowOf(node) && deep < 100; deep += 1) {
    const inner = shadowOf(node).elementFromPoint(x, y);
    if (!inner || inner === node) break;
    node = inner;
  }
  return node;
};
const middle = (() => {
  try {
    return deepest(window.innerWidth / 2, window.innerHeight / 2);
  } catch {
    return null;
  }
})();
// A dialog's wrapper may have no area while what it holds has.
const spreadOf = (node, deep) => {
  let most = shareOf(node);
  const inside = deep > 0 && most === 0 ? node.children : [];
  for (let i = 0; i < inside.length && i < 10; i += 1) most = Math.max(most, spreadOf(inside[i], deep - 1));
  return most;
};
// What kind of pop-up a rendered node is, or "" for none.
const kindOf = (node, tag, style) => {
  if (tag === "html" || tag === "body" || tag === "main") return "";
  const role = attr(node, "role");
  const said = tag === "dialog" || role === "dialog" || role === "alertdialog" || attr(node, "aria-modal") === "true";
  const held = style.position === "fixed" || style.position === "sticky";
  const popover = attr(node, "popover") !== null && node.matches(":popover-open");
  const named = CONSENT.test(labelsOf(node)) || (role === "region" && /cookie/i.test(attr(node, "aria-label") || ""));
  if (!(said || popover || held || style.position === "absolute" || named)) return "";
  const share = said ? spreadOf(node, 3) : shareOf(node);
  if (share === 0 || !isSeen(node)) return "";
  if (said) return "dialog";
  if (popover) return "popover";
  if (held || style.position === "absolute") {
    const over = style.position !== "sticky" && zOf(node) >= 10 && share >= 0.03 && middle && holds(node, middle);
    if (over && !node.querySelector("main, [role=main]")) return "overlay";
    if (held && share >= 0.02 && tag !== "header" && tag !== "nav") return "bar";
  }
  return named && share < 0.6 && node.textContent.length < 5000 ? "banner" : "";
};
const out = { popups: [], frames: [] };
try {
  const marked = []; // Said to be dialogs by the page itself.
  const guessed = []; // Looking like pop-ups.
  const frames = [];
  walk(document.documentElement, {
    ...SILENT,
    full: () => marked.length + guessed.length >= 40,
    frame: (node) => {
      if (shareOf(node) > 0.01) frames[frames.length] = node;
      return null;
    },
    element: (node, tag, style) => {
      const kind = kindOf(node, tag, style);
      const list = kind === "dialog" || kind === "popover" ? marked : guessed;
      if (kind) list[list.length] = { root: node, scope: node, kind, z: zOf(node), nested: [] };
      return true;
    },
  });
  const kept = [];
  for (const one of guessed) {
    const within = marked.filter((other) => holds(one.root, other.root));
    const inside = [...kept, ...marked].some((other) => holds(other.root, one.root));
    // A wrapper around one dialog may hold its close button; it is not a second pop-up.
    if (within.length === 1 && one.kind !== "bar" && within[0].scope === within[0].root) within[0].scope = one.root;
    if (!within.length && !inside) kept[kept.length] = one;
  }
  const all = [...marked, ...kept];
  if (arguments[0] === true && !all.length) {
    all[0] = { root: document.documentElement, scope: document.documentElement, kind: "document", z: 0, nested: [] };
  }
  for (const one of all) {
    one.nested = all.filter((other) => other !== one && holds(one.scope, other.root)).map((other) => other.root);
  }
  const rank = (one) => (middle && holds(one.root, middle) ? 1 : 0);
  // Stable, and reversed first: of equals, what stands later in the page lies on top; an inner one over its outer.
  all.reverse();
  all.sort((a, b) => rank(b) - rank(a) || b.z - a.z);
  out.frames = frames.filter((frame) => !all.some((one) => holds(one.scope, frame)));
  out.popups = all;
} catch {
  // A page that cannot be looked at has no pop-up that could be closed.
}
return out;
