// The page's visible text in document order, open shadow roots and same-origin frames with it.
// arguments[0]: most characters to return (default 200000). Returns a string; blocks on lines of their own.
"use strict";
// parts: walk
const limit = typeof arguments[0] === "number" && arguments[0] >= 0 ? arguments[0] : 200000;
let out = "";
let gap = ""; // White space owed before the next character: "", " ", "\t" or "\n".
const owe = (mark) => {
  if (gap !== "\n" && !(gap === "\t" && mark === " ")) gap = mark;
};
const say = (text) => {
  if (!text) return;
  if (out) out += gap;
  gap = "";
  out += text;
};
const sayLines = (text, keepBlanks) => {
  const lines = text.split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i += 1) {
    if (i) owe("\n");
    if (keepBlanks && /\S/.test(lines[i])) say(lines[i]);
    else sayWords(lines[i]);
  }
};
const sayWords = (text) => {
  const words = text.replace(/[ \t\n\r\f]+/g, " ");
  if (words[0] === " ") owe(" ");
  say(words.slice(words[0] === " " ? 1 : 0, words.length > 1 && words[words.length - 1] === " " ? -1 : undefined));
  if (words.length > 1 && words[words.length - 1] === " ") owe(" ");
};
const CASES = {
  __proto__: null,
  uppercase: (text) => text.toUpperCase(),
  lowercase: (text) => text.toLowerCase(),
  capitalize: (text) => text.replace(/(^|[^\p{L}\p{N}'’])(\p{L})/gu, (all, before, letter) => before + letter.toUpperCase()),
};
const on = {
  full: () => out.length > limit,
  mark: (kind) => owe(kind === "gap" ? " " : kind === "cell" ? "\t" : "\n"),
  text: (node, style) => {
    const change = CASES[style.textTransform];
    const text = change ? change(node.data) : node.data;
    const space = style.whiteSpaceCollapse;
    if (space === "preserve" || space === "break-spaces") sayLines(text, true);
    else if (space === "preserve-breaks") sayLines(text, false);
    else sayWords(text);
  },
  field: (node, text) => sayLines(text, true),
  // Glyphs of icon fonts that are hidden from screen readers are letters in the tree and pictures on the screen.
  element: (node, tag, style) =>
    !(attr(node, "aria-hidden") === "true" && /icon|symbol|awesome|glyph/i.test(style.fontFamily)),
  frame: (node) => {
    const inside = node.contentDocument;
    return inside ? inside.documentElement : null;
  },
};
try {
  walk(document.documentElement, on);
} catch {
  // What was read so far is still worth having.
}
return out.slice(0, limit);
