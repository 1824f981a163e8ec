// The pop-ups that are open in this document. Nothing is clicked here.
// arguments[0]: true where the whole document is the content of a pop-up (a frame that a consent banner is made of).
// Returns {popups, frames}. popups, the topmost first: {root, scope, kind, z, nested}: root is the element that goes when
// the pop-up is closed; scope is where its buttons are, the root or a wrapper; nested are roots inside the scope. kind:
// "dialog", "popover": the page says so; "overlay": lies over the middle; "bar": held at the window's edge;
// "banner": named after consent, in the page's flow; "document": the whole frame. z: the highest z-index around it.
// frames: frame elements of some size that belong to no pop-up.
"use strict";
// shared: walk
// Natives taken from the prototypes: a form field named "tagName" or a property set on a node cannot stand in for them.
const native = (type, key) => {
  const found = Object.getOwnPropertyDescriptor(type.prototype, key);
  const call = found && (found.get || found.value);
  if (!call) return (node, ...args) => (typeof node[key] === "function" ? node[key](...args) : node[key]);
  return (node, ...args) => Reflect.apply(call, node, args);
};
const typeOf = native(Node, "nodeType");
const tagOf = native(Element, "localName");
const attr = native(Element, "getAttribute");
const shadowOf = native(Element, "shadowRoot");
const boxOf = native(Element, "getBoundingClientRect");
const first = native(Node, "firstChild");
const next = native(Node, "nextSibling");
const parent = native(Node, "parentNode");
const slotted = native(HTMLSlotElement, "assignedNodes");
const UNSEEN = {
  __proto__: null, script: 1, style: 1, noscript: 1, template: 1, title: 1, desc: 1, metadata: 1, defs: 1, symbol: 1,
  datalist: 1, area: 1, param: 1, source: 1, track: 1, rp: 1,
};
// Their children are shown only where the thing itself cannot be.
const REPLACED = {
  __proto__: null, canvas: 1, video: 1, audio: 1, object: 1, embed: 1, img: 1, progress: 1, meter: 1, picture: 0,
};
const CONTROLS = { __proto__: null, input: 1, textarea: 1, select: 1 };
const UNWRITTEN = { __proto__: null, hidden: 1, checkbox: 1, radio: 1, file: 1, range: 1, color: 1, image: 1 };

// The text that a form control shows; never what was typed as a password, even where the page shows it as plain text.
const controlText = (node, tag, style) => {
  if (tag === "select") {
    const list = node.multiple || node.size > 1;
    let text = "";
    for (let i = 0; i < node.options.length && i < 200; i += 1) {
      const option = node.options[i];
      if (list || option.selected) text += (text ? "\n" : "") + (option.label || option.text);
    }
    return text;
  }
  const type = tag === "input" ? node.type : "text";
  if (UNWRITTEN[type]) return "";
  if (type === "submit" || type === "reset") {
    return attr(node, "value") === null ? (type === "submit" ? "Submit" : "Reset") : node.value;
  }
  const secret = type === "password" || style.webkitTextSecurity !== "none" || /password/i.test(node.autocomplete);
  return (secret ? "" : node.value) || (node.value ? "" : attr(node, "placeholder")) || "";
};

// Boxes of one pixel with their content cut off: text for screen readers alone.
const isClipped = (style) =>
  (style.position === "absolute" || style.position === "fixed") && style.overflowX !== "visible" &&
  parseFloat(style.width) <= 1 && parseFloat(style.height) <= 1;

// Walks what is rendered under `root`, in the order of the flat tree: shadow roots in place of their hosts' children.
// A stack of its own, as a page can nest deeper than JavaScript can recurse; at most 300,000 nodes.
const walk = (root, on) => {
  const nodes = [root];
  const states = [null];
  let top = 1;
  const push = (node, state) => {
    nodes[top] = node;
    states[top] = state;
    top += 1;
  };
  for (let left = 300000; top > 0 && left > 0 && !on.full(); left -= 1) {
    top -= 1;
    const node = nodes[top];
    const state = states[top];
    if (node === null) {
      on.mark(state);
      continue;
    }
    try {
      const type = typeOf(node);
      if (type === 3) {
        if (state && state.visibility === "visible") on.text(node, state);
        continue;
      }
      if (type !== 1) continue;
      const tag = tagOf(node);
      if (UNSEEN[tag]) continue;
      const style = getComputedStyle(node);
      const display = style.display;
      if (display === "none" || display === "" || isClipped(style)) continue;
      const visible = style.visibility === "visible";
      if (tag === "br") {
        if (visible) on.mark("break");
        continue;
      }
      if (on.element(node, tag, style, visible) === false) continue;
      const inline = (display.slice(0, 6) === "inline" || display === "contents" || display.slice(0, 4) === "ruby");
      const apart = tag === "button" || CONTROLS[tag] || REPLACED[tag];
      let mark = inline && tag !== "text" && tag !== "iframe" ? (apart ? "gap" : null) : "block";
      if (display === "table-cell") mark = "cell";
      if (mark) {
        on.mark(mark);
        push(null, mark);
      }
      if (REPLACED[tag] || style.contentVisibility === "hidden") continue;
      if (CONTROLS[tag]) {
        if (visible) on.field(node, controlText(node, tag, style));
        continue;
      }
      if (tag === "iframe" || tag === "frame") {
        const inner = visible ? on.frame(node) : null;
        if (inner) push(inner, null);
        continue;
      }
      const shut = tag === "details" && attr(node, "open") === null;
      const start = top;
      const given = tag === "slot" ? slotted(node) : null;
      if (given && given.length) {
        for (let i = 0; i < given.length; i += 1) push(given[i], style);
      } else {
        for (let child = first(shadowOf(node) || node); child; child = next(child)) {
          if (!shut || (typeOf(child) === 1 && tagOf(child) === "summary")) push(child, style);
          if (shut && top > start) break;
        }
      }
      for (let low = start, high = top - 1; low < high; low += 1, high -= 1) {
        const kept = [nodes[low], states[low]];
        nodes[low] = nodes[high];
        states[low] = states[high];
        nodes[high] = kept[0];
        states[high] = kept[1];
      }
    } catch {
      // A node that answers with an error is left out.
    }
  }
};
// end of shared
const CONSENT = /cookie[-_]?(banner|consent|notice|bar|law|polic|message|popup|modal|wall|dialog|disclaimer)|consent|gdpr|rgpd|dsgvo|onetrust|didomi|usercentrics|cmpbox|truste|cc-window|cybot/i;
const SILENT = { full: () => false, mark: () => {}, text: () => {}, field: () => {}, frame: () => null };
const labelsOf = (node) => `${attr(node, "class") || ""} ${attr(node, "id") || ""} ${attr(node, "data-testid") || ""}`;
const up = (node) => (typeOf(node) === 1 && node.assignedSlot) || parent(node) || node.host || null;
const holds = (outer, inner) => {
  for (let at = inner; at; at = up(at)) if (at === outer) return true;
  return false;
};
// The part of the viewport that a node's box takes, 0 to 1.
const shareOf = (node) => {
  const box = boxOf(node);
  const wide = Math.min(box.right, window.innerWidth) - Math.max(box.left, 0);
  const high = Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0);
  return wide > 1 && high > 1 ? (wide * high) / (window.innerWidth * window.innerHeight) : 0;
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
