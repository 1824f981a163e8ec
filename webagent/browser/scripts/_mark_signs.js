// Part: whether a node can be acted on, as far as a script can tell. Needs walk, names.
const [HAND, ACTS, STRONG] = [1, 2, 3]; // How sure it is: it only looks so; the page listens there; it is a control.
const ROLES = {
  __proto__: null, button: 1, link: 1, checkbox: 1, radio: 1, switch: 1, tab: 1, menuitem: 1, menuitemcheckbox: 1,
  menuitemradio: 1, option: 1, combobox: 1, textbox: 1, searchbox: 1, slider: 1, spinbutton: 1, treeitem: 1,
};
// Often focusable for the sake of the keyboard alone.
const STILL = {
  __proto__: null, dialog: 1, alertdialog: 1, alert: 1, main: 1, region: 1, group: 1, tabpanel: 1, log: 1, status: 1,
  navigation: 1, document: 1, article: 1, application: 1, feed: 1, grid: 1, table: 1, listbox: 1, menu: 1, menubar: 1,
  tree: 1, treegrid: 1, list: 1, toolbar: 1, radiogroup: 1, tablist: 1, form: 1, search: 1, tooltip: 1, presentation: 1,
};
const ACTIVE = { __proto__: null, button: 1, select: 1, textarea: 1, canvas: 1, summary: 1 };
const LISTS = { __proto__: null, ul: 1, ol: 1, dl: 1, table: 1, tbody: 1, thead: 1, tfoot: 1, nav: 1, menu: 1 };
const lastOf = native(Element, "lastElementChild");
const before = native(Element, "previousElementSibling");
const namespaceOf = native(Element, "namespaceURI");
const HANDLERS = ["onclick", "onmousedown", "onpointerdown", "onmouseup", "onpointerup", "ondblclick"];
const listens = HANDLERS.map((name) => [native(HTMLElement, name), native(SVGElement, name)]);
const isSvg = (node) => namespaceOf(node) === "http://www.w3.org/2000/svg";
const isListening = (node) => {
  const kind = isSvg(node) ? 1 : 0;
  for (let i = 0; i < listens.length; i += 1) {
    if (attr(node, HANDLERS[i]) !== null) return true;
    try {
      if (typeof listens[i][kind](node) === "function") return true;
    } catch {
      // Neither HTML nor SVG.
    }
  }
  return false;
};
// Of text that is written into the page itself, the outermost element.
const isHost = (node) => {
  const said = attr(node, "contenteditable");
  return said !== null && said.toLowerCase() !== "false";
};
const isScroller = (node, style) =>
  /auto|scroll/.test(style.overflowX + style.overflowY) &&
  (node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1);
// Where a list shows the hand all over, each entry is what is clicked.
const isListOfHands = (node, tag) => {
  if (LISTS[tag]) return true;
  if (tag === "tr") return false;
  let [count, sort] = [0, null];
  for (let child = lastOf(node); child && count < 20; child = before(child)) {
    const own = attr(child, "class");
    if (!own || (sort !== null && own !== sort)) return false;
    sort = own;
    count += 1;
  }
  return count > 2;
};
const givenRole = (node) => (attr(node, "role") || "").trim().toLowerCase().split(/\s+/)[0];
// How sure it is that a node can be acted on, 0 where nothing says so. `hand`: it shows one that its parent does not.
const levelOf = (node, tag, style, hand) => {
  if (tag === "html" || tag === "body") return 0;
  if (tag === "input") return node.type === "hidden" ? 0 : STRONG;
  if (ACTIVE[tag]) return STRONG;
  if (tag === "a" && (attr(node, "href") !== null || attr(node, "xlink:href") !== null)) return STRONG;
  if ((tag === "video" || tag === "audio") && attr(node, "controls") !== null) return STRONG;
  const role = givenRole(node);
  if (ROLES[role] || isHost(node)) return STRONG;
  if (isListening(node)) return ACTS;
  const opens = attr(node, "aria-haspopup");
  if ((opens !== null && opens !== "false") || attr(node, "aria-pressed") !== null) return ACTS;
  if (hand || attr(node, "draggable") === "true") return HAND;
  const tab = attr(node, "tabindex");
  if (tab === null || !(parseInt(tab, 10) >= 0) || STILL[role] || tag === "dialog") return 0;
  return isScroller(node, style) || node.textContent.length > 300 ? 0 : HAND;
};
