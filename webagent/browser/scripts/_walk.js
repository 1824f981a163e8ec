// Part: what is rendered in a document, and how to look at its nodes.
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
// The node around one in the flat tree: a slot, the parent, or a shadow root's host; null at the top.
const up = (node) => (typeOf(node) === 1 && node.assignedSlot) || parent(node) || node.host || null;
