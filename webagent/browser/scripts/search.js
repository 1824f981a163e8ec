// Finds text in this document, as a browser's Ctrl-F does: shown text only, open shadow roots included, frames apart.
// arguments[0]: what to find. arguments[1]: which match of this document to mark as the current one, from 0, or null.
// arguments[2]: of how many matches to return the text around them (default 10).
// Returns {parts, at}. parts: in document order, {count, around: [[before, match, after], ...]} for a run of matches and
// {frame: element} for a frame to be searched by its own call. at: null, or of the current match {element, x, y,
// around}, with x and y its middle, in CSS pixels from the top left corner of the element's box.
// Leaves CSS highlights named webagent-match and webagent-current, and their style sheet: no node is changed.
"use strict";
// parts: walk
const fold = (char, before) => {
  const code = char.charCodeAt(0);
  if (code < 128) return char === "`" ? "'" : char.toLowerCase();
  if (code === 0xad || (code >= 0x200b && code <= 0x200d) || code === 0xfeff) return "";
  if (/[‘’‚‛′ʼ´‹›]/.test(char)) return "'";
  if (/[“”„‟″«»]/.test(char)) return '"';
  if (code >= 0x300 && code <= 0x36f) return /[a-z\u0370-\u03ff]/.test(before) ? "" : char;
  const small = char.toLowerCase();
  const plain = small.normalize("NFD");
  if (/^[a-zα-ω]\p{M}+$/u.test(plain)) return plain[0];
  return small.length === 1 ? small : char;
};
const isBlank = (code) => code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0x202f;

// The page as one string of folded characters: one blank for any white space, "\n" where no match may pass.
let page = "";
let from = new Int32Array(1 << 16); // For each character of `page`: its offset in its node's text.
const pieces = []; // {node, text, start}: where each node's text starts in `page`; marks have no node.
const parts = [];
const needle = (() => {
  let text = "";
  const given = String(arguments[0]);
  for (let i = 0; i < given.length; i += 1) {
    text += isBlank(given.charCodeAt(i)) ? " " : fold(given[i], text.slice(-1));
  }
  return text.replace(/ +/g, " ").trim();
})();
// Asking a growing string for its last character costs a copy of it: size and last character are kept beside it.
let size = 0;
let last = "\n";
const keep = (char, offset) => {
  if (size >= from.length) {
    const wider = new Int32Array(from.length * 2);
    wider.set(from);
    from = wider;
  }
  from[size] = offset;
  size += 1;
  last = char;
  page += char;
};
const open = (node, text) => {
  pieces[pieces.length] = { node, text, start: size };
};
const read = (node, text) => {
  open(node, text);
  for (let i = 0; i < text.length; i += 1) {
    const blank = isBlank(text.charCodeAt(i));
    if (blank && (last === " " || last === "\n")) continue;
    const char = blank ? " " : fold(text[i], last);
    if (char) keep(char, i);
  }
};
const bar = (char) => {
  if (last === "\n" || (char === " " && last === " ")) return;
  open(null, char);
  keep(char, 0);
};

const pieceOf = (index) => {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle].start <= index) low = middle;
    else high = middle - 1;
  }
  return low;
};
// The page's own characters from `start` to `end` of `page`.
const shown = (start, end) => {
  let text = "";
  for (let at = pieceOf(start); start < end && at < pieces.length; at += 1) {
    const stop = at + 1 < pieces.length ? Math.min(end, pieces[at + 1].start) : end;
    if (stop <= start) continue;
    const piece = pieces[at];
    const upto = stop < page.length && pieceOf(stop) === at ? from[stop] : piece.text.length;
    text += piece.node ? piece.text.slice(from[start], upto) : " ";
    start = stop;
  }
  return text;
};
const aroundOf = (start) => {
  const end = start + needle.length;
  const left = Math.max(0, start - 40);
  const right = Math.min(page.length, end + 40);
  return [(left > 0 ? "…" : "") + shown(left, start), shown(start, end), shown(end, right) + (right < page.length ? "…" : "")];
};
const rangeOf = (start) => {
  const head = pieces[pieceOf(start)];
  const last = start + needle.length - 1;
  const tail = pieces[pieceOf(last)];
  if (!head.node || !tail.node || typeOf(head.node) !== 3 || typeOf(tail.node) !== 3) return null;
  if (head.node.getRootNode() !== tail.node.getRootNode()) return null;
  const range = document.createRange();
  range.setStart(head.node, from[start]);
  range.setEnd(tail.node, Math.min(from[last] + 1, tail.text.length));
  return range;
};

const RULES = "::highlight(webagent-match){background-color:#ffeb3b;color:#000}" +
  "::highlight(webagent-current){background-color:#ff9632;color:#000}";
const mark = (starts, current) => {
  CSS.highlights.delete("webagent-match");
  CSS.highlights.delete("webagent-current");
  if (!starts.length) return;
  const all = new Highlight();
  const now = new Highlight();
  const roots = new Set();
  for (let i = 0; i < starts.length; i += 1) {
    if (i >= 1000 && i !== current) continue;
    const range = rangeOf(starts[i]);
    if (!range) continue;
    (i === current ? now : all).add(range);
    roots.add(range.startContainer.getRootNode());
  }
  now.priority = 1;
  CSS.highlights.set("webagent-match", all);
  CSS.highlights.set("webagent-current", now);
  let sheet = null;
  for (const root of roots) {
    const has = [...root.adoptedStyleSheets].some((old) => old.cssRules.length && /webagent-match/.test(old.cssRules[0].cssText));
    if (has) continue;
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(RULES);
    }
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  }
};
const locate = (start) => {
  const range = rangeOf(start);
  const node = pieces[pieceOf(start)].node;
  const element = typeOf(node) === 1 ? node : node.parentElement || parent(node).host;
  const box = boxOf(element);
  const rects = range ? range.getClientRects() : [];
  const spot = rects.length ? rects[0] : box;
  return {
    element,
    x: spot.left + spot.width / 2 - box.left,
    y: spot.top + spot.height / 2 - box.top,
    around: aroundOf(start),
  };
};

const starts = [];
const cuts = []; // [end in `page`, frame element]: where the frames stand.
let at = null;
try {
  walk(document.documentElement, {
    full: () => false,
    mark: (kind) => bar(kind === "break" ? " " : "\n"),
    text: (node) => read(node, node.data),
    field: (node, text) => read(node, text),
    frame: (node) => {
      const box = boxOf(node);
      if (box.width > 1 && box.height > 1) cuts[cuts.length] = [size, node];
      return null;
    },
    element: () => true,
  });
  for (let i = needle ? page.indexOf(needle) : -1; i >= 0; i = page.indexOf(needle, i + needle.length)) starts[starts.length] = i;
} catch {
  // Whatever was read is searched no further: no match is better than a wrong one.
}
const most = typeof arguments[2] === "number" ? arguments[2] : 10;
let told = 0;
let index = 0;
for (let cut = 0; cut <= cuts.length; cut += 1) {
  const end = cut < cuts.length ? cuts[cut][0] : Infinity;
  const part = { count: 0, around: [] };
  for (; index < starts.length && starts[index] < end; index += 1) {
    part.count += 1;
    if (told < most) {
      part.around[part.around.length] = aroundOf(starts[index]);
      told += 1;
    }
  }
  if (part.count) parts[parts.length] = part;
  if (cut < cuts.length) parts[parts.length] = { frame: cuts[cut][1] };
}
const wanted = arguments[1];
try {
  if (typeof wanted === "number" && wanted >= 0 && wanted < starts.length) at = locate(starts[wanted]);
  mark(starts, wanted);
} catch {
  // A page without highlights is still searched.
}
return { parts, at };
