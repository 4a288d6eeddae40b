// Light or dark before the first paint: the person's choice, else the device's; paper is always light.
(() => {
  const paper = window.matchMedia("print");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const kept = localStorage.getItem("theme"); // the admin shares this key and keeps "auto" in it too
    const chosen = ["light", "dark"].includes(kept) ? kept : null;
    document.documentElement.setAttribute("data-bs-theme", paper.matches ? "light" : chosen || (dark.matches ? "dark" : "light"));
  };
  apply();
  dark.addEventListener("change", apply);
  paper.addEventListener("change", apply);
})();
