/* Buttons that copy: the words of data-copy, or of data-copy-curl as a command that asks this server the same. */
(function () {
  "use strict";

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  /* Only the browser knows under which name it reached these pages, where the settings do not say it. */
  const here = (text) => text.replaceAll("{here}", window.location.origin);

  document.addEventListener(
    "toggle",
    (event) => event.target.querySelectorAll("[data-here]").forEach((one) => (one.textContent = here(one.textContent))),
    true,
  );

  document.addEventListener("click", async function (event) {
    const button = event.target.closest("[data-copy], [data-copy-curl]");
    if (!button) return;
    const path = button.dataset.copyCurl;
    const address = path && new URL(path, window.location.href).href.replaceAll("'", "%27");
    await copy(path ? "curl '" + address + "'" : here(button.dataset.copy));
    const words = button.dataset.words || button.textContent;
    button.dataset.words = words;
    button.textContent = window.puma_say("Copied");
    window.setTimeout(() => (button.textContent = words), 1500);
  });
})();
