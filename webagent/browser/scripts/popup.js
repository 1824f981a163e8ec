// What one pop-up is called, says and offers to click; the facts to judge its buttons by. Nothing is clicked here.
// arguments[0]: its element, as popups.js gave it; [1]: its scope; [2]: the elements of the pop-ups inside it, left out.
// Returns {name, text, frames, buttons}. name: at most 80 characters, may be empty. text: at most 1500 characters.
// frames: [element]. buttons, at most 60 in document order: {element, name, text, hint, navigates, submits}: text is
// what the button shows; hint: its class or id says that it closes; navigates: a click follows a link; submits: a click
// sends a form.
"use strict";
// parts: walk, names, popup_common
const CLOSING = /(^|[-_\s])(close|dismiss|closer|schliessen|fermer|cerrar|chiudi|sluiten|fechar|zamknij)($|[-_\s])|close[-_]?(btn|button|icon)|(btn|button|icon)[-_]?close|[a-z]Close($|[-_\sA-Z])/;
const linkOf = (node) => {
  for (let at = node; at; at = up(at)) if (typeOf(at) === 1 && (tagOf(at) === "a" || tagOf(at) === "area")) return at;
  return null;
};
// Whether following the link changes the page: any address but "#", "#!" and script that does nothing.
const leads = (link) => {
  const href = attr(link, "href");
  return href !== null && !/^(#!?|javascript:\s*(void\s*\(?\s*0?\s*\)?)?;?)$/i.test(href.trim());
};
const sends = (node) => {
  const tag = tagOf(node);
  if (!(tag === "button" || tag === "input") || !/^(submit|image)$/.test(node.type) || !node.form) return false;
  return (attr(node, "formmethod") || attr(node.form, "method") || "").toLowerCase() !== "dialog";
};
const factsOf = (node) => {
  const link = linkOf(node);
  let navigates = Boolean(link && leads(link)) || /location|navigate|window\.open/.test(attr(node, "onclick") || "");
  let submits = sends(node) || /submit\s*\(/.test(attr(node, "onclick") || "");
  // A click goes to the middle of the node, and so to what lies there.
  const below = node.querySelectorAll("a, button, input");
  for (let i = 0; i < below.length && i < 20; i += 1) {
    navigates = navigates || (tagOf(below[i]) === "a" && leads(below[i]));
    submits = submits || sends(below[i]);
  }
  const hint = CLOSING.test(labelsOf(node)) || /^(modal|dialog|alert|toast|offcanvas|popup)$/.test(attr(node, "data-bs-dismiss") || attr(node, "data-dismiss") || "");
  return { element: node, name: nameOf(node), text: textOf(node), hint, navigates, submits };
};
const isButton = (node, tag, style) => {
  if (tag === "button" || tag === "a" || tag === "summary") return true;
  if (tag === "input") return /^(button|submit|image|reset)$/.test(node.type);
  if (attr(node, "role") === "button") return true;
  const generic = attr(node, "onclick") !== null || attr(node, "tabindex") !== null || style.cursor === "pointer" || CLOSING.test(labelsOf(node));
  return generic && node.textContent.length <= 60 && shareOf(node) < 0.1 && !node.querySelector("button, a, input, [role=button]");
};
const nameRoot = (node) => {
  const label = attr(node, "aria-labelledby") || attr(node, "aria-label") ? nameOf(node) : "";
  const inner = label ? null : node.querySelector("[role=dialog], [role=alertdialog], dialog");
  const title = label ? null : node.querySelector("h1, h2, h3, h4, [role=heading]");
  return label || (inner && (attr(inner, "aria-label") || attr(inner, "aria-labelledby")) && nameOf(inner)) || (title ? textOf(title) : "");
};

const out = { name: "", text: "", frames: [], buttons: [] };
try {
  const [root, scope, others] = [arguments[0], arguments[1], arguments[2] || []];
  out.name = nameRoot(root);
  const addText = (text) => {
    if (out.text.length < 3000) out.text += text.slice(0, 1500);
  };
  walk(scope, {
    ...SILENT,
    full: () => out.buttons.length >= 60,
    mark: () => addText(" "),
    text: (node) => addText(node.data),
    frame: (node) => {
      if (shareOf(node) > 0.005) out.frames[out.frames.length] = node;
      return null;
    },
    element: (node, tag, style, visible) => {
      for (let i = 0; i < others.length; i += 1) if (others[i] === node) return false;
      if (node === scope || !visible || !isButton(node, tag, style)) return true;
      if (shareOf(node) > 0) out.buttons[out.buttons.length] = factsOf(node);
      return true;
    },
  });
} catch {
  // What was found so far is still worth having.
}
out.text = out.text.replace(/\s+/g, " ").trim().slice(0, 1500);
return out;
