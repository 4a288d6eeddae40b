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
