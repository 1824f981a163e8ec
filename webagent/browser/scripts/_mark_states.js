// Part: what state a control is in, what it holds, and how that is changed. Needs walk, names, fields, mark_signs.
const FIELD_ROLES = {
  __proto__: null, date: "date field", time: "time field", "datetime-local": "date and time field",
  month: "month field", week: "week field", color: "colour field", file: "file field", password: "password field",
};
// Made transparent and laid over what the page draws in their place.
const OVERLAID = { __proto__: null, checkbox: 1, radio: 1, file: 1, range: 1 };
const statesOf = (node, tag, active) => {
  const states = [];
  const say = (word) => { states[states.length] = word; };
  const aria = (name) => (attr(node, `aria-${name}`) || "").toLowerCase();
  const ticks = tag === "input" && (node.type === "checkbox" || node.type === "radio");
  const checked = ticks ? (node.indeterminate ? "mixed" : String(node.checked)) : aria("checked");
  if (checked) say(checked === "true" ? "checked" : checked === "mixed" ? "partly checked" : "not checked");
  if (aria("pressed") === "true") say("pressed");
  if (aria("selected") === "true") say("selected");
  if (aria("current") && aria("current") !== "false") say("current");
  if (tag === "summary") say(attr(parent(node), "open") === null ? "collapsed" : "expanded");
  else if (aria("expanded")) say(aria("expanded") === "true" ? "expanded" : "collapsed");
  if (aria("disabled") === "true") say("disabled");
  if (CONTROLS[tag] && node.readOnly === true) say("read-only");
  if (CONTROLS[tag] && node.required === true) say("required");
  if (aria("invalid") === "true") say("invalid");
  const target = tag === "a" || tag === "area" ? attr(node, "target") : null;
  if (target && !/^_(self|top|parent)$/i.test(target)) say("new tab");
  if (active === node) say("focused");
  return states;
};
// What a field holds, and how that is changed.
const holdsOf = (node, tag, role) => {
  const kind = kindOf(node) || (isHost(node) ? "rich" : "");
  if (kind === "choice") {
    let chosen = "";
    for (let i = 0; i < node.selectedOptions.length && i < 20; i += 1) chosen += `, ${node.selectedOptions[i].text}`;
    return [squeeze(chosen.slice(2)), "select"];
  }
  if (kind === "rich") return [textOf(node), "text"];
  if (kind === "text" && isSecret(node)) return [node.value ? "(hidden)" : "", "secret"];
  if (kind) return [squeeze(node.value), kind];
  if (tag === "input" && node.type === "file") return [squeeze(String(node.value).replace(/^.*[\\/]/, "")), ""];
  const said = squeeze(attr(node, "aria-valuetext") || attr(node, "aria-valuenow"));
  return [said, role === "textbox" || role === "combobox" ? "text" : ""];
};
// A field is not called by what it holds, though that stands within its label.
const calledOf = (node, tag) => {
  const told = CONTROLS[tag] && !attr(node, "aria-label") && !attr(node, "aria-labelledby") ? node.labels : null;
  for (let i = 0; told && i < told.length && i < 10; i += 1) {
    const words = wordsOf(told[i]);
    if (words) return words;
  }
  return nameOf(node);
};
const roleSaid = (node, tag, level) => {
  const role = (tag === "input" && FIELD_ROLES[node.type]) || roleOf(node);
  if (role && role !== "image") return role;
  if (tag === "canvas" || tag === "video" || tag === "audio") return tag;
  if (attr(node, "draggable") === "true" && level === HAND) return "draggable";
  return role || "clickable";
};
