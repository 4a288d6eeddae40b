// The page on which work is done. Every form works without this; here it saves in place and says so.
"use strict";

const text = (key) => document.querySelector(`[data-words-${key}]`)?.getAttribute(`data-words-${key}`) || "";
const cardOf = (element) => element.closest("[data-step]");
const key = `begun-${document.querySelector("[data-work]")?.dataset.work}`;

// What the card says about saving.
const say = (card, words, tone) => {
  const state = card?.querySelector("[data-save-state]");
  if (!state) return;
  state.hidden = false;
  state.className = `step-saved step-saved-${tone}`;
  state.textContent = words;
};

// The device's own time goes with every answer.
const stamp = (form) => {
  const field = form.querySelector("[name=made_at]");
  if (field) field.value = new Date().toISOString();
};
document.addEventListener("click", (event) => {
  const form = event.target.closest("button[type=submit]")?.form;
  if (form?.matches("[data-answer], [data-photos]")) stamp(form);
});

// "Fail" asks for the reason before it saves.
const showFailing = (form) => {
  const note = form.querySelector(".step-note");
  note.open = true;
  form.querySelectorAll("[data-when-failing]").forEach((part) => (part.hidden = false));
  form.querySelectorAll("[data-when-fine]").forEach((part) => (part.hidden = true));
  form.querySelectorAll("[aria-pressed]").forEach((part) => part.setAttribute("aria-pressed", "false"));
  form.querySelector("[data-fail]").setAttribute("aria-pressed", "true");
  note.querySelector("textarea").focus();
};
document.addEventListener("click", (event) => {
  const fail = event.target.closest("[data-fail]");
  if (!fail || fail.form.elements.note.value.trim()) return;
  event.preventDefault();
  showFailing(fail.form);
});

// A reading is saved when its field is left, unless a button was the reason for leaving.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.name !== "value" || !field.form?.matches("[data-answer]") || !field.value.trim()) return;
  setTimeout(() => {
    if (field.isConnected && !field.form.dataset.sending) field.form.querySelector("[data-save]").click();
  }, 350);
});

// Photos are made smaller on the device, then sent at once.
const LONGEST = 2000;
const smaller = async (file) => {
  const bitmap = await createImageBitmap(file);
  const scale = LONGEST / Math.max(bitmap.width, bitmap.height);
  if (scale >= 1) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
};
document.addEventListener("change", async (event) => {
  const field = event.target;
  const form = field.form;
  if (field.type !== "file" || !form?.matches("[data-photos]") || !field.files.length) return;
  try {
    const files = new DataTransfer();
    files.items.add(await smaller(field.files[0]));
    field.files = files.files;
  } catch {
    // A picture that this browser cannot draw is sent as it is.
  }
  form.querySelector("[data-plain]").click();
});

// A card that was looked at differs from an untouched one, also after a reload.
const begun = () => new Set(JSON.parse(sessionStorage.getItem(key) || "[]"));
const mark = (card) => {
  const label = card?.querySelector(".step-untouched .step-state .badge span, .step-state .badge span");
  if (!card?.classList.contains("step-untouched") || !label) return;
  card.classList.add("step-looked");
  label.textContent = text("looked");
};
const remember = (event) => {
  const card = event.target.closest?.("[data-step]");
  if (!card || card.id === "") return;
  sessionStorage.setItem(key, JSON.stringify([...begun().add(card.id)]));
  mark(card);
};
document.addEventListener("input", remember);
document.addEventListener("toggle", (event) => event.target.open && event.isTrusted && remember(event), true);
begun().forEach((id) => mark(document.getElementById(id)));

// Saving: what was typed stays where it is until the portal says that it has it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  const card = cardOf(form);
  if (!card) return;
  form.dataset.sending = "1";
  say(card, text("saving"), "busy");
});
const formOf = (event) => event.detail.requestConfig?.elt || event.detail.elt;
const failed = (event, words) => {
  const form = formOf(event);
  delete form.dataset.sending;
  say(cardOf(form), words, "bad");
};
document.addEventListener("htmx:sendError", (event) => failed(event, text("offline")));
document.addEventListener("htmx:timeout", (event) => failed(event, text("offline")));
document.addEventListener("htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  const words = { 403: text("refused"), 409: `${text("closed")} ${responseText}`, 413: text("large") };
  failed(event, words[status] || text("error"));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const asked = new URL(event.detail.requestConfig.path, location.href).pathname;
  const answered = new URL(event.detail.xhr.responseURL || location.href).pathname;
  if (asked === answered) return;
  event.detail.shouldSwap = false; // the sign-in page came instead
  failed(event, text("signed-out"));
});

// A photo must not cost what was typed but not saved yet.
let typed = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const form = formOf(event);
  typed = null;
  if (!form.matches?.("[data-photos]")) return;
  const fields = cardOf(form).querySelectorAll("[data-answer] textarea, [data-answer] input:not([type=hidden])");
  typed = [...fields].filter((field) => field.value !== field.defaultValue).map((field) => [field.id, field.value]);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const [id, value] of typed || []) {
    const field = document.getElementById(id);
    if (!field) continue;
    field.value = value;
    const around = field.closest("details");
    if (around) around.open = true;
  }
  typed = null;
});

document.querySelector("#missing")?.focus();
