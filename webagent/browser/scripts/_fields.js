// Part: what a person can write into, or choose in, and what it holds. Needs walk, names.
const WRITTEN = { __proto__: null, text: 1, search: 1, url: 1, email: 1, tel: 1, password: 1, number: 1 };
const PICKED = {
  __proto__: null, date: 1, time: 1, "datetime-local": 1, month: 1, week: 1, range: 1, color: 1,
};
const isEditable = native(HTMLElement, "isContentEditable");
// "text": written key by key; "value": a date or the like; "choice"; "rich": text in the page itself; "" for no field.
const kindOf = (node) => {
  const tag = tagOf(node);
  if (tag === "textarea") return "text";
  if (tag === "select") return "choice";
  if (tag === "input") return WRITTEN[node.type] ? "text" : PICKED[node.type] ? "value" : "";
  return node instanceof HTMLElement && isEditable(node) ? "rich" : "";
};
const isSecret = (node) => {
  const type = tagOf(node) === "input" ? node.type : "";
  const hidden = getComputedStyle(node).webkitTextSecurity;
  return type === "password" || (Boolean(hidden) && hidden !== "none") || /password|one-time-code/i.test(attr(node, "autocomplete") || "");
};
const MOST_HELD = 20000;
const heldBy = (node, kind) => {
  if (kind === "rich") return String(node.innerText || "").slice(0, MOST_HELD);
  if (kind === "choice") {
    const chosen = node.options[node.selectedIndex];
    return chosen ? String(chosen.label || chosen.text).slice(0, MOST_HELD) : "";
  }
  return kind ? String(node.value).slice(0, MOST_HELD) : "";
};
// The words in a label or beside a field, without what fields among them hold.
const wordsOf = (node) => {
  if (typeOf(node) === 3) return squeeze(node.data);
  let text = "";
  let seen = 0;
  walk(node, {
    full: () => text.length > 200 || seen > 400,
    mark: () => { text += " "; },
    text: (found) => { text += found.data; },
    field: () => {},
    frame: () => null,
    element: (found) => {
      seen += 1;
      return found === node || !isControl(found);
    },
  });
  return squeeze(text);
};
const FIELDS = "input:not([type=hidden]), textarea, select, [contenteditable]";
const previous = native(Node, "previousSibling");
// The words that stand before a field, where nothing labels it; never those that stand before another one.
const wordsBefore = (node) => {
  for (let at = node, level = 0; at && typeOf(at) === 1 && level < 4; at = parent(at), level += 1) {
    if (tagOf(at) === "form" || tagOf(at) === "body") return "";
    for (let beside = previous(at), far = 0; beside && far < 6; beside = previous(beside), far += 1) {
      if (typeOf(beside) === 1 && (beside.matches(FIELDS) || beside.querySelector(FIELDS))) return "";
      const words = typeOf(beside) === 1 || typeOf(beside) === 3 ? wordsOf(beside) : "";
      if (words) return words;
    }
  }
  return "";
};
// What a field may be called, the likeliest first; names that only the page's code knows come last.
const callsOf = (node) => {
  const names = [];
  const add = (text) => {
    const line = squeeze(text);
    if (line) names[names.length] = line;
  };
  const labels = node.labels || [];
  for (let i = 0; i < labels.length && i < 5; i += 1) add(wordsOf(labels[i]));
  const ids = (attr(node, "aria-labelledby") || "").trim().split(/\s+/);
  let said = "";
  for (let i = 0; i < ids.length && i < 10; i += 1) {
    const other = ids[i] && node.getRootNode().getElementById(ids[i]);
    if (other) said += ` ${wordsOf(other) || other.textContent.slice(0, 200)}`;
  }
  add(said);
  add(attr(node, "aria-label"));
  add(attr(node, "placeholder") || attr(node, "data-placeholder") || attr(node, "aria-placeholder"));
  add(attr(node, "title"));
  if (!names.length) add(wordsBefore(node));
  add(attr(node, "name"));
  add(attr(node, "id"));
  return names;
};
