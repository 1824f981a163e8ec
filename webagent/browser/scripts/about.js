// What a page says of itself, and how it stands in the window.
// Returns {title, kind, error, view, scroll, pane, focus}: title and content type; whether it is an error page of the
// browser's own; [time, x, y], which tells its document from others and how far that is scrolled; [left, above, right,
// below], the CSS pixels that can still be scrolled each way, null where nothing scrolls; whether that is of an area in
// the middle of a page that does not scroll itself; and role and name of what is in focus, "" for the page as a whole.
"use strict";
// parts: walk, names
const read = (name) => Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
const out = { title: "", kind: "text/html", error: false, view: null, scroll: null, pane: false, focus: ["", ""] };
const attempt = (tell) => {
  try {
    tell();
  } catch {
    // That is not told.
  }
};
attempt(() => {
  out.title = String(read("title"));
  out.kind = String(read("contentType"));
  out.error = String(read("URL")).slice(0, 13) === "chrome-error:";
});
// By `top`, whose name no page can take for a variable of its own.
attempt(() => {
  out.view = [+top.performance.timeOrigin, +top.scrollX, +top.scrollY];
});
const LEAST = 2; // pixels; less is a rounding
const leftOf = (box, x, y) => {
  const left = [x, y, box.scrollWidth - box.clientWidth - x, box.scrollHeight - box.clientHeight - y];
  for (let i = 0; i < 4; i += 1) left[i] = left[i] < LEAST ? 0 : Math.round(left[i]);
  return left[0] + left[1] + left[2] + left[3] > 0 ? left : null;
};
const scrolls = (style) => /auto|scroll/.test(style.overflowX + style.overflowY);
attempt(() => {
  const root = document.scrollingElement || document.documentElement;
  const style = getComputedStyle(root);
  const held = style.overflowY === "hidden" && style.overflowX === "hidden";
  out.scroll = held ? null : leftOf(root, top.scrollX, top.scrollY);
  let at = out.scroll ? null : document.elementFromPoint(innerWidth / 2, innerHeight / 2);
  for (let deep = 0; at && at !== root && deep < 1000; deep += 1) {
    if (typeOf(at) === 1 && scrolls(getComputedStyle(at)) && at.clientWidth * at.clientHeight > innerWidth * innerHeight / 4) {
      out.scroll = leftOf(at, at.scrollLeft, at.scrollTop);
      out.pane = out.scroll !== null;
      if (out.pane) break;
    }
    at = up(at);
  }
});
attempt(() => {
  let at = read("activeElement");
  for (let deep = 0; at && deep < 100; deep += 1) {
    const inner = shadowOf(at) || (/^i?frame$/.test(tagOf(at)) && at.contentDocument);
    if (!inner || !inner.activeElement || tagOf(inner.activeElement) === "body") break;
    at = inner.activeElement;
  }
  if (at && !/^(body|html)$/.test(tagOf(at))) {
    out.focus = [roleOf(at) || tagOf(at), nameOf(at)];
  }
});
return out;
