// Works on one field. arguments[0]: the element. arguments[1]: what to do:
//   "enter"   bring it into view, put it in focus, and mark all that it holds
//   "set"     give it the value arguments[2] at once, as its page would hear of it
//   "choose"  choose the option of index arguments[2]
//   "done"    tell the page that writing has ended
//   "tell"    nothing
// Returns {kind, type, role, name, locked, secret, focused, marked, holds, fault, options}: kind is "text", "value",
// "choice", "rich" or ""; focused, whether it has the keys; marked, whether something of it is; holds, what it holds, of
// which a secret is told here too, to be compared with and never shown; fault, what the browser finds wrong with that;
// options, the first 200 of a choice as [label, value].
"use strict";
// parts: walk, names, fields
const [node, what, given] = arguments;
const setter = (type, key) => Object.getOwnPropertyDescriptor(type.prototype, key).set;
// Frameworks keep the last value beside the element, and take no event for news that comes with the one they know; so
// it is set past what they have put in the way.
const set = (type, key, value) => Reflect.apply(setter(type, key), node, [value]);
const say = (name) => Reflect.apply(EventTarget.prototype.dispatchEvent, node, [
  name === "input" ? new InputEvent("input", { bubbles: true, composed: true, inputType: "insertReplacementText" })
    : new Event("change", { bubbles: true }),
]);
const hasKeys = () => {
  const root = node.getRootNode();
  const active = root.activeElement;
  return active === node || (active !== null && kindOf(node) === "rich" && active.contains(node));
};
const out = {
  kind: "", type: "", role: "", name: "", locked: "", secret: false, focused: false, marked: false, holds: "", fault: "",
  options: [],
};
try {
  const kind = kindOf(node);
  const tag = tagOf(node);
  if (what === "enter" || what === "set" || what === "choose") {
    node.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    Reflect.apply(HTMLElement.prototype.focus, node, [{ preventScroll: true }]);
  }
  if (what === "enter" && heldBy(node, kind)) {
    if (kind === "text") node.select();
    if (kind === "rich") getSelection().selectAllChildren(node);
    out.marked = true;
  } else if (what === "set" && kind === "rich") {
    getSelection().selectAllChildren(node);
    document.execCommand(given ? "insertText" : "delete", false, given);
  } else if (what === "set" && (kind === "text" || kind === "value")) {
    set(tag === "textarea" ? HTMLTextAreaElement : HTMLInputElement, "value", given);
    say("input");
    say("change");
  } else if (what === "choose" && kind === "choice") {
    set(HTMLSelectElement, "selectedIndex", given);
    say("input");
    say("change");
  } else if (what === "done" && kind === "text") {
    say("change");
  }
  out.kind = kind;
  out.type = tag === "input" ? node.type : tag;
  out.role = kind === "rich" ? "textbox" : roleOf(node) || tag;
  out.name = callsOf(node)[0] || "";
  out.locked = node.disabled === true ? "disabled" : node.readOnly === true ? "read-only" : "";
  out.secret = isSecret(node);
  out.focused = hasKeys();
  out.holds = heldBy(node, kind);
  out.fault = kind && kind !== "rich" && node.validationMessage ? squeeze(node.validationMessage) : "";
  if (kind === "choice") {
    for (let i = 0; i < node.options.length && i < 200; i += 1) {
      const option = node.options[i];
      out.options[i] = [option.disabled ? null : squeeze(option.label || option.text), String(option.value).slice(0, 200)];
    }
  }
} catch {
  // What is known is told.
}
return out;
