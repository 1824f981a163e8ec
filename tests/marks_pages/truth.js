// Tells the top window what each press of the mouse lands on, and keeps it from doing anything.
// What a person could click carries data-mark; what must not be marked may carry data-not, to say why.
(() => {
  const known = (path) => {
    for (const node of path) {
      if (node.dataset && node.dataset.mark) return node.dataset.mark;
      if (node.dataset && node.dataset.not) return `not: ${node.dataset.not}`;
    }
    return `unknown: ${path[0].outerHTML ? path[0].outerHTML.slice(0, 80) : path[0].nodeName}`;
  };
  const still = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === "pointerdown") top.postMessage({ pressed: known(event.composedPath()) }, "*");
  };
  for (const kind of ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "dblclick", "dragstart"]) {
    addEventListener(kind, still, true);
  }
  if (window === top) {
    window.pressed = [];
    addEventListener("message", (event) => pressed.push(event.data.pressed));
    // All that carry data-mark, frames of the same origin and open shadow roots included.
    window.wanted = (root = document) => [...root.querySelectorAll("*")].flatMap((node) => [
      ...(node.dataset.mark ? [node.dataset.mark] : []),
      ...(node.shadowRoot ? wanted(node.shadowRoot) : []),
      ...(node.tagName === "IFRAME" && node.contentDocument ? wanted(node.contentDocument) : []),
      ...(node.dataset.within ? node.dataset.within.split(" ") : []),
    ]);
  }
})();
