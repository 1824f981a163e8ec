// What a click at a point of the viewport would land on, through open shadow roots and same-origin frames.
// arguments[0], [1]: x and y in CSS pixels of the top window's viewport.
// Returns {width, height, role, name, tag, new_tab}: the viewport's size in CSS pixels; the role, name and tag of the
// closest control around the point, or of the innermost element where there is no control (role "" then); new_tab is
// true for a link that asks for another tab. role, name and tag are "" where nothing stands there.
"use strict";
// parts: walk, names
// Roles of what is looked at or holds other things; whatever has another role is there to be acted on.
const STILL = {
  __proto__: null, image: 1, heading: 1, dialog: 1, alertdialog: 1, alert: 1, status: 1, tooltip: 1, main: 1, region: 1,
  banner: 1, navigation: 1, contentinfo: 1, complementary: 1, search: 1, form: 1, group: 1, list: 1, listitem: 1,
  table: 1, row: 1, rowgroup: 1, cell: 1, columnheader: 1, rowheader: 1, grid: 1, tablist: 1, tabpanel: 1, toolbar: 1,
  menu: 1, menubar: 1, radiogroup: 1, tree: 1, document: 1, article: 1, application: 1, figure: 1, separator: 1,
};
const out = { width: 0, height: 0, role: "", name: "", tag: "", new_tab: false };
try {
  out.width = Math.round(window.innerWidth);
  out.height = Math.round(window.innerHeight);
  let [x, y] = [arguments[0], arguments[1]];
  let node = null;
  let found = document.elementFromPoint(x, y);
  for (let deep = 0; found && deep < 100; deep += 1) {
    node = found;
    const tag = tagOf(node);
    const shadow = shadowOf(node);
    found = null;
    if (tag === "iframe" || tag === "frame") {
      const inside = node.contentDocument;
      const edge = boxOf(node);
      const style = getComputedStyle(node);
      // A frame may be shown larger or smaller than its own pixels are.
      x = ((x - edge.left) * node.offsetWidth) / (edge.width || 1) - node.clientLeft - parseFloat(style.paddingLeft);
      y = ((y - edge.top) * node.offsetHeight) / (edge.height || 1) - node.clientTop - parseFloat(style.paddingTop);
      found = inside ? inside.elementFromPoint(x, y) : null;
    } else if (shadow) {
      found = shadow.elementFromPoint(x, y);
      if (found === node) found = null;
    }
  }
  const innermost = node;
  const isAct = (at) => {
    const role = roleOf(at);
    return (role !== "" && !STILL[role]) || attr(at, "onclick") !== null;
  };
  let act = null;
  for (let at = node; at && !act; ) {
    if (typeOf(at) === 1 && isAct(at)) act = at;
    at = up(at);
  }
  const told = act || innermost;
  if (told) {
    out.tag = tagOf(told);
    out.role = act ? roleOf(told) || "clickable" : roleOf(told);
    // The page itself has no name but all of its text.
    out.name = out.tag === "html" || out.tag === "body" ? "" : nameOf(told);
    const target = attr(told, "target");
    out.new_tab = out.tag === "a" && Boolean(target) && !/^_(self|top|parent)$/i.test(target);
  }
} catch {
  // The size is known, or 0; the rest stays empty.
}
return out;
