/* An embedded chart: drawn in the colours that the reader's system has, and again when these change. */
(function () {
  "use strict";

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const places = document.querySelectorAll(".graph");

  function draw() {
    const scheme = dark.matches ? "dark" : "light";
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
    const held = document.getElementById("figures-" + scheme);
    if (!held) return;
    const settings = { displayModeBar: false, responsive: true, topojsonURL: "/assets/topojson/", scrollZoom: false };
    JSON.parse(held.textContent).forEach((figure, place) => {
      if (places[place]) window.Plotly.react(places[place], figure.data, figure.layout, settings);
    });
  }

  dark.addEventListener("change", draw);
  draw();
})();
