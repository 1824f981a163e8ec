// Clicks an element by script, for one that something lies over. arguments[0]: the element. Returns whether it could.
"use strict";
try {
  Reflect.apply(HTMLElement.prototype.click, arguments[0], []);
  return true;
} catch {
  try {
    // What is not HTML, such as an SVG cross, has no click of its own.
    return arguments[0].dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, composed: true }));
  } catch {
    return false;
  }
}
