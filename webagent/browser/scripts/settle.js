// How the page is, for settle(): {ready, quiet, moving}.
//   ready   the document is complete
//   quiet   milliseconds since the document, or a same-origin frame in it, last changed
//   moving  a finite animation or transition is running
// The first call in a document starts to watch it. The watch is kept under a symbol, which keeps it out of lists of
// names; a page that looks for it finds it, and may put its own there: it is then taken for quiet at once, or never.
const KEY = Symbol.for("webagent.settle");
// From the prototypes: an image named "readyState" would stand in its place.
const readyState = Object.getOwnPropertyDescriptor(Document.prototype, "readyState").get;
const now = () => performance.now();

// When the document last changed.
function changed(doc) {
  try {
    const kept = Object.getOwnPropertyDescriptor(doc, KEY)?.value?.last;
    if (typeof kept === "number") return kept;
    const seen = { last: now() };
    Object.defineProperty(doc, KEY, { value: seen, enumerable: false, configurable: true });
    new MutationObserver(() => { seen.last = now(); })
      .observe(doc, { subtree: true, childList: true, attributes: true, characterData: true });
  } catch (error) { /* no watch can be kept here: never quiet */ }
  return now();
}

function moving(doc) {
  const animations = Document.prototype.getAnimations.call(doc);
  return animations.some((one) => {
    if (one.playState !== "running" || !one.effect) return false;
    const end = one.effect.getComputedTiming().endTime;
    return typeof end === "number" && isFinite(end);
  });
}

function documents(doc, found) {
  found.push(doc);
  if (found.length < 20) {
    for (const frame of Document.prototype.querySelectorAll.call(doc, "iframe, frame")) {
      let inner = null;
      try { inner = frame.contentDocument; } catch (error) { /* another origin */ }
      if (inner) documents(inner, found);
    }
  }
  return found;
}

const all = documents(document, []);
return {
  ready: readyState.call(document) === "complete",
  quiet: Math.min(...all.map((doc) => now() - changed(doc))),
  moving: all.some(moving),
};
