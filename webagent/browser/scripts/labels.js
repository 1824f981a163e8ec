// What a person calls each of some form fields: its label, or what is written on what opens it, or its own name.
// arguments[0]: elements of this document. Returns a list of texts, "" for what has none.
"use strict";
// parts: walk, names
const own = (field) => squeeze(attr(field, "name") || attr(field, "id"));
const around = (field) => {
  for (let at = parent(field), deep = 0; at && deep < 4; at = parent(at), deep += 1) {
    const text = typeOf(at) === 1 && !/^(body|html|form)$/.test(tagOf(at)) ? textOf(at) : "";
    if (text) return text;
  }
  return "";
};
const out = [];
for (const field of arguments[0]) {
  let name = "";
  try {
    name = nameOf(field) || around(field) || own(field);
  } catch {
    // It has none.
  }
  out.push(name);
}
return out;
