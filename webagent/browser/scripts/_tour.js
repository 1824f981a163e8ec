// Part: a walk that also says where each element ends, and stops in time. Needs walk.
const slotOfElement = native(Element, "assignedSlot");
const slotOfText = native(Text, "assignedSlot");
const hostOf = native(ShadowRoot, "host");
// The element around a node in the flat tree; a document at the top of a frame.
const outerOf = (node) => {
  const outer = (typeOf(node) === 1 ? slotOfElement(node) : slotOfText(node)) || parent(node);
  return outer && typeOf(outer) === 11 ? hostOf(outer) : outer;
};
const clock = () => {
  try {
    return performance.now();
  } catch {
    return 0; // The page has broken it.
  }
};
// Walks as `walk` does, and calls besides on.leave(node) for each element that on.element did not return false for,
// after all that stands in it. It ends after 3 seconds, too. Returns whether all was met; null where nothing was.
const tour = (root, on) => {
  const until = clock() + 3000;
  const open = { __proto__: null };
  let depth = 0;
  let steps = 0;
  let whole = true;
  let met = false; // It is not where the page has broken what its nodes are looked at with.
  const leaveTo = (level) => {
    while (depth > level) {
      depth -= 1;
      on.leave(open[depth]);
    }
  };
  // Leaves what the node does not stand in. A frame's document is met right after its frame.
  const arrive = (node) => {
    const outer = outerOf(node);
    if (outer && typeOf(outer) === 9) return;
    let level = depth;
    while (level > 0 && open[level - 1] !== outer) level -= 1;
    if (level > 0) leaveTo(level);
  };
  walk(root, {
    full: () => {
      steps += 1;
      if (steps >= 300000 || on.full() || (steps % 64 === 0 && clock() > until)) whole = false;
      return !whole;
    },
    mark: on.mark,
    text: (node, style) => {
      arrive(node);
      on.text(node, style);
    },
    field: on.field,
    frame: on.frame,
    element: (node, tag, style, visible) => {
      met = true;
      arrive(node);
      if (on.element(node, tag, style, visible) === false) return false;
      open[depth] = node;
      depth += 1;
      return true;
    },
  });
  leaveTo(0);
  return met ? whole : null;
};
