// How the page is, for settle(): {ready, quiet, moving}.
//   ready   the document is complete
//   quiet   milliseconds since the document, or a same-origin frame in it, last changed
//   moving  a finite animation or transition is running
// The first call in a document starts to watch it. The watch is kept under a symbol, out of the page's sight.
const KEY = Symbol.for("webagent.settle");
// From the prototypes: an image named "readyState" would stand in its place.
const readyState = Object.getOwnPropertyDescriptor(Document.prototype, "readyState").get;
const now = () => performance.now();

function watch(doc) {
  let seen = doc[KEY];
  if (!seen) {
    seen = { last: now() };
    Object.defineProperty(doc, KEY, { value: seen, enumerable: false });
    new MutationObserver(() => { seen.last = now(); })
      .observe(doc, { subtree: true, childList: true, attributes: true, characterData: true });
  }
  return seen;
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
  quiet: Math.min(...all.map((doc) => now() - watch(doc).last)),
  moving: all.some(moving),
};
