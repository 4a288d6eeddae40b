// Planning a visit: what is due follows the time, the end moves with the beginning, the estimate is added up.
// Without this the button "Show what is due then" does the first, and the portal the last.
"use strict";

(() => {
  const form = document.querySelector("[data-visit-plan]");
  const [starts, ends] = ["starts_at", "ends_at"].map((name) => form.elements[name]);
  const MINUTE = 60_000;
  const asTime = (field) => (field.value ? new Date(`${field.value}Z`).getTime() : NaN);
  const asValue = (time) => new Date(time).toISOString().slice(0, 16);
  let before = asTime(starts);

  const look = () => form.querySelector("[data-look]").click();

  const sum = () => {
    const box = form.querySelector("#visit-needs");
    if (!box) return;
    const ticked = [...box.querySelectorAll("[data-minutes]:checked")];
    const minutes = Number(box.dataset.always) + ticked.reduce((all, one) => all + Number(one.dataset.minutes), 0);
    const span = (asTime(ends) - asTime(starts)) / MINUTE;
    const planned = Number.isFinite(span) ? Math.max(0, span) : Number(box.dataset.planned);
    const words = box.querySelector("[data-sum-words]");
    box.querySelector("[data-sum-minutes]").textContent = minutes;
    box.querySelector("[data-sum-planned]").textContent = planned;
    box.querySelector("[data-sum]").classList.toggle("visit-sum-short", minutes > planned);
    words.textContent = minutes > planned ? words.dataset.sumWords : "";
  };

  form.addEventListener("change", (event) => {
    const field = event.target;
    if (field === starts) {
      const now = asTime(starts);
      const end = asTime(ends);
      if (Number.isFinite(now) && Number.isFinite(before) && Number.isFinite(end)) ends.value = asValue(end + now - before);
      if (Number.isFinite(now)) before = now;
    }
    if (field === starts || field === ends || field === form.elements.technician) look();
    sum();
  });
  document.addEventListener("htmx:afterSwap", sum);
})();
