// Small things that every page has. Everything works without them.
"use strict";

const switchTheme = () => {
  const next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  document.documentElement.setAttribute("data-bs-theme", next);
};

// A menu closes when something else is pressed, or with Escape.
const openMenus = () => document.querySelectorAll("details[data-closes][open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openMenus().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const open = document.getElementById(opener.dataset.opens).classList.toggle("show");
    opener.setAttribute("aria-expanded", open);
  }
  openMenus().forEach((menu) => menu.contains(event.target) || (menu.open = false));
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(() => {
      copy.textContent = copy.dataset.copied;
    });
  }
});

// "/" searches from anywhere; arrows move through what was found.
const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const box = [...document.querySelectorAll("input[type=search]")].find((input) => input.offsetParent);
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const found = [...document.querySelectorAll("[data-search-results] a.list-group-item")];
  if (!step || !found.length) return;
  const at = found.indexOf(document.activeElement);
  if (at < 0 && !event.target.matches("input[type=search]")) return;
  event.preventDefault();
  const next = at + step;
  (found[next] || (next < 0 ? document.querySelector("[data-search]") : found[at]))?.focus();
});
