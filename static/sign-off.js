// Signing on the screen. Without this a picture of the signature is sent instead.
// What was typed and drawn is kept on the device until the portal has it: also when a gap is finished first,
// the phone is turned, or there is no connection.
"use strict";

(() => {
  const formOf = () => document.querySelector("[data-sign-off]");
  const keyOf = (form) => `sign-off-${form.dataset.signOff}`;
  const isKept = (field) => field.name && !["file", "submit"].includes(field.type) && !["csrfmiddlewaretoken", "client_uuid", "made_at"].includes(field.name);

  const keep = () => {
    const form = formOf();
    const kept = {};
    for (const field of form.elements) {
      if (!isKept(field) || (field.type === "radio" && !field.checked)) continue;
      kept[field.name] = field.value;
    }
    try {
      sessionStorage.setItem(keyOf(form), JSON.stringify(kept));
    } catch {
      // No room on this device: the page itself still has it.
    }
  };

  const restore = (form) => {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) || "{}");
    for (const field of form.elements) {
      if (!isKept(field) || !(field.name in kept)) continue;
      if (field.type === "radio") field.checked = field.value === kept[field.name];
      else field.value = kept[field.name];
    }
  };

  // One pad: drawn strokes live in the hidden field as a picture.
  const open = (box) => {
    const around = box.querySelector("[data-pad]");
    const canvas = around.querySelector("canvas");
    const drawn = box.querySelector("[data-drawn]");
    const image = box.querySelector("[data-image]");
    around.classList.add("sign-pad-on");
    image?.classList.toggle("sign-image-kept", "kept" in drawn.dataset);
    const pad = new SignaturePad(canvas, { backgroundColor: "rgb(255, 255, 255)", penColor: "rgb(16, 24, 40)" });
    let size = "";
    const fit = () => {
      const width = canvas.offsetWidth;
      if (!width || size === `${width}x${canvas.offsetHeight}`) return;
      size = `${width}x${canvas.offsetHeight}`;
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      canvas.width = width * ratio;
      canvas.height = canvas.offsetHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.clear();
      if (!drawn.value || "kept" in drawn.dataset) return;
      const picture = new Image();
      picture.onload = () => {
        const scale = Math.min(width / picture.width, canvas.offsetHeight / picture.height);
        pad.fromDataURL(drawn.value, { width: picture.width * scale, height: picture.height * scale });
      };
      picture.src = drawn.value;
    };
    new ResizeObserver(fit).observe(canvas);
    pad.addEventListener("endStroke", () => {
      drawn.value = pad.toDataURL();
      delete drawn.dataset.kept;
      image?.remove();
      keep();
    });
    around.querySelector("[data-clear]").addEventListener("click", () => {
      pad.clear();
      drawn.value = "";
      delete drawn.dataset.kept;
      image?.remove();
      keep();
    });
  };

  const begin = () => {
    const form = formOf();
    if (!form) return;
    if (form.dataset.fresh === "true") restore(form);
    form.querySelectorAll("[data-sign]").forEach(open);
    form.addEventListener("input", keep);
    document.querySelector("#sign-errors")?.focus();
  };

  const tell = (words) => {
    const told = document.querySelector("[data-sign-told]");
    told.textContent = words;
    told.hidden = false;
    told.scrollIntoView({ block: "center" });
  };
  const text = (name) => formOf().querySelector(`[data-words-${name}]`).getAttribute(`data-words-${name}`);

  // Before htmx reads the form.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target.matches("[data-sign-off]")) event.target.elements.made_at.value = new Date().toISOString();
    },
    true,
  );
  document.addEventListener("htmx:sendError", () => tell(text("offline")));
  document.addEventListener("htmx:timeout", () => tell(text("offline")));
  document.addEventListener("htmx:responseError", () => tell(text("error")));
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.xhr.responseText.includes("data-sign-off=")) {
      event.detail.shouldSwap = false; // the sign-in page came instead
      tell(text("signed-out"));
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.xhr.getResponseHeader("HX-Redirect")) sessionStorage.removeItem(keyOf(formOf()));
  });
  document.addEventListener("htmx:afterSettle", begin);
  begin();
})();
