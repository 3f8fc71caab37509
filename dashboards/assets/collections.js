/* A button with data-address copies the whole address of a path of these pages; copying itself is in copy.js. */
(function () {
  "use strict";

  document.addEventListener(
    "click",
    function (event) {
      const button = event.target.closest("[data-address]");
      if (button) button.dataset.copy = new URL(button.dataset.address, window.location.href).href;
    },
    true
  );
})();
