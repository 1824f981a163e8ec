"use strict";
(() => {
  const steps = [...document.querySelectorAll(".step")];
  const links = [...document.querySelectorAll(".strip a")];
  const strip = document.querySelector(".strip ol");
  let at = -1;
  // While a jump comes to rest, it and not the place of the page says which step is the current one.
  let bound = 0;

  // Marks a step as the current one, here and in the strip.
  const mark = (index) => {
    if (index === at) return;
    at = index;
    steps.forEach((step, i) => step.toggleAttribute("data-current", i === index));
    links.forEach((link, i) => (i === index ? link.setAttribute("aria-current", "step") : link.removeAttribute("aria-current")));
    const link = links[index];
    if (!link) return;
    const [box, room] = [link.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (box.left < room.left || box.right > room.right) strip.scrollLeft += box.left - room.left - (room.width - box.width) / 2;
  };
  const go = (index) => {
    const to = Math.max(0, Math.min(steps.length - 1, index));
    if (!steps[to]) return;
    steps[to].focus({ preventScroll: true });
    steps[to].scrollIntoView({ block: "start" });
    mark(to);
    bound = performance.now() + 300;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || document.querySelector("dialog[open]")) return;
    const arrow = event.key === "ArrowRight" || event.key === "ArrowLeft";
    const focused = document.activeElement;
    // Arrows scroll what has the focus and can be scrolled sideways.
    if (arrow && focused && focused.matches(".text, .code") && focused.scrollWidth > focused.clientWidth) return;
    const by = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[event.key];
    if (!by || !steps.length) return;
    event.preventDefault();
    go(at < 0 ? 0 : at + by);
  });
  links.forEach((link, index) => link.addEventListener("click", (event) => {
    if (!steps[index] || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(index);
  }));
  addEventListener("scroll", () => {
    if (performance.now() < bound) return;
    const line = Math.min(innerHeight * 0.4, 300);
    let now = -1;
    steps.forEach((step, index) => { if (step.getBoundingClientRect().top <= line) now = index; });
    mark(now);
  }, { passive: true });

  // What is scrolled by keyboard has to take the focus.
  document.querySelectorAll(".text, .code").forEach((box) => {
    if (box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
  });

  const large = document.querySelector(".large");
  document.querySelectorAll(".zoom").forEach((button) => button.addEventListener("click", () => {
    large.querySelector("div").replaceChildren(button.querySelector("svg").cloneNode(true));
    large.showModal();
  }));
  large.addEventListener("click", (event) => { if (event.target === large) large.close(); });
})();
