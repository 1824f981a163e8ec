// What a page says, as small plain HTML: headings, paragraphs, lists, links, data tables, code; fields and pictures as
// words in brackets. Shown things only, open shadow roots and same-origin frames with them; never a password.
// arguments[0]: most characters of HTML (default 400000).
// Returns {html, whole, frames}: whole is false where there is more than was read, null where nothing can be; frames
// are the frame elements of other sites, each to be read by a call of its own.
"use strict";
// parts: walk, names, fields, called, tour, tables
const limit = typeof arguments[0] === "number" && arguments[0] >= 0 ? arguments[0] : 400000;
const LONGEST_ADDRESS = 200;
const DEEPEST = 30;
const MOST_TAGS = 12000; // To make Markdown of them takes longer than to find them.
const MOST_ITEMS = 50; // of one list; a longer one is written as several, since numbering them takes its square
const ENTITIES = { __proto__: null, "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]);
const addressOf = native(HTMLAnchorElement, "href");
const inside = native(HTMLIFrameElement, "contentDocument");
const contentType = native(Document, "contentType");

let out = "";
let tags = 0;
let owed = ""; // What is to stand before the next text: "", " ", "break" or "block".
let paragraph = false; // A <p> is open in the innermost block.
let cut = false; // There was more than there is room for.
let last = ""; // What was said last; to ask a growing string for its end costs a copy of it.
const frames = [];
// The things that are open, the innermost last: {node, kind, tag, open, said}. Each is written when something is said
// in it, so that nothing stands there empty.
const stack = { __proto__: null };
let level = 0;
const INLINE = { __proto__: null, link: 1, gone: 1, code: 1 };
const PARTS = { __proto__: null, list: 1, table: 1, row: 1 };
const owe = (mark) => {
  if (owed === "block" || (owed === "break" && mark === " ")) return;
  owed = mark;
};
const endParagraph = () => {
  if (paragraph) out += "</p>\n";
  paragraph = false;
};
const shut = (one) => {
  if (!one.open) return;
  if (!INLINE[one.kind]) endParagraph();
  out += `</${one.tag}>${INLINE[one.kind] ? "" : "\n"}`;
  one.open = false;
};
const push = (node, kind, tag, start) => {
  stack[level] = { node, kind, tag, start: start || `<${tag}>`, open: false, said: false, items: 0 };
  level += 1;
};
// The innermost thing that holds text, as far as `upto`; null for the page.
const holder = (upto) => {
  for (let at = upto - 1; at >= 0; at -= 1) {
    const one = stack[at];
    if (!INLINE[one.kind] && !(PARTS[one.kind] && !one.open)) return one;
  }
  return null;
};
const fill = (upto) => {
  const block = holder(upto);
  const kind = block ? block.kind : "page";
  const within = upto > 0 && INLINE[stack[upto - 1].kind] && stack[upto - 1].open;
  if (kind === "pre") out += owed === "block" || owed === "break" ? "\n" : owed;
  else if (within || kind === "cell" || kind === "heading") out += owed && (!block || block.said) ? " " : "";
  else if (kind === "item") out += owed && block.said ? (owed === " " ? " " : "<br>") : "";
  else if (!paragraph || owed === "block") {
    endParagraph();
    out += "<p>";
    tags += 1;
    paragraph = true;
  } else if (owed) out += owed === " " ? " " : "<br>";
  owed = "";
};
// Writes the beginnings of all that is open, of lists and tables only those below `floor`.
const begin = (floor) => {
  for (let at = 0; at < level; at += 1) {
    const one = stack[at];
    if (one.open || (at >= floor && PARTS[one.kind])) continue;
    if (INLINE[one.kind]) {
      fill(at);
    } else {
      endParagraph();
      owed = "";
      if (one.kind === "item" && at > 0 && stack[at - 1].kind === "list") {
        const list = stack[at - 1];
        if (list.items > 0 && list.items % MOST_ITEMS === 0) out += `</${list.tag}>\n${list.resume(list.items)}`;
        list.items += 1;
      }
    }
    out += one.start;
    tags += 1;
    one.open = true;
  }
};
const say = (text) => {
  if (!text) return;
  // Text that stands in a list or table but in no item or cell of it interrupts it.
  let floor = level;
  for (let at = level - 1; at >= 0 && (PARTS[stack[at].kind] || INLINE[stack[at].kind]); at -= 1) {
    if (PARTS[stack[at].kind]) shut(stack[at]);
    floor = at;
  }
  begin(floor);
  fill(level);
  for (let at = 0; at < level; at += 1) stack[at].said = true;
  const room = Math.max(limit - out.length, 0);
  if (text.length > room) cut = true;
  out += escaped(text.slice(0, room));
  last = text;
};
const sayWords = (text) => {
  const words = text.replace(/\s+/g, " ");
  if (words[0] === " ") owe(" ");
  say(words.trim());
  if (words.length > 1 && words[words.length - 1] === " ") owe(" ");
};
const sayLines = (text) => {
  const lines = text.split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i += 1) {
    if (i) owe("break");
    sayWords(lines[i]);
  }
};
// Apart from the words around it.
const sayMark = (mark) => {
  owe(" ");
  say(mark);
  owe(" ");
};
// As an attribute's value that no Markdown address ends early in; "" for what leads nowhere.
const written = (address) => {
  if (!/^(https?|mailto|tel|ftp|blob):/i.test(address)) return "";
  const code = (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
  const safe = address.slice(0, 2 * LONGEST_ADDRESS).replace(/[\s"'<>()[\]\\`|]/g, code);
  return safe.length > LONGEST_ADDRESS ? `${safe.slice(0, LONGEST_ADDRESS - 1)}…` : safe;
};
const isIn = (kind) => {
  for (let at = level - 1; at >= 0; at -= 1) if (stack[at].kind === kind) return true;
  return false;
};
const checkedOf = (node, tag) => {
  const checked = tag === "input" ? node.checked : attr(node, "aria-checked") === "true";
  return checked ? ": checked" : ": not checked";
};
// What a control says of itself, in brackets. Its name is left out where it has just been read.
const described = (node, role, said, named) => {
  const name = named ? "" : ` '${calledBy(node)}'`;
  const value = said.length > 300 ? `${said.slice(0, 299)}…` : said;
  return `[${role}${name === " ''" ? "" : name}${value ? `: ${value}` : ""}]`;
};
const NO_TEXT = { __proto__: null, checkbox: 1, radio: 1, switch: 1, menuitemcheckbox: 1, menuitemradio: 1 };
const BUTTONS = { __proto__: null, submit: 1, reset: 1, button: 1, image: 1 };
const considerField = (node, said) => {
  const tag = tagOf(node);
  const type = tag === "input" ? node.type : "";
  const role = tag === "input" && type === "file" ? "file" : roleOf(node);
  if (!role) return;
  if (BUTTONS[type]) sayMark(`[button '${nameOf(node) || squeeze(said)}']`);
  else if (NO_TEXT[role] && isIn("cell")) sayMark(node.checked ? "[x]" : "[ ]");
  else if (NO_TEXT[role]) sayMark(described(node, role, checkedOf(node, tag).slice(2), false));
  else {
    // What a field says where nothing is written in it is a hint, which is its name where it has no other.
    const empty = tag !== "select" && !node.value;
    const value = type === "range" || type === "color" ? node.value : empty ? "" : said.replace(/\s+/g, " ").trim();
    const name = calledBy(node);
    const read = name && last.replace(/[\s:*]+$/, "").endsWith(name);
    sayMark(described(node, role, value, read || name === squeeze(value)));
  }
};
const HEADING = /^h[1-6]$/;
const enter = (node, tag, style, visible) => {
  const role = (attr(node, "role") || "").trim().toLowerCase();
  if (attr(node, "aria-hidden") === "true" && /icon|symbol|awesome|glyph/i.test(style.fontFamily)) return false;
  if (tag === "img" || role === "img" || role === "image") {
    const alt = visible ? squeeze(attr(node, "alt") || attr(node, "aria-label")) : "";
    if (alt && isIn("link")) sayWords(alt);
    else if (alt) sayMark(`[image '${alt}']`);
    return false;
  }
  if (tag === "embed" || tag === "object") {
    if (/pdf/i.test(attr(node, "type") || "")) sayMark(`[PDF: ${squeeze(node.src || node.data)}]`);
    return true;
  }
  if (CONTROLS[tag] || level >= DEEPEST) return true;
  const links = tag === "a" && attr(node, "href") !== null;
  if (visible && (tag === "button" || (role === "button" && !links)) && !isIn("link")) {
    const name = nameOf(node);
    // A whole card that can be clicked has more to say than a name.
    if (!/…$/.test(name)) {
      if (name) sayMark(`[${roleOf(node) || "button"} '${name}']`);
      return false;
    }
  }
  const drawn = tag === "label" && visible ? hiddenControl(node) : null;
  if (drawn) sayMark(`[${roleOf(drawn)}${checkedOf(drawn, "input")}]`);
  if (visible && NO_TEXT[role]) sayMark(`[${role}${checkedOf(node, tag)}]`);
  const block = holder(level);
  const kind = block ? block.kind : "page";
  if (links) {
    let address = "";
    try {
      address = addressOf(node);
    } catch {
      address = new URL(attr(node, "href"), document.baseURI).href; // of a drawing
    }
    const safe = written(String(address));
    if (safe && !isIn("link") && !isIn("pre")) push(node, "link", "a", `<a href="${escaped(safe)}">`);
    return true;
  }
  if (kind === "pre") return true;
  if (tag === "del" || tag === "s" || tag === "strike" || /line-through/.test(style.textDecorationLine)) {
    if (style.display.slice(0, 6) === "inline" && !isIn("gone")) push(node, "gone", "del");
    return true;
  }
  if (tag === "code" && style.display === "inline" && !isIn("code") && !isIn("link")) {
    push(node, "code", "code");
    return true;
  }
  if (level > 0 && INLINE[stack[level - 1].kind]) return true;
  const wide = kind === "page" || kind === "quote";
  if (wide && tag === "pre") push(node, "pre", "pre");
  else if (wide && tag === "blockquote") push(node, "quote", "blockquote");
  else if (wide && (role === "heading" || (!role && HEADING.test(tag)))) {
    const given = parseInt(attr(node, "aria-level") || "", 10);
    const size = given >= 1 && given <= 6 ? given : HEADING.test(tag) ? Number(tag[1]) : 2;
    push(node, "heading", `h${size}`);
  } else if ((wide || kind === "item") && (tag === "ul" || tag === "ol" || tag === "menu" || role === "list")) {
    if (role && role !== "list") return true;
    const numbered = tag === "ol";
    const first = numbered && Number.isInteger(node.start) && node.start >= 0 ? node.start : 1;
    push(node, "list", numbered ? "ol" : "ul", numbered ? `<ol start="${first}">` : "<ul>");
    stack[level - 1].resume = (items) => (numbered ? `<ol start="${first + items}">` : "<ul>");
  } else if ((tag === "li" && (!role || role === "listitem")) || role === "listitem") {
    if (level > 0 && stack[level - 1].kind === "list") push(node, "item", "li");
  } else if (wide && isTable(node, tag)) {
    push(node, "table", "table");
  } else if (level > 0 && stack[level - 1].kind === "table" && isRow(node, tag)) {
    push(node, "row", "tr");
  } else if (level > 0 && stack[level - 1].kind === "row" && isCell(node, tag)) {
    const wider = spanOf(node, "colspan", 100);
    const name = isHead(node, tag) ? "th" : "td";
    push(node, "cell", name, wider > 1 ? `<${name} colspan="${wider}">` : `<${name}>`);
    begin(level);
    owed = "";
  }
  return true;
};
const leave = (node) => {
  if (level === 0 || stack[level - 1].node !== node) return;
  const one = stack[level - 1];
  if (one.kind === "link" && !one.said) sayWords(nameOf(node));
  shut(one);
  level -= 1;
  if (!INLINE[one.kind] && one.kind !== "cell") owe("block");
};
let whole = null;
try {
  whole = tour(document.documentElement, {
    full: () => cut || tags >= MOST_TAGS || out.length > limit,
    mark: (kind) => owe(kind === "gap" || kind === "cell" ? " " : kind),
    text: (node, style) => {
      const block = holder(level);
      if (block && block.kind === "pre") {
        say(node.data.replace(/`{3,}/g, "``"));
      } else if (/^(preserve|break-spaces)/.test(style.whiteSpaceCollapse)) sayLines(node.data);
      else sayWords(node.data);
    },
    field: considerField,
    frame: (node) => {
      const box = boxOf(node);
      if (box.width < 10 || box.height < 10) return null;
      let within = null;
      try {
        within = inside(node);
      } catch {
        within = node.contentDocument; // one of a frameset
      }
      if (within && contentType(within) === "application/pdf") sayMark(`[PDF: ${squeeze(node.src)}]`);
      else if (within) return within.documentElement;
      else {
        frames[frames.length] = node;
        sayMark(described(node, "frame", "", false));
      }
      return null;
    },
    element: enter,
    leave,
  });
} catch {
  // What was read so far is still worth having.
}
for (; level > 0; level -= 1) shut(stack[level - 1]);
endParagraph();
return { html: out, whole: cut ? false : whole, frames };
