// Part: what lies at a point of this viewport, through open shadow roots and frames of the same origin. Needs walk.
const fromDocument = native(Document, "elementFromPoint");
const fromShadow = native(ShadowRoot, "elementFromPoint");
// A page may say of its boxes what it likes.
const number = (value) => (Number.isFinite(+value) ? Math.max(-1e6, Math.min(1e6, +value)) : 0);
// Boxes are [left, top, right, bottom]; null where less than half a pixel is left.
const cutTo = (box, clip) => {
  const [left, top] = [Math.max(box[0], clip[0]), Math.max(box[1], clip[1])];
  const [right, bottom] = [Math.min(box[2], clip[2]), Math.min(box[3], clip[3])];
  return right - left > 0.5 && bottom - top > 0.5 ? [left, top, right, bottom] : null;
};
// A box of a document whose place is `place`, in this viewport.
const onto = (box, place) => [
  place.x + number(box.left) * place.scale, place.y + number(box.top) * place.scale,
  place.x + number(box.right) * place.scale, place.y + number(box.bottom) * place.scale,
];
const viewport = () => {
  try {
    return [Math.round(number(window.innerWidth)), Math.round(number(window.innerHeight))];
  } catch {
    return [0, 0];
  }
};
// Where a document lies: its corner and scale in this viewport, and in what part of this viewport it shows.
const here = { doc: document, x: 0, y: 0, scale: 1, clip: [0, 0, ...viewport()] };
const places = new Map();
const placeIn = (frame, around) => {
  if (places.has(frame)) return places.get(frame);
  const [box, style] = [boxOf(frame), getComputedStyle(frame)];
  const scale = around.scale * (frame.offsetWidth > 0 ? number(box.width / frame.offsetWidth) || 1 : 1);
  const x = around.x + number(box.left) * around.scale + (frame.clientLeft + parseFloat(style.paddingLeft)) * scale;
  const y = around.y + number(box.top) * around.scale + (frame.clientTop + parseFloat(style.paddingTop)) * scale;
  const wide = frame.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const high = frame.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const clip = cutTo([x, y, x + wide * scale, y + high * scale], around.clip);
  const place = { doc: frame.contentDocument, x, y, scale, clip }; // of another site: no document
  places.set(frame, place);
  return place;
};
// The innermost element there; null where there is none.
const elementAt = (x, y) => {
  let [place, node] = [here, null];
  let found = fromDocument(document, x, y);
  for (let deep = 0; found && found !== node && deep < 100; deep += 1) {
    node = found;
    const tag = tagOf(node);
    const shadow = shadowOf(node);
    found = null;
    if (tag === "iframe" || tag === "frame") {
      const inner = placeIn(node, place);
      if (!inner.doc) return node;
      place = inner;
      found = fromDocument(place.doc, (x - place.x) / place.scale, (y - place.y) / place.scale);
    } else if (shadow) {
      found = fromShadow(shadow, (x - place.x) / place.scale, (y - place.y) / place.scale);
    }
  }
  return node;
};
