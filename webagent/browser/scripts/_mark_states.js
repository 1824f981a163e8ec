// Part: what state a control is in, what it holds, and how that is changed. Needs walk, names, mark_signs.
const FIELDS = {
  __proto__: null, date: "date field", time: "time field", "datetime-local": "date and time field",
  month: "month field", week: "week field", color: "colour field", file: "file field", password: "password field",
};
const SET = { __proto__: null, date: 1, time: 1, "datetime-local": 1, month: 1, week: 1, color: 1, range: 1 };
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
  const style = getComputedStyle(node);
  if (tag === "select") {
    let chosen = "";
    for (let i = 0; i < node.selectedOptions.length && i < 20; i += 1) chosen += `, ${node.selectedOptions[i].text}`;
    return [squeeze(chosen.slice(2)), "select"];
  }
  if (tag === "input" && SET[node.type]) return [squeeze(node.value), "value"];
  if (tag === "input" && node.type === "file") return [squeeze(String(node.value).replace(/^.*[\\/]/, "")), ""];
  if (tag === "input" && (INPUT_ROLES[node.type] === "button" || OVERLAID[node.type])) return ["", ""];
  if (tag === "input" || tag === "textarea") {
    return isSecret(node, style) ? [node.value ? "(hidden)" : "", "secret"] : [squeeze(node.value), "text"];
  }
  if (isEditable(node)) return [textOf(node), "text"];
  const said = squeeze(attr(node, "aria-valuetext") || attr(node, "aria-valuenow"));
  return [said, role === "textbox" || role === "combobox" ? "text" : ""];
};
const isSecret = (node, style) =>
  node.type === "password" || style.webkitTextSecurity !== "none" || /password/i.test(node.autocomplete || "");
const kindOf = (node, tag, level) => {
  const role = (tag === "input" && FIELDS[node.type]) || roleOf(node);
  if (role && role !== "image") return role;
  if (tag === "canvas" || tag === "video" || tag === "audio") return tag;
  if (attr(node, "draggable") === "true" && level === HAND) return "draggable";
  return role || "clickable";
};
