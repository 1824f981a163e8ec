// An entry of the list that a mark has opened, brought into view.
// arguments[0]: the mark's id, as marks.js gave it in this document. arguments[1]: the text of the entry.
// Returns {id, entries}: the id that marks.js will give the entry, "" where there is none or more than one; and the
// texts of those that there are, at most 200.
"use strict";
// parts: walk, names
const out = { id: "", entries: [] };
const ITEMS = "[role=option], [role=menuitem], [role=menuitemradio], [role=menuitemcheckbox], [role=treeitem]";
const LISTS = "[role=listbox], [role=menu], [role=tree]";
const MOST = 2000;
const isShown = (node) => {
  const box = boxOf(node);
  return box.width > 1 && box.height > 1 && node.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
};
const shownIn = (list, what) => Array.prototype.slice.call(list.querySelectorAll(what), 0, MOST).filter(isShown);
// Those of the list that the mark names as its own or holds, or else of any list that is open.
const entriesOf = (mark) => {
  const roots = [mark.getRootNode(), mark.ownerDocument];
  const ids = `${attr(mark, "aria-controls") || ""} ${attr(mark, "aria-owns") || ""}`.trim().split(/\s+/);
  const own = [...ids.flatMap((id) => (id ? roots.map((root) => root.getElementById(id)) : [])), mark];
  for (const list of own) {
    const entries = list ? shownIn(list, ITEMS) : [];
    // Some lists are of plain items, whose roles nobody thought of.
    const all = entries.length || !list ? entries : shownIn(list, "li");
    if (all.length) return all;
  }
  for (const root of roots) {
    const entries = shownIn(root, LISTS).flatMap((list) => shownIn(list, ITEMS));
    if (entries.length) return entries;
  }
  return [];
};
const at = (texts, wanted) => {
  const small = texts.map((text) => text.toLowerCase());
  const whole = small.indexOf(wanted);
  const parts = small.filter((text) => wanted && text.includes(wanted));
  return whole < 0 && parts.length === 1 ? small.indexOf(parts[0]) : whole;
};
try {
  const kept = Object.getOwnPropertyDescriptor(document, Symbol.for("webagent.marks")).value;
  const entries = entriesOf(kept.shown.get(arguments[0]));
  const texts = entries.map(nameOf);
  out.entries = texts.filter(Boolean).slice(0, 200);
  const entry = entries[at(texts, squeeze(arguments[1]).toLowerCase())];
  if (entry) {
    entry.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    if (kept.ids.get(entry) === undefined) {
      kept.count += 1;
      kept.ids.set(entry, `${kept.salt}-${kept.count}`);
    }
    out.id = kept.ids.get(entry);
  }
} catch {
  // The mark is gone, or the page broke what this needs.
}
return out;
