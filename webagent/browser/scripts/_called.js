// Part: the name of a field, without what it holds, which may stand in its label. Needs walk, names, fields.
const calledBy = (node) => {
  const name = (node.labels && node.labels[0] ? wordsOf(node.labels[0]) : "") || nameOf(node);
  return name.replace(/[\s:*]+$/, "");
};
