// What a click at a point of the viewport would land on, through open shadow roots and same-origin frames.
// arguments[0], [1]: x and y in CSS pixels of the top window's viewport.
// Returns {width, height, role, name, tag, new_tab}: the viewport's size in CSS pixels; the role, name and tag of the
// closest control around the point, or of the innermost element where there is no control (role "" then); new_tab is
// true for a link that asks for another tab. role, name and tag are "" where nothing stands there.
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
// Roles of what is looked at or holds other things; whatever has another role is there to be acted on.
const STILL = {
  __proto__: null, image: 1, heading: 1, dialog: 1, alertdialog: 1, alert: 1, status: 1, tooltip: 1, main: 1, region: 1,
  banner: 1, navigation: 1, contentinfo: 1, complementary: 1, search: 1, form: 1, group: 1, list: 1, listitem: 1,
  table: 1, row: 1, rowgroup: 1, cell: 1, columnheader: 1, rowheader: 1, grid: 1, tablist: 1, tabpanel: 1, toolbar: 1,
  menu: 1, menubar: 1, radiogroup: 1, tree: 1, document: 1, article: 1, application: 1, figure: 1, separator: 1,
};
const out = { width: 0, height: 0, role: "", name: "", tag: "", new_tab: false };
try {
  out.width = Math.round(window.innerWidth);
  out.height = Math.round(window.innerHeight);
  let [x, y] = [arguments[0], arguments[1]];
  let node = null;
  let found = document.elementFromPoint(x, y);
  for (let deep = 0; found && deep < 100; deep += 1) {
    node = found;
    const tag = tagOf(node);
    const shadow = shadowOf(node);
    found = null;
    if (tag === "iframe" || tag === "frame") {
      const inside = node.contentDocument;
      const edge = boxOf(node);
      const style = getComputedStyle(node);
      x -= edge.left + node.clientLeft + parseFloat(style.paddingLeft);
      y -= edge.top + node.clientTop + parseFloat(style.paddingTop);
      found = inside ? inside.elementFromPoint(x, y) : null;
    } else if (shadow) {
      found = shadow.elementFromPoint(x, y);
      if (found === node) found = null;
    }
  }
  const innermost = node;
  const isAct = (at) => {
    const role = roleOf(at);
    return (role !== "" && !STILL[role]) || attr(at, "onclick") !== null;
  };
  let act = null;
  for (let at = node; at && !act; ) {
    if (typeOf(at) === 1 && isAct(at)) act = at;
    at = (typeOf(at) === 1 && at.assignedSlot) || parent(at) || at.host || null;
  }
  const told = act || innermost;
  if (told) {
    out.tag = tagOf(told);
    out.role = act ? roleOf(told) || "clickable" : roleOf(told);
    // The page itself has no name but all of its text.
    out.name = out.tag === "html" || out.tag === "body" ? "" : nameOf(told);
    const target = attr(told, "target");
    out.new_tab = out.tag === "a" && Boolean(target) && !/^_(self|top|parent)$/i.test(target);
  }
} catch {
  // The size is known, or 0; the rest stays empty.
}
return out;
