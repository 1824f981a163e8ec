// Part: what a table is, and what is part of one. Needs walk.
const byTag = native(Element, "getElementsByTagName");
const ownRowsOf = native(HTMLTableElement, "rows");
const rowsOf = (node) => {
  try {
    return ownRowsOf(node);
  } catch {
    return byTag(node, "tr"); // The page has broken it.
  }
};
const cellsOf = native(HTMLTableRowElement, "cells");
const captionOf = native(HTMLTableElement, "caption");
const headOf = native(HTMLTableElement, "tHead");
const roleGiven = (node) => (attr(node, "role") || "").trim().toLowerCase().split(/\s+/)[0];
const TABLES = { __proto__: null, table: 1, grid: 1, treegrid: 1 };
const CELLS = { __proto__: null, cell: 1, gridcell: 1, columnheader: 1, rowheader: 1 };
// Whether a node is a table of things, rather than one that lays out a page, as they were once made.
const isTable = (node, tag) => {
  const role = roleGiven(node);
  if (role) return TABLES[role] === 1;
  if (tag !== "table") return false;
  if (captionOf(node) || headOf(node)) return true;
  const rows = rowsOf(node);
  for (let i = 0; i < rows.length && i < 10; i += 1) {
    const cells = cellsOf(rows[i]);
    for (let k = 0; k < cells.length && k < 10; k += 1) if (tagOf(cells[k]) === "th") return true;
  }
  return rows.length > 1 && !byTag(node, "table")[0];
};
const isRow = (node, tag) => {
  const role = roleGiven(node);
  return role ? role === "row" : tag === "tr";
};
const isCell = (node, tag) => {
  const role = roleGiven(node);
  return role ? CELLS[role] === 1 : tag === "td" || tag === "th";
};
const isHead = (node, tag) => {
  const role = roleGiven(node);
  return role ? role === "columnheader" || role === "rowheader" : tag === "th";
};
// A whole number that an attribute or its aria- twin says; 1 where it says none.
const spanOf = (node, name, most) => {
  const given = parseInt(attr(node, name) || attr(node, `aria-${name}`) || "1", 10);
  return given >= 0 ? Math.min(given, most) : 1;
};
