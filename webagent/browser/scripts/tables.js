// The tables that are shown, native ones and those that say so by their roles, in this page and its same-origin frames.
// arguments[0]: the number of the table whose cells are wanted, from 0.
// Returns {tables, rows, whole}. tables: [name, count, said] for each: its caption or the first words in it, the rows
// that were met, and how many rows it says that it has (0: it does not say). rows: of the wanted table, in document
// order, [number, cells]: number is what the row says it is (0: it says nothing); cells are [text, columns, rows,
// column], the latter what the cell says its column is (0: nothing). whole is false where there is more than was met,
// null where nothing can be.
"use strict";
// parts: walk, names, tour, tables
const wanted = typeof arguments[0] === "number" ? arguments[0] : 0;
const LONGEST_CELL = 1000;
const MOST = 400000; // characters of all cells
const tables = [];
const rows = [];
let size = 0;
// The tables that are open, the innermost last, with the caption, row and cell that are open in them.
const stack = { __proto__: null };
let level = 0;
const now = () => (level > 0 ? stack[level - 1] : null);
const say = (text) => {
  const table = now();
  if (!table || !text) return;
  if (table.caption) {
    if (table.name.length < 200) table.name += `${table.owed ? " " : ""}${text}`;
    table.owed = false;
    return;
  }
  const cell = table.cell;
  if (!cell) return;
  if (cell[0].length < LONGEST_CELL) {
    const piece = `${cell[0] && table.owed ? " " : ""}${text}`.slice(0, LONGEST_CELL);
    cell[0] += piece;
    size += piece.length;
  }
  table.owed = false;
};
const owe = () => {
  const table = now();
  if (table) table.owed = true;
};
const sayWords = (text) => {
  const words = text.replace(/\s+/g, " ");
  if (words[0] === " ") owe();
  say(words.trim());
  if (words.length > 1 && words[words.length - 1] === " ") owe();
};
const sayMark = (text) => {
  owe();
  say(text);
  owe();
};
// Buttons and links that are a picture alone say their name: {node, size}.
const acts = [];
const enter = (node, tag, style, visible) => {
  const table = now();
  if (isTable(node, tag)) {
    const box = boxOf(node);
    if (visible && box.width > 1 && box.height > 1) {
      sayMark(`[table ${tables.length + 1}]`);
      const name = attr(node, "aria-label") || attr(node, "aria-labelledby") ? nameOf(node) : "";
      const said = parseInt(attr(node, "aria-rowcount") || "0", 10);
      stack[level] = {
        node, number: tables.length, name, first: [], count: 0, said: said > 0 ? said : 0, start: 0, owed: false,
        caption: null, rowNode: null, row: null, cellNode: null, cell: null,
      };
      tables[tables.length] = stack[level];
      level += 1;
      return true;
    }
  }
  if (!table) return true;
  if (attr(node, "aria-hidden") === "true" && /icon|symbol|awesome|glyph/i.test(style.fontFamily)) return false;
  if (!table.rowNode && tag === "caption" && !table.name) {
    table.caption = node;
  } else if (!table.rowNode && isRow(node, tag)) {
    table.rowNode = node;
    table.start = size;
    table.row = [spanOf(node, "aria-rowindex", 1e9), []];
    if (attr(node, "aria-rowindex") === null) table.row[0] = 0;
  } else if (table.rowNode && !table.cellNode && isCell(node, tag)) {
    table.cellNode = node;
    const column = attr(node, "aria-colindex") === null ? 0 : spanOf(node, "aria-colindex", 1e6);
    table.cell = ["", spanOf(node, "colspan", 1000), spanOf(node, "rowspan", 65534), column];
    table.row[1][table.row[1].length] = table.cell;
    table.owed = false;
    size += 10;
  }
  const alt = tag === "img" && visible ? squeeze(attr(node, "alt")) : "";
  if (alt) sayMark(alt);
  else if (visible && table.cell && (tag === "button" || tag === "a" || roleGiven(node) === "button")) {
    acts[acts.length] = { node, size };
  }
  return true;
};
const leave = (node) => {
  const act = acts.length ? acts[acts.length - 1] : null;
  if (act && act.node === node) {
    if (act.size === size) sayMark(nameOf(node));
    acts.length -= 1;
  }
  const table = now();
  if (!table) return;
  if (table.node === node) level -= 1;
  if (table.caption === node) table.caption = null;
  if (table.cellNode === node) table.cell = table.cellNode = null;
  if (table.rowNode !== node) return;
  const cells = table.row[1];
  if (cells.length) {
    table.count += 1;
    for (let i = 0; i < cells.length && table.first.length < 3; i += 1) {
      if (cells[i][0]) table.first[table.first.length] = cells[i][0].slice(0, 40);
    }
    if (table.number === wanted) rows[rows.length] = table.row;
    else size = table.start; // these cells are not kept
  }
  table.row = table.rowNode = null;
};
let whole = null;
try {
  whole = tour(document.documentElement, {
    full: () => size > MOST,
    mark: owe,
    text: (node) => sayWords(node.data),
    field: (node, said) => {
      const type = tagOf(node) === "input" ? node.type : "";
      if (type === "checkbox" || type === "radio") sayMark(node.checked ? "[x]" : "[ ]");
      else sayMark((said || (type === "range" ? node.value : "")).replace(/\s+/g, " ").trim());
    },
    frame: (node) => (node.contentDocument ? node.contentDocument.documentElement : null),
    element: enter,
    leave,
  });
} catch {
  // What was met so far is still worth having.
}
const out = [];
for (let i = 0; i < tables.length; i += 1) {
  const table = tables[i];
  let name = squeeze(table.name);
  for (let k = 0; k < table.first.length && !squeeze(table.name); k += 1) name += `${k ? ", " : ""}${table.first[k]}`;
  out[i] = [name, table.count, table.said];
}
return { tables: out, rows, whole };
