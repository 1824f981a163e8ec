// What a person could point at by name: controls and labelled things, visible, in this page and its same-origin frames.
// arguments[0]: most entries to return (default 200).
// Returns [{role, name, tag, x, y, in_view}]: those in view first, each group in document order; x and y are the middle
// of the thing in CSS pixels of the top window's viewport. The name has at most 80 characters and is never empty.
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
// shared: names
const TAG_ROLES = {
  __proto__: null, button: "button", select: "combobox", textarea: "textbox", summary: "button", img: "image",
  option: "option", iframe: "frame", frame: "frame", dialog: "dialog", label: "label",
};
const INPUT_ROLES = {
  __proto__: null, button: "button", submit: "button", reset: "button", image: "button", file: "button",
  color: "button", checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", hidden: "",
};
const roleOf = (node) => {
  const given = (attr(node, "role") || "").trim().toLowerCase().split(/\s+/)[0];
  if (given && given !== "presentation" && given !== "none" && given !== "generic") {
    return given === "img" ? "image" : given === "searchbox" ? "textbox" : given;
  }
  const tag = tagOf(node);
  if (tag === "a" || tag === "area") return attr(node, "href") === null ? "" : "link";
  if (tag === "input") return INPUT_ROLES[node.type] ?? (attr(node, "list") === null ? "textbox" : "combobox");
  const editable = attr(node, "contenteditable");
  if (editable !== null && editable !== "false") return "textbox";
  return TAG_ROLES[tag] || "";
};
const isControl = (node) => CONTROLS[tagOf(node)] === 1;
const squeeze = (text) => {
  const line = String(text || "").slice(0, 2000).replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79).trim()}…` : line;
};
// The text under a node, pictures by their alternative text; it stops at some hundred characters.
const textOf = (node) => {
  let text = "";
  let seen = 0;
  walk(node, {
    full: () => text.length > 200 || seen > 400,
    mark: () => { text += " "; },
    text: (found) => { text += found.data; },
    field: (found, said) => { if (found !== node) text += ` ${said} `; },
    frame: () => null,
    element: (found, tag) => {
      seen += 1;
      if (found === node) return true;
      const label = attr(found, "aria-label") || (tag === "img" && attr(found, "alt"));
      if (label) text += ` ${label} `;
      return !label;
    },
  });
  return squeeze(text);
};
const nameOf = (node) => {
  try {
    const ids = (attr(node, "aria-labelledby") || "").trim();
    let name = "";
    if (ids) {
      const within = node.getRootNode();
      const list = ids.split(/\s+/);
      for (let i = 0; i < list.length && i < 10; i += 1) {
        const other = within.getElementById(list[i]);
        if (other) name += ` ${textOf(other) || other.textContent.slice(0, 200)}`;
      }
    }
    name = squeeze(name) || squeeze(attr(node, "aria-label"));
    if (name) return name;
    const tag = tagOf(node);
    if (isControl(node) || tag === "button") {
      const button = tag === "button" || INPUT_ROLES[node.type] === "button";
      for (let i = 0; !button && node.labels && i < node.labels.length && !name; i += 1) name = textOf(node.labels[i]);
      if (tag === "button") name = textOf(node);
      const kept = tag === "button" ? "" : controlText(node, tag, getComputedStyle(node));
      if (button) name = name || squeeze(kept);
      return name || squeeze(attr(node, "placeholder")) || squeeze(attr(node, "alt")) || squeeze(attr(node, "title")) ||
        squeeze(kept) || squeeze(svgTitle(node));
    }
    return squeeze(attr(node, "alt")) || textOf(node) || squeeze(attr(node, "title")) || squeeze(svgTitle(node));
  } catch {
    return "";
  }
};
const svgTitle = (node) => {
  const title = node.querySelector("svg > title");
  return title ? title.textContent : "";
};
// end of shared
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
