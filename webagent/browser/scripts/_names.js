// Part: what a person calls a thing. Needs walk.
const TAG_ROLES = {
  __proto__: null, button: "button", select: "combobox", textarea: "textbox", summary: "button", img: "image",
  option: "option", iframe: "frame", frame: "frame", dialog: "dialog", label: "label",
};
const INPUT_ROLES = {
  __proto__: null, button: "button", submit: "button", reset: "button", image: "button", file: "button",
  color: "button", checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", hidden: "",
};
const roleOf = (node) => {
  const given = (attr(node, "role") || "").trim().toLowerCase().split(/\s+/)[0];
  if (given && given !== "presentation" && given !== "none" && given !== "generic") {
    return given === "img" ? "image" : given === "searchbox" ? "textbox" : given;
  }
  const tag = tagOf(node);
  if (tag === "a" || tag === "area") return attr(node, "href") === null ? "" : "link";
  if (tag === "input") return INPUT_ROLES[node.type] ?? (attr(node, "list") === null ? "textbox" : "combobox");
  const editable = attr(node, "contenteditable");
  if (editable !== null && editable !== "false") return "textbox";
  return TAG_ROLES[tag] || "";
};
const isControl = (node) => CONTROLS[tagOf(node)] === 1;
const squeeze = (text) => {
  const line = String(text || "").slice(0, 2000).replace(/\s+/g, " ").trim();
  return line.length > 80 ? `${line.slice(0, 79).trim()}…` : line;
};
// The text under a node, pictures by their alternative text; it stops at some hundred characters. What a field in it
// holds counts, but for that of `own`: a label around a field does not name it by what was typed.
const textOf = (node, own = node) => {
  let text = "";
  let seen = 0;
  walk(node, {
    full: () => text.length > 200 || seen > 400,
    mark: () => { text += " "; },
    text: (found) => { text += found.data; },
    field: (found, said) => { if (found !== own && found !== node) text += ` ${said} `; },
    frame: () => null,
    element: (found, tag) => {
      seen += 1;
      if (found === node) return true;
      const label = attr(found, "aria-label") || (tag === "img" && attr(found, "alt"));
      if (label) text += ` ${label} `;
      return !label;
    },
  });
  return squeeze(text);
};
const nameOf = (node) => {
  try {
    const ids = (attr(node, "aria-labelledby") || "").trim();
    let name = "";
    if (ids) {
      const within = node.getRootNode();
      const list = ids.split(/\s+/);
      for (let i = 0; i < list.length && i < 10; i += 1) {
        const other = within.getElementById(list[i]);
        if (other) name += ` ${textOf(other) || other.textContent.slice(0, 200)}`;
      }
    }
    name = squeeze(name) || squeeze(attr(node, "aria-label"));
    if (name) return name;
    const tag = tagOf(node);
    if (isControl(node) || tag === "button") {
      const button = tag === "button" || INPUT_ROLES[node.type] === "button";
      for (let i = 0; !button && node.labels && i < node.labels.length && !name; i += 1) name = textOf(node.labels[i], node);
      if (tag === "button") name = textOf(node);
      const kept = tag === "button" ? "" : controlText(node, tag, getComputedStyle(node));
      if (button) name = name || squeeze(kept);
      return name || squeeze(attr(node, "placeholder")) || squeeze(attr(node, "alt")) || squeeze(attr(node, "title")) ||
        squeeze(kept) || squeeze(svgTitle(node));
    }
    return squeeze(attr(node, "alt")) || textOf(node) || squeeze(attr(node, "title")) || squeeze(svgTitle(node));
  } catch {
    return "";
  }
};
const svgTitle = (node) => {
  const title = node.querySelector("svg > title");
  return title ? title.textContent : "";
};
