// Part: fields and their labels. Needs walk, names, fields.
// The name of a field, without what it holds, which may stand in its label.
const closest = native(Element, "closest");
const calledBy = (node) => {
  // To ask a field for its labels takes a look at all of the page: most stand around their fields.
  const label = closest(node, "label") || (attr(node, "id") && node.labels ? node.labels[0] : null);
  return ((label ? wordsOf(label) : "") || nameOf(node)).replace(/[\s:*]+$/, "");
};
const controlOf = native(HTMLLabelElement, "control");
// The box or the like that a label stands for where that is drawn by the page: the real one is hidden; else null.
const hiddenControl = (node) => {
  const control = controlOf(node);
  const type = control && tagOf(control) === "input" ? control.type : "";
  if (type !== "checkbox" && type !== "radio") return null;
  const box = boxOf(control);
  return box.width > 1 && box.height > 1 ? null : control;
};
