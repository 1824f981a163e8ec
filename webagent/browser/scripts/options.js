// The fields that one of several options is chosen in, and the options of one of them: native selects, fields with
// suggestions, lists and menus that are open, in this page and its same-origin frames.
// arguments[0]: the number of the field whose options are wanted, from 0, or an element, which is in this document.
// Returns {fields, found, options, whole}. fields: [role, names, count] for each: what it may be called, the likeliest
// first; count is of its options, -1 for a list that is closed.
// found: the number of the wanted field; -1 where there is none. options: its options, [text, group, selected,
// disabled]. whole is false where there is more than was met, null where nothing can be.
"use strict";
// parts: walk, names, fields, tour
const wanted = arguments[0];
const MOST_FIELDS = 200;
const MOST_OPTIONS = 2000;
const suggestionsOf = native(HTMLInputElement, "list");
const byTag = native(Element, "getElementsByTagName");
const fields = []; // {node, role, list}: list is the element with the options; null where it is not there.
const OPTIONS = { __proto__: null, option: 1, menuitem: 1, menuitemcheckbox: 1, menuitemradio: 1, treeitem: 1 };
const LISTS = { __proto__: null, listbox: 1, menu: 1, tree: 1 };
const isTrue = (node, name) => attr(node, name) === "true";
// The list that a custom field opens, as it says; null while that is not there.
const listOf = (node) => {
  const ids = `${attr(node, "aria-controls") || ""} ${attr(node, "aria-owns") || ""}`.trim().split(/\s+/);
  const roots = [node.getRootNode(), node.ownerDocument];
  for (let i = 0; i < ids.length && i < 10; i += 1) {
    for (let k = 0; ids[i] && k < 2; k += 1) {
      const list = roots[k].getElementById(ids[i]);
      if (list) return list;
    }
  }
  return null;
};
const isShown = (node) => {
  const box = boxOf(node);
  return box.width > 0 && box.height > 0 && getComputedStyle(node).visibility === "visible";
};
const nativeOptions = (list, most) => {
  const found = [];
  const all = byTag(list, "option");
  for (let i = 0; found.length < most && all[i]; i += 1) {
    const option = all[i];
    const around = parent(option);
    const group = around && tagOf(around) === "optgroup" ? around : null;
    if (option.hidden) continue;
    const text = squeeze(option.label || option.text || option.value);
    const value = tagOf(list) === "datalist" ? squeeze(option.value) : "";
    found[found.length] = [
      value && value !== text ? `${value} (${text})` : text, group ? squeeze(group.label) : "",
      tagOf(list) === "select" && option.selected, option.disabled || Boolean(group && group.disabled),
    ];
  }
  return found;
};
const customOptions = (list, most) => {
  const found = [];
  const groups = [];
  let items = 0;
  const take = (node) => {
    const text = nameOf(node);
    if (!text) return;
    found[found.length] = [
      text, groups.length ? groups[groups.length - 1].name : "",
      isTrue(node, "aria-selected") || isTrue(node, "aria-checked"),
      isTrue(node, "aria-disabled") || node.disabled === true,
    ];
  };
  const look = (takes) => tour(list, {
    full: () => found.length >= most,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: () => null,
    element: (node, tag, style, visible) => {
      const role = roleOf(node);
      if (node !== list && attr(node, "role") === "group") groups[groups.length] = { node, name: nameOf(node) };
      if (tag === "li") items += 1;
      if (node === list || !visible || !takes(role, tag)) return true;
      take(node);
      return role === "treeitem";
    },
    leave: (node) => {
      if (groups.length && groups[groups.length - 1].node === node) groups.length -= 1;
    },
  });
  look((role) => OPTIONS[role] === 1);
  // Lists of plain items, whose roles nobody thought of.
  if (!found.length && items) look((role, tag) => tag === "li");
  return found;
};
const optionsOf = (field, most) => {
  if (!field.list) return null;
  const tag = tagOf(field.list);
  if (tag === "select" || tag === "datalist") return nativeOptions(field.list, most);
  return isShown(field.list) ? customOptions(field.list, most) : null;
};
// What it is called; a thing that is no field of the browser's own also by its words.
const namesOf = (node) => {
  const inner = isControl(node) ? null : byTag(node, "input")[0];
  const names = callsOf(inner || node);
  const own = inner ? "" : nameOf(node);
  for (let i = 0; i < names.length && own; i += 1) if (names[i] === own) return names;
  if (own && !isControl(node) && !attr(node, "aria-label") && !attr(node, "aria-labelledby")) return [own, ...names];
  if (own) names[names.length] = own;
  return names;
};
const fieldOf = (node, tag) => {
  if (tag === "select") return { node, role: node.multiple || node.size > 1 ? "listbox" : roleOf(node), list: node };
  if (tag === "input" && suggestionsOf(node)) return { node, role: roleOf(node), list: suggestionsOf(node) };
  const role = roleOf(node);
  if (LISTS[role]) return { node, role, list: node };
  const popup = attr(node, "aria-haspopup");
  const opens = role === "combobox" || popup === "listbox" || popup === "menu" || popup === "tree" || popup === "true";
  if (!opens) return null;
  const list = listOf(node);
  if (!list && attr(node, "aria-expanded") === null && role !== "combobox") return null;
  return { node, role: role || "button", list: isTrue(node, "aria-expanded") || (list && isShown(list)) ? list : null };
};
const out = { fields: [], found: -1, options: [], whole: null };
try {
  out.whole = tour(document.documentElement, {
    full: () => fields.length >= MOST_FIELDS,
    mark: () => {},
    text: () => {},
    field: () => {},
    frame: (node) => (node.contentDocument ? node.contentDocument.documentElement : null),
    element: (node, tag, style, visible) => {
      const field = visible ? fieldOf(node, tag) : null;
      if (field) fields[fields.length] = field;
      return true;
    },
    leave: () => {},
  });
  // A list that a field opens is that field's. One that no field claims is of the field that says it is open.
  const claims = (field) => fields.some((other) => other !== field && other.list === field.node);
  const isOwn = (field) => field.list === field.node && tagOf(field.node) !== "select";
  const loose = fields.filter((field) => isOwn(field) && !claims(field));
  const waiting = fields.filter((field) => !field.list && isTrue(field.node, "aria-expanded"));
  if (loose.length === 1 && waiting.length === 1) waiting[0].list = loose[0].list;
  const kept = fields.filter((field) => !(isOwn(field) && claims(field)));
  const given = typeof wanted === "number" || !wanted ? null : wanted;
  for (let i = 0; i < kept.length; i += 1) {
    const field = kept[i];
    const isWanted = given
      ? out.found < 0 && (given.contains(field.node) || field.node.contains(given) || given.control === field.node)
      : wanted === i;
    const options = optionsOf(field, isWanted ? MOST_OPTIONS : 200);
    out.fields[i] = [field.role, namesOf(field.node), options ? options.length : -1];
    if (!isWanted) continue;
    out.found = i;
    out.options = options || [];
  }
} catch {
  // What was met so far is still worth having.
}
return out;
