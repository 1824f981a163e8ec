// What a page is made of: landmarks, headings, controls, pictures and lists of choices, as a screen reader meets them,
// with their names and states; open shadow roots and same-origin frames with them. What is typed as a password is not.
// arguments[0]: most lines (default 2000).
// Returns {lines, whole}: lines are [depth, role, name, states], in document order, depth from 0; states are words.
// whole is false where there is more than was met, null where nothing can be.
"use strict";
// parts: walk, names, fields, called, tour, tables
const limit = typeof arguments[0] === "number" && arguments[0] >= 0 ? arguments[0] : 2000;
const DEEPEST = 12;
const SECTIONS = {
  __proto__: null, main: "main", nav: "navigation", aside: "complementary", header: "banner", footer: "contentinfo",
  section: "region", form: "form", article: "article", figure: "figure", search: "search", fieldset: "group",
  h1: "heading", h2: "heading", h3: "heading", h4: "heading", h5: "heading", h6: "heading", table: "table", ul: "list",
  ol: "list", menu: "list", progress: "progressbar", meter: "meter", video: "video", audio: "audio", canvas: "canvas",
  embed: "embed", object: "embed",
};
const TOLD = {
  __proto__: null, main: 1, navigation: 1, complementary: 1, banner: 1, contentinfo: 1, search: 1, dialog: 1,
  alertdialog: 1, listbox: 1, menu: 1, menubar: 1, tablist: 1, tabpanel: 1, tree: 1, grid: 1, treegrid: 1, table: 1,
  frame: 1, video: 1, audio: 1, embed: 1,
};
// Told only with a name of their own: without one they say nothing that what stands in them does not say.
const NAMED = {
  __proto__: null, region: 1, form: 1, group: 1, article: 1, list: 1, figure: 1, canvas: 1, radiogroup: 1, toolbar: 1,
  application: 1, document: 1, log: 1,
};
// Named by their own text, which is not gone into, but in what is DEEP: other things stand in there.
const WORDED = {
  __proto__: null, heading: 1, button: 1, link: 1, option: 1, tab: 1, menuitem: 1, menuitemcheckbox: 1,
  menuitemradio: 1, treeitem: 1, checkbox: 1, radio: 1, switch: 1, image: 1, textbox: 1, combobox: 1, slider: 1,
  spinbutton: 1, progressbar: 1, meter: 1, tooltip: 1, alert: 1, status: 1,
};
// Told even without a name.
const BARE = { __proto__: null, button: 1, checkbox: 1, radio: 1, switch: 1 };
const DEEP = { __proto__: null, heading: 1, link: 1, treeitem: 1, alert: 1, status: 1, clickable: 1 };
// Named by their labels alone: their own text is what is chosen in them.
const LABELLED = { __proto__: null, combobox: 1, textbox: 1, slider: 1, spinbutton: 1 };
const QUIET = { __proto__: null, label: 1, presentation: 1, none: 1, generic: 1 };
const VALUED = { __proto__: null, textbox: 1, combobox: 1, listbox: 1, spinbutton: 1, slider: 1 };
const FLAGS = [
  ["aria-pressed", "pressed"], ["aria-selected", "selected"], ["aria-current", "current"], ["aria-busy", "busy"],
  ["aria-invalid", "invalid"], ["aria-required", "required"], ["aria-readonly", "read-only"],
];
const lines = [];
let depth = 0; // Of the things that have lines and are open.
const told = { __proto__: null }; // By depth of the walk: the role of the element there, if it has a line.
let open = 0;
const opened = { __proto__: null }; // How many elements of a tag are open.
const hands = { __proto__: null }; // By depth of the walk: whether the pointer is a hand there.
const isInLink = () => {
  for (let at = open - 1; at >= 0 && at > open - 20; at -= 1) if (told[at] === "link") return true;
  return false;
};
const sectionOf = (tag) => {
  const inner = (tag === "header" || tag === "footer") &&
    (opened.article > 0 || opened.section > 0 || opened.main > 0 || opened.aside > 0 || opened.nav > 0);
  return inner ? "" : SECTIONS[tag] || "";
};
// The name that is given to a thing as a whole; its text is none.
const labelOf = (node, tag) => {
  if (attr(node, "aria-label") || attr(node, "aria-labelledby")) return nameOf(node);
  if (tag === "fieldset" || tag === "table" || tag === "figure") {
    const label = byTag(node, tag === "fieldset" ? "legend" : tag === "table" ? "caption" : "figcaption")[0];
    if (label) return textOf(label);
  }
  if (tag === "iframe" || tag === "frame" || tag === "object" || tag === "embed") return squeeze(attr(node, "title"));
  return "";
};
const said = (node, name, word) => {
  const given = attr(node, name);
  if (given === null || given === "false" || given === "") return "";
  return given === "true" ? word : given === "mixed" ? `partly ${word}` : word;
};
const statesOf = (node, tag, role, style) => {
  const states = [];
  const add = (state) => {
    if (state) states[states.length] = state;
  };
  const input = tag === "input";
  if (role === "heading") {
    const given = parseInt(attr(node, "aria-level") || tag[1], 10);
    add(`level ${given >= 1 && given <= 99 ? given : 2}`);
  }
  if (role === "checkbox" || role === "radio" || role === "switch" || /^menuitem./.test(role)) {
    const checked = input ? node.checked : attr(node, "aria-checked") === "true";
    const partly = input ? node.indeterminate : attr(node, "aria-checked") === "mixed";
    add(partly ? "partly checked" : checked ? "checked" : "not checked");
  }
  for (let i = 0; i < FLAGS.length; i += 1) add(said(node, FLAGS[i][0], FLAGS[i][1]));
  if (tag === "option" && node.selected) add("selected");
  const details = tag === "summary" && tagOf(parent(node)) === "details" ? parent(node) : null;
  const expanded = details ? String(attr(details, "open") !== null) : attr(node, "aria-expanded");
  if (expanded === "true" || expanded === "false") add(expanded === "true" ? "expanded" : "collapsed");
  if (attr(node, "aria-disabled") === "true" || (node.disabled === true && (CONTROLS[tag] || tag === "button"))) {
    add("disabled");
  }
  if (CONTROLS[tag] && node.required === true && attr(node, "aria-required") === null) add("required");
  if (CONTROLS[tag] && node.readOnly === true) add("read-only");
  if (input && node.type === "password") add("password");
  if (tag === "progress" || tag === "meter") add(`value '${node.value} of ${node.max}'`);
  const value = CONTROLS[tag] && VALUED[role] && (tag === "select" || node.value) ? controlText(node, tag, style) : "";
  if (tag === "select" && (node.multiple || node.size > 1)) {
    let chosen = 0;
    for (let i = 0; i < node.options.length && i < 1000; i += 1) if (node.options[i].selected) chosen += 1;
    add(`${chosen} selected`);
  } else if (input && (node.type === "range" || node.type === "color")) add(`value '${squeeze(node.value)}'`);
  else if (value) add(`value '${squeeze(value)}'`);
  else if (attr(node, "aria-valuetext") || attr(node, "aria-valuenow")) {
    add(`value '${squeeze(attr(node, "aria-valuetext") || attr(node, "aria-valuenow"))}'`);
  } else if (!CONTROLS[tag] && LABELLED[role] && textOf(node)) add(`value '${textOf(node)}'`);
  if (node.getRootNode().activeElement === node && tag !== "body") add("focused");
  return states;
};
// Where a hand begins; what stands in there only inherits it.
const isHand = (style) => style.cursor === "pointer" && !(open > 0 && hands[open - 1]);
const enter = (node, tag, style, visible) => {
  let role = roleOf(node);
  const given = (attr(node, "role") || "").trim();
  if (QUIET[role] || (given && !role)) role = "";
  else if (!role) role = sectionOf(tag);
  if (tag === "select" && (node.multiple || node.size > 1)) role = "listbox";
  if (/^(doc-|graphics-)/.test(role)) role = "";
  let name = "";
  let tells = false;
  const inLink = isInLink();
  const drawn = tag === "label" && visible && !inLink ? hiddenControl(node) : null;
  if (drawn) {
    const states = statesOf(drawn, "input", roleOf(drawn), style);
    lines[lines.length] = [Math.min(depth, DEEPEST), roleOf(drawn), wordsOf(node), states];
  }
  if (inLink) tells = role === "heading" && visible && Boolean((name = nameOf(node)));
  else if (role && visible) {
    if (WORDED[role]) {
      const labelled = attr(node, "aria-label") || attr(node, "aria-labelledby");
      name = CONTROLS[tag] ? calledBy(node) : LABELLED[role] && !labelled ? "" : nameOf(node);
      tells = Boolean(name) || Boolean(CONTROLS[tag]) || role === "link" || BARE[role] === 1 || LABELLED[role] === 1;
      // A field in a wrapper says all that the wrapper does.
      if (LABELLED[role] && !CONTROLS[tag] && byTag(node, "input")[0]) tells = false;
    } else {
      name = labelOf(node, tag);
      tells = tag === "table" ? isTable(node, tag) : Boolean(TOLD[role]) || Boolean(NAMED[role] && name);
    }
  } else if (visible && (attr(node, "onclick") !== null || attr(node, "tabindex") === "0" || isHand(style))) {
    name = squeeze(attr(node, "aria-label")) || textOf(node);
    role = "clickable";
    // One that holds a good part of the page is no thing to click.
    tells = Boolean(name) && tag !== "label" && !/…$/.test(name);
  }
  if (tells) {
    const states = statesOf(node, tag, role, style);
    if (tag === "table") states[states.length] = `${rowsOf(node).length} rows`;
    lines[lines.length] = [Math.min(depth, DEEPEST), role, name, states];
    if ((WORDED[role] || role === "clickable") && !DEEP[role]) return false;
  }
  told[open] = tells ? role : "";
  hands[open] = style.cursor === "pointer";
  opened[tag] = (opened[tag] || 0) + 1;
  open += 1;
  if (tells) depth += 1;
  return true;
};
let whole = null;
try {
  whole = tour(document.documentElement, {
    full: () => lines.length >= limit,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: (node) => (node.contentDocument ? node.contentDocument.documentElement : null),
    element: enter,
    leave: (node) => {
      open -= 1;
      opened[tagOf(node)] -= 1;
      if (told[open]) depth -= 1;
    },
  });
} catch {
  // What was met so far is still worth having.
}
return { lines, whole };
