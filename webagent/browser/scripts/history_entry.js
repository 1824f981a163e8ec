// What tells the current entry of the tab's history from its neighbours, also where both have the same address.
// Returns {url, key, loaded, length, frames}: the address; the entry's own key, null where the browser gives none; when
// the document was loaded, in milliseconds; how many entries the tab's history has; the keys of same-origin frames,
// as a step back may move a frame alone.
"use strict";
const keyOf = (view) => {
  try {
    return [String(view.location.href), view.navigation?.currentEntry?.key ?? null];
  } catch {
    return null;
  }
};
const out = { url: "", key: null, loaded: 0, length: 2, frames: [] };
try {
  const own = keyOf(window);
  out.url = own ? own[0] : "";
  out.key = own ? own[1] : null;
  out.length = window.history.length;
  out.loaded = window.performance.timeOrigin;
  for (let i = 0; i < window.length && i < 50; i += 1) out.frames[i] = keyOf(window[i]);
} catch {
  // What is known is returned.
}
return out;
