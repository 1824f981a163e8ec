// Part: what the looks at pop-ups have in common. Needs walk.
// For `walk`: nothing is heard and no frame entered.
const SILENT = { full: () => false, mark: () => {}, text: () => {}, field: () => {}, frame: () => null };
const labelsOf = (node) => `${attr(node, "class") || ""} ${attr(node, "id") || ""} ${attr(node, "data-testid") || ""}`;
// The part of the viewport that a node's box takes, 0 to 1.
const shareOf = (node) => {
  const box = boxOf(node);
  const wide = Math.min(box.right, window.innerWidth) - Math.max(box.left, 0);
  const high = Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0);
  return wide > 1 && high > 1 ? (wide * high) / (window.innerWidth * window.innerHeight) : 0;
};
