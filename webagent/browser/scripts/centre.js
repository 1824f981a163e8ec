// Scrolls a point of an element to the middle of the window and of every scroll area around it, without animation.
// arguments[0]: the element. arguments[1], [2]: the point, in CSS pixels from the top left corner of the element's box;
// of a frame element: from the corner of what it shows.
// Returns [x, y]: where the point then stands in this document's viewport, in CSS pixels; null when it cannot be told.
"use strict";
try {
  const [element, dx, dy] = [arguments[0], arguments[1], arguments[2]];
  const isFrame = /^(iframe|frame)$/.test(element.localName);
  const own = getComputedStyle(element);
  let left = dx + (isFrame ? element.clientLeft + parseFloat(own.paddingLeft) : 0);
  let top = dy + (isFrame ? element.clientTop + parseFloat(own.paddingTop) : 0);
  const point = () => {
    const box = element.getBoundingClientRect();
    return [box.left + left, box.top + top];
  };
  // The browser's own way first: it also reaches through frames of other sites, and renders what was put off.
  element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
  const up = (node) => node.assignedSlot || node.parentElement || (node.getRootNode().host ?? null);
  let fixed = false;
  let at = element;
  for (let deep = 0; at && at !== document.documentElement && !fixed && deep < 5000; deep += 1) {
    const style = getComputedStyle(at);
    if (at !== document.scrollingElement && !(isFrame && at === element)) {
      const box = at.getBoundingClientRect();
      const [x, y] = point();
      const [wasLeft, wasTop] = [at.scrollLeft, at.scrollTop];
      if (/auto|scroll/.test(style.overflowY) && at.scrollHeight > at.clientHeight) {
        at.scrollBy({ top: y - (box.top + at.clientTop + at.clientHeight / 2), behavior: "instant" });
      }
      const start = box.left + at.clientLeft;
      if (/auto|scroll/.test(style.overflowX) && (x < start || x > start + at.clientWidth)) {
        at.scrollBy({ left: x - (start + at.clientWidth / 2), behavior: "instant" });
      }
      if (at === element) {
        // Its own content moved, its box did not.
        left -= at.scrollLeft - wasLeft;
        top -= at.scrollTop - wasTop;
      }
    }
    fixed = style.position === "fixed";
    at = up(at);
  }
  if (!fixed) {
    const [x, y] = point();
    const aside = x < 0 || x > window.innerWidth;
    window.scrollBy({ top: y - window.innerHeight / 2, left: aside ? x - window.innerWidth / 2 : 0, behavior: "instant" });
  }
  return point();
} catch {
  return null;
}
