"use strict";
// What the pages do by themselves: consent, the country's prices, the bag, checks of forms, the newsletter pop-up.

const all = (selector) => [...document.querySelectorAll(selector)];
const remember = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};

const consent = document.getElementById("consent");
if (consent) {
  const settings = document.getElementById("consent-settings");
  settings.addEventListener("click", () => {
    const choices = document.getElementById("consent-choices");
    choices.hidden = !choices.hidden;
    settings.setAttribute("aria-expanded", String(!choices.hidden));
  });
  for (const button of all("[data-consent]")) {
    button.addEventListener("click", () => {
      remember("consent", button.dataset.consent);
      consent.remove();
    });
  }
}

for (const select of all("select[data-country]")) {
  select.addEventListener("change", () => {
    remember("country", select.value);
    for (const place of all("[data-prices]")) place.textContent = JSON.parse(place.dataset.prices)[select.value];
    for (const place of all("[data-country-name]")) place.textContent = select.selectedOptions[0].text;
  });
}

for (const radio of all("input[name=shipping]")) {
  radio.addEventListener("change", () => {
    for (const total of all("[data-total]")) total.hidden = total.dataset.total !== radio.value;
  });
}

const add = document.getElementById("add");
if (add) {
  const said = document.getElementById("said");
  const say = (text, wrong) => {
    said.textContent = text;
    said.classList.toggle("error", wrong);
  };
  add.addEventListener("submit", async (event) => {
    event.preventDefault();
    const size = new FormData(add).get("size");
    if (!size) return say("Please choose a size.", true);
    try {
      const reply = await fetch("/bag", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ slug: add.dataset.slug, size, quantity: 1 }),
      });
      const answer = await reply.json();
      if (!reply.ok) return say(answer.error, true);
      document.getElementById("bag-count").textContent = answer.count;
      say("Added to your bag.", false);
    } catch {
      say("The shop does not answer. Please try again.", true);
    }
  });
}

// The browser's own bubbles are no part of the page, so what is wrong with a field is written below it instead.
const wrongWith = (field) => {
  if (field.validity.valid) return "";
  if (field.type === "checkbox") return "Please accept the terms of sale.";
  if (field.validity.valueMissing) return `Please enter your ${field.name}.`;
  return "Please enter a complete email address.";
};
for (const form of all("form[data-check]")) {
  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    let first = null;
    for (const field of form.querySelectorAll("input[required], textarea[required]")) {
      const text = wrongWith(field);
      let place = form.querySelector(`[data-error="${field.name}"]`);
      if (!place && text) {
        place = document.createElement("p");
        place.className = "error";
        place.dataset.error = field.name;
        form.append(place);
      }
      if (place) {
        place.textContent = text;
        place.hidden = !text;
      }
      field.setAttribute("aria-invalid", String(Boolean(text)));
      if (text && !first) first = field;
    }
    if (first) {
      event.preventDefault();
      event.stopImmediatePropagation();
      first.focus();
    }
  });
}

const popup = document.getElementById("letter-popup");
if (popup && !document.cookie.includes("letter=seen")) {
  const close = () => {
    popup.hidden = true;
    document.body.classList.remove("still");
  };
  // At once rather than after a while: the recorded demo is to meet it at the same moment on every machine.
  popup.hidden = false;
  document.body.classList.add("still");
  remember("letter", "seen");
  popup.querySelector(".close").focus();
  popup.querySelector(".close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  popup.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target));
    try {
      await fetch("/newsletter", { method: "POST", body });
    } finally {
      close();
    }
  });
}
