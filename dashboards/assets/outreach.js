/* A button with data-picture takes a picture from this computer, makes it small here, and puts it into the entry of
   that name. What cannot be read is said beside the button. */
(function () {
  "use strict";
  const WIDEST = 1200;
  const HIGHEST = 800;

  async function small(file) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, WIDEST / bitmap.width, HIGHEST / bitmap.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", 0.9);
  }

  async function take(file, button) {
    const said = document.getElementById(button.getAttribute("aria-describedby"));
    try {
      const value = await small(file);
      window.dash_clientside.set_props({ type: "entry", name: button.dataset.picture }, { value: value });
      if (said) said.textContent = file.name;
    } catch (_) {
      if (said) said.textContent = button.dataset.wrong;
    }
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-picture]");
    if (!button) return;
    const input = document.createElement("input");
    input.type = "file";
    input.accept = "image/jpeg,image/png,image/webp";
    input.addEventListener("change", () => input.files.length && take(input.files[0], button));
    input.click();
  });
})();
