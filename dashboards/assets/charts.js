/* Charts in sight are drawn at once, the others one by one when there is nothing else to do, all of them before paper.
   Their large script runs while the server still makes what they show. */
(function () {
  "use strict";

  const COMING = ".panel:not(.graphs):is([data-dash-is-loading=true], :has(> .skeleton))";
  const PLOTLY = document.querySelector("link[data-charts]");
  const waiting = new Map();
  let library;
  let coming;
  let idle = false;

  /* What Dash asks for when a chart is to be drawn: the library, or the promise of it. */
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: () => library || (coming = coming || come()),
    set: (plotly) => {
      library = patient(plotly);
    },
  });

  function come() {
    return new Promise(function (here, failed) {
      const script = document.createElement("script");
      script.src = PLOTLY.href;
      script.onload = () => here(library);
      script.onerror = function (fault) {
        coming = undefined; /* the next chart asks again */
        failed(fault);
      };
      document.head.appendChild(script);
    });
  }

  function patient(plotly) {
    const resize = (gd) => (waiting.has(gd) || fits(gd) ? Promise.resolve(gd) : plotly.Plots.resize(gd));
    return Object.create(plotly, {
      react: { value: (gd, ...rest) => (gd._fullLayout || mayCome(gd) ? plotly.react(gd, ...rest) : later(plotly, gd, rest)) },
      Plots: { value: Object.create(plotly.Plots, { resize: { value: resize } }) },
    });
  }

  function fits(gd) {
    const size = gd._fullLayout;
    return Boolean(size) && Math.abs(size.width - gd.clientWidth) < 1 && Math.abs(size.height - gd.clientHeight) < 1;
  }

  function inSight(gd) {
    const at = gd.getBoundingClientRect();
    return at.top < window.innerHeight && at.bottom > 0;
  }

  /* Charts beside other parts, as those of a search, come after them: their drawing would hold up what is read first. */
  const isAside = (gd) => Boolean(gd.closest(".panel.graphs") && document.querySelector(COMING));
  const mayCome = (gd) => inSight(gd) && !isAside(gd);

  function later(plotly, gd, rest) {
    return new Promise((drawn, failed) => {
      waiting.set(gd, () => plotly.react(gd, ...rest).then(drawn, failed));
      sight.observe(gd);
      soon();
    });
  }

  function draw(gd) {
    const start = waiting.get(gd);
    waiting.delete(gd);
    sight.unobserve(gd);
    if (start && gd.isConnected) start();
  }

  const sight = new IntersectionObserver((seen) =>
    seen.forEach((one) => one.isIntersecting && mayCome(one.target) && draw(one.target)),
  );

  const whenIdle = window.requestIdleCallback || ((act) => setTimeout(act, 50));

  function soon() {
    if (idle || !waiting.size) return;
    idle = true;
    whenIdle(
      () => {
        idle = false;
        const [next] = waiting.keys();
        if (next && (isAside(next) || document.querySelector(".panel > .skeleton"))) setTimeout(soon, 30); // more is to come
        else {
          if (next) draw(next);
          soon();
        }
      },
      { timeout: 1000 },
    );
  }

  window.addEventListener("beforeprint", () => [...waiting.keys()].forEach(draw));

  /* On a page of charts the script is here or on its way before they are: it runs once the page stands. */
  if (PLOTLY.rel !== "prefetch") return;
  const begun = new MutationObserver(function () {
    if (!document.querySelector("#page .panel")) return;
    begun.disconnect();
    setTimeout(() => window.Plotly, 30);
  });
  begun.observe(document.documentElement, { childList: true, subtree: true });
})();
