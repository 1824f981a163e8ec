// The things in view that a person could act on, through open shadow roots and frames of the same origin.
// arguments[0]: most marks to return. arguments[1]: null, or of a frame of another site the part of its viewport that
// is in view, as [left, top, right, bottom] in its CSS pixels.
// Returns {width, height, marks, left_out, cut, frames}. width, height: of this document's viewport, in CSS pixels.
// marks: in document order, each [order, id, [left, top, width, height], [x, y], role, name, near, states, value,
// field]: `id` is the element's own for as long as its document lives; the box is what is in view of it; a click at
// (x, y) lands on it; `near` is the text beside what has no name in words; `field` is "text", "secret", "select",
// "value" (set, and not typed) or "".
// left_out: how many more there are. cut: the page has more nodes than were looked at.
// frames: of other sites, to be asked by calls of their own: [order, path, [left, top], scale, clip]; path: the numbers
// of the frames to enter from this document, from 0.
// The ids are kept under a symbol; a page that puts others there has its own marks confused, and nothing else.
"use strict";
// parts: walk, names, fields, at_point, mark_signs, mark_states
const KEY = Symbol.for("webagent.marks");
const [MOST_NODES, MOST_FOUND, MOST_FRAMES, MOST_MS] = [150000, 3000, 50, 1500];
const lastOfRoot = native(DocumentFragment, "lastElementChild");
const rectsOf = native(Element, "getClientRects");
const fits = native(Element, "matches");
const isSeen = native(Element, "checkVisibility");
const createRange = native(Document, "createRange");
const byTag = native(Document, "getElementsByTagName");
const now = () => {
  try {
    return +performance.now() || 0;
  } catch {
    return 0;
  }
};
const end = now() + MOST_MS;
const [width, height] = viewport();
const out = { width, height, marks: [], left_out: 0, cut: false, frames: [] };
const areaOf = (box) => (box[2] - box[0]) * (box[3] - box[1]);

const found = [];
const owners = new Map(); // Element -> what was found for it; null: it is disabled, and a click on it does nothing.
const ownerOf = (node) => {
  for (let at = node, deep = 0; at && deep < 300; at = up(at), deep += 1) {
    if (owners.has(at)) return owners.get(at);
  }
  return null;
};
// All of what is in such a thing is one thing to click.
const WHOLE = { __proto__: null, button: 1, link: 1, checkbox: 1, radio: 1, switch: 1 };
const isWhole = (one) => one.control !== undefined || one.tag === "summary" || WHOLE[roleOf(one.node)] === 1;
const MAY_BE_FLAT = { __proto__: null, a: 1, button: 1, label: 1 };
// A link around a picture is as large as one line of text, or has no size at all; what it holds has.
const boxWithContent = (node, box) => {
  const range = createRange(node.ownerDocument);
  range.selectNodeContents(node);
  const inner = range.getBoundingClientRect();
  if (!(box.width > 0 && box.height > 0)) return inner;
  if (!(inner.width > 0 && inner.height > 0)) return box;
  return {
    left: Math.min(box.left, inner.left), top: Math.min(box.top, inner.top),
    right: Math.max(box.right, inner.right), bottom: Math.max(box.bottom, inner.bottom),
  };
};
const take = (node, tag, level, box, state, control) => {
  const { place, within } = state;
  const one = { node, tag, level, box, control, place, within, point: null, order: found.length };
  found[found.length] = one;
  owners.set(node, one);
  return one;
};
const takeAreas = (image, box, state) => {
  const name = (attr(image, "usemap") || "").replace(/^#/, "");
  const maps = name ? byTag(state.place.doc, "map") : [];
  for (let i = 0; i < maps.length && i < 50; i += 1) {
    if (attr(maps[i], "name") !== name) continue;
    for (let area = first(maps[i]); area && found.length < MOST_FOUND; area = next(area)) {
      if (typeOf(area) !== 1 || tagOf(area) !== "area" || (attr(area, "href") === null && !isListening(area))) continue;
      const at = (attr(area, "coords") || "").split(",").map(number);
      const round = /^circ/i.test(attr(area, "shape") || "");
      const across = round ? [at[0] - at[2], at[0] + at[2]] : at.filter((_, place) => place % 2 === 0);
      const down = round ? [at[1] - at[2], at[1] + at[2]] : at.filter((_, place) => place % 2 === 1);
      const whole = down.length < 2 || /^default$/i.test(attr(area, "shape") || "");
      const part = {
        left: box.left + Math.min(...across), top: box.top + Math.min(...down),
        right: box.left + Math.max(...across), bottom: box.top + Math.max(...down),
      };
      const shows = cutTo(onto(whole ? box : part, state.place), state.place.clip);
      if (shows) take(area, "area", STRONG, shows, state);
    }
  }
};
const WITH_OPACITY = { checkOpacity: true, checkVisibilityCSS: true };
// An element of another document cannot be returned; the number of a frame in its window can.
const pathTo = (frame) => {
  const path = [];
  for (let at = frame; at; at = at.ownerDocument.defaultView.frameElement) {
    const view = at.ownerDocument.defaultView;
    let number = 0;
    while (number < 1000 && view[number] && view[number] !== at.contentWindow) number += 1;
    if (!view[number] || path.length > 20) return null;
    path.unshift(number);
    if (view === window) return path;
  }
  return null;
};
// The place of the document in a frame, to be looked at as well; null where there is none.
const enterFrame = (node, state) => {
  const place = placeIn(node, state.place);
  if (!place.clip || !isSeen(node, WITH_OPACITY)) return null;
  if (place.doc) return places.size <= MOST_FRAMES ? place : null;
  const { x, y, scale, clip } = place;
  if (clip[2] - clip[0] < 10 || clip[3] - clip[1] < 10) return null; // made to count visitors, not to be seen
  const shows = [(clip[0] - x) / scale, (clip[1] - y) / scale, (clip[2] - x) / scale, (clip[3] - y) / scale];
  const path = pathTo(node);
  if (path) out.frames[out.frames.length] = [found.length, path, [x, y], scale, shows];
  return null;
};
const consider = (node, tag, style, box, shows, state, inner) => {
  const hand = inner.hand && (!state.hand || state.split);
  const control = tag === "label" ? node.control : null;
  if (control) {
    if (!fits(control, ":disabled")) inner.within = take(node, tag, ACTS, shows, state, control);
    return;
  }
  if ((tag === "button" || CONTROLS[tag]) && fits(node, ":disabled")) {
    owners.set(node, null);
    return;
  }
  const level = levelOf(node, tag, style, hand);
  inner.split = level === HAND && hand && isListOfHands(node, tag);
  if (level && !inner.split && !(level === HAND && state.within && isWhole(state.within))) {
    inner.within = take(node, tag, level, shows, state);
  }
  if (tag === "img") takeAreas(node, box, state);
};
// Goes through what is rendered. Of what lies out of view no style is asked: that is what takes long.
const look = () => {
  const nodes = [document.documentElement];
  // What is known of the parent; hand: whether it shows one, null: not asked yet.
  const states = [{ place: here, within: null, of: null, hand: false, split: false }];
  let size = 1;
  const push = (node, state) => {
    nodes[size] = node;
    states[size] = state;
    size += 1;
  };
  for (let seen = 1; size > 0; seen += 1) {
    if (seen > MOST_NODES || found.length >= MOST_FOUND || (seen % 512 === 0 && now() > end)) {
      out.cut = true;
      return;
    }
    size -= 1;
    const node = nodes[size];
    const state = states[size];
    try {
      const tag = tagOf(node);
      if (UNSEEN[tag]) continue;
      let box = boxOf(node);
      const isFlat = !(box.width > 0 && box.height > 0);
      if ((isFlat && (MAY_BE_FLAT[tag] || attr(node, "role") !== null)) || (tag === "a" && lastOf(node))) {
        box = boxWithContent(node, box);
      }
      const shows = cutTo(onto(box, state.place), state.place.clip);
      const inner = { place: state.place, within: state.within, of: node, hand: null, split: false };
      if (shows) {
        const style = getComputedStyle(node);
        if (state.hand === null) state.hand = getComputedStyle(state.of).cursor === "pointer";
        inner.hand = style.cursor === "pointer";
        if (style.visibility === "visible") {
          if (tag === "iframe" || tag === "frame") {
            const place = enterFrame(node, state);
            const root = place && place.doc.documentElement;
            if (root) push(root, { place, within: null, of: null, hand: false, split: false });
            continue;
          }
          consider(node, tag, style, box, shows, state, inner);
        }
      }
      if (REPLACED[tag] || CONTROLS[tag]) continue;
      const shadow = shadowOf(node);
      const given = tag === "slot" ? slotted(node) : [];
      for (let i = given.length - 1; i >= 0; i -= 1) if (typeOf(given[i]) === 1) push(given[i], inner);
      if (given.length) continue;
      for (let child = shadow ? lastOfRoot(shadow) : lastOf(node); child; child = before(child)) push(child, inner);
    } catch {
      // A node that answers with an error is left out.
    }
  }
};

// Where a click lands on the thing itself: the middle of each of its lines, then points all over its box.
const NEAR = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75]];
const WIDE = [0.08, 0.3, 0.5, 0.7, 0.92].flatMap((y) => [0.08, 0.3, 0.5, 0.7, 0.92].map((x) => [x, y]));
const hits = new Map();
const isOver = (one, x, y) => {
  const key = x * 65536 + y;
  if (!hits.has(key)) hits.set(key, ownerOf(elementAt(x, y)));
  const owner = hits.get(key);
  return owner !== null && (owner === one || owner.control === one.node);
};
const pointOf = (one) => {
  const tries = [];
  const lines = rectsOf(one.node);
  for (let i = 0; lines.length > 1 && i < lines.length && i < 4; i += 1) {
    const line = cutTo(onto(lines[i], one.place), one.box);
    if (line) tries[tries.length] = [line, 0.5, 0.5];
  }
  const large = one.box[2] - one.box[0] > 30 || one.box[3] - one.box[1] > 30;
  for (const [across, down] of large ? [...NEAR, ...WIDE] : NEAR) tries[tries.length] = [one.box, across, down];
  for (const [box, across, down] of tries) {
    const x = Math.floor(box[0] + (box[2] - box[0]) * across);
    const y = Math.floor(box[1] + (box[3] - box[1]) * down);
    if (isOver(one, x, y)) return [x, y];
  }
  return null;
};
const isVisible = (one) => {
  if (one.tag === "area" || isSeen(one.node, WITH_OPACITY)) return true;
  const style = getComputedStyle(one.node);
  if (style.display === "contents") return true; // it has no box of its own that could be asked
  const overlaid = one.tag === "select" || (one.tag === "input" && OVERLAID[one.node.type]);
  if (!overlaid || style.opacity !== "0") return false;
  const around = up(one.node);
  return Boolean(around) && typeOf(around) === 1 && isSeen(around, WITH_OPACITY);
};
const test = (one) => {
  try {
    if (one.box[2] - one.box[0] > 2 && one.box[3] - one.box[1] > 2 && isVisible(one)) one.point = pointOf(one);
  } catch {
    // What cannot be tested is not known to be there.
  }
};
const testAll = () => {
  for (const one of found) {
    if (now() > end + MOST_MS) {
      out.cut = true;
      return;
    }
    if (!one.control) test(one);
  }
  // A label stands for a control that cannot be clicked itself; of several the one that is drawn and not written.
  const labels = new Map();
  for (const one of found) {
    const own = one.control ? owners.get(one.control) : null;
    if (!one.control || (own && own.point)) continue;
    test(one);
    const other = one.point ? labels.get(one.control) : null;
    if (other) (textOf(other.node) && !textOf(one.node) ? other : one).point = null;
    if (one.point) labels.set(one.control, one);
  }
};

// Of things in one another that do the same, one is kept.
const isField = (one) => !one.control && Boolean(CONTROLS[one.tag]);
const aroundOf = (one) => {
  let at = one.within;
  while (at && !at.point) at = at.within;
  return at;
};
const prune = () => {
  const pairs = new Map();
  for (const one of found) {
    const around = one.point ? aroundOf(one) : null;
    if (around) pairs.set(around, [...(pairs.get(around) || []), one]);
  }
  for (const [around, inside] of pairs) {
    const whole = areaOf(around.box);
    for (const one of inside) {
      const share = areaOf(one.box) / whole;
      const same = () => textOf(around.node) === textOf(one.node);
      if (around.control) continue;
      if (around.level < STRONG) {
        const page = whole > 0.6 * areaOf(here.clip);
        if (page || share > 0.8 || (inside.length === 1 && same())) around.point = null;
      } else if (isField(one)) {
        if (roleOf(around.node) === "combobox") around.point = null;
      } else if (one.level < STRONG ? share > 0.8 || same() : share > 0.5 && same()) {
        one.point = null;
      }
    }
  }
};

// What lies above the page, such as a menu that is open, goes before what is in it where not all can be told.
const isRaised = (node) => {
  for (let at = node, deep = 0; at && deep < 100; at = up(at), deep += 1) {
    if (typeOf(at) !== 1) continue;
    const style = getComputedStyle(at);
    if (style.position === "fixed" || parseInt(style.zIndex, 10) > 0) return true;
  }
  return false;
};
const choose = (most) => {
  const good = found.filter((one) => one.point);
  out.left_out = Math.max(0, good.length - most);
  if (!out.left_out) return good;
  const ranked = good.map((one) => [(isRaised(one.node) ? 10 : 0) + one.level, one]);
  ranked.sort((a, b) => b[0] - a[0] || a[1].order - b[1].order);
  return ranked.slice(0, most).map((pair) => pair[1]).sort((a, b) => a.order - b.order);
};

const focused = () => {
  let at = document.activeElement;
  for (let deep = 0; at && deep < 50; deep += 1) {
    const root = places.has(at) ? places.get(at).doc : shadowOf(at);
    if (!root || !root.activeElement) break;
    at = root.activeElement;
  }
  return at;
};
const LETTERS = /[\p{L}\p{N}]/u;
const nearOf = (node) => {
  let at = node;
  for (let deep = 0; deep < 4; deep += 1) {
    at = up(at);
    if (at && typeOf(at) !== 1) at = up(at);
    if (!at || typeOf(at) !== 1 || tagOf(at) === "body" || boxOf(at).height > 200) return "";
    const words = wordsOf(at);
    if (LETTERS.test(words)) return words;
  }
  return "";
};
// What lies over a part of it, or cuts it off, leaves less to see than its box says.
const isPartOf = (one, x, y) => {
  if (isOver(one, x, y)) return true;
  for (let at = elementAt(x, y), deep = 0; at && deep < 300; at = up(at), deep += 1) if (at === one.node) return true;
  return false;
};
const LITTLE = 8; // pixels: so near to the point, nothing much can be hidden
const trim = (one) => {
  if (one.tag === "area" || isSvg(one.node) || rectsOf(one.node).length !== 1) return;
  const [left, top, right, bottom] = one.box;
  const [x, y] = one.point;
  // From the point, which shows, to an edge: the last place that does.
  const reach = (from, to, shows) => {
    const edge = to > from ? to - 2 : to + 1;
    if (Math.abs(to - from) < LITTLE || shows(Math.floor(edge))) return to;
    let [good, bad] = [from, edge];
    while (Math.abs(bad - good) > 2) {
      const middle = (good + bad) / 2;
      if (shows(Math.floor(middle))) good = middle;
      else bad = middle;
    }
    return to > from ? good + 1 : good;
  };
  const beside = (at) => isPartOf(one, at, y);
  const along = (at) => isPartOf(one, x, at);
  one.box = [reach(x, left, beside), reach(y, top, along), reach(x, right, beside), reach(y, bottom, along)];
};
const tell = (one, id, active) => {
  const node = one.control || one.node;
  const tag = tagOf(node);
  try {
    trim(one);
  } catch {
    // Its whole box is as good.
  }
  const [left, top, right, bottom] = one.box.map((side) => Math.round(side));
  const box = [left, top, right - left, bottom - top];
  const told = [one.order, id, box, one.point, "clickable", "", "", [], "", ""];
  try {
    told[4] = roleSaid(node, tag, one.level);
    [told[8], told[9]] = holdsOf(node, tag, roleOf(node));
    told[7] = statesOf(node, tag, active);
    let name = calledOf(node, tag) || (one.control ? textOf(one.node) : "");
    // A field without a name is not called by what it holds, which is about to change; an icon is called by its title.
    if (name === told[8]) name = squeeze(attr(node, "aria-placeholder") || attr(node, "data-placeholder"));
    if (!LETTERS.test(name)) name = squeeze(attr(node, "title")) || name;
    told[5] = name;
    if (!LETTERS.test(name)) told[6] = (CONTROLS[tag] && wordsBefore(node)) || nearOf(one.node);
  } catch {
    // It is there, whatever it is called.
  }
  return told;
};
const idsOf = (chosen) => {
  let kept = (Object.getOwnPropertyDescriptor(document, KEY) || {}).value;
  if (!kept) {
    kept = { ids: new WeakMap(), shown: null, count: 0, salt: String(Math.random()).slice(2, 12) };
    Object.defineProperty(document, KEY, { value: kept, enumerable: false, configurable: true });
  }
  kept.shown = new Map();
  return chosen.map((one) => {
    let id = kept.ids.get(one.node);
    if (id === undefined) {
      kept.count += 1;
      id = `${kept.salt}-${kept.count}`;
      kept.ids.set(one.node, id);
    }
    kept.shown.set(id, one.control || one.node);
    return id;
  });
};

try {
  const part = arguments[1];
  if (part) here.clip = cutTo(part.map(number), here.clip) || [0, 0, 0, 0];
  look();
  testAll();
  prune();
  const chosen = choose(typeof arguments[0] === "number" ? arguments[0] : 100);
  let ids = [];
  try {
    ids = idsOf(chosen);
  } catch {
    // Without ids, a mark is known again by its place and its name.
  }
  const active = focused();
  out.marks = chosen.map((one, at) => tell(one, ids[at] || "", active));
} catch {
  // A page that broke what this needs has no marks.
}
return out;
