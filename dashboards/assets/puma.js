/* What the browser does by itself: links without reloading, keys, sorting, pictures, and light or dark. */
(function () {
  "use strict";

  const stay = () => window.dash_clientside.no_update;

  /* The program's words in the language of the page, which holds them in its frame; {} stands for a value each. */
  window.puma_say = function (text, ...values) {
    const held = document.querySelector('#words [data-word="' + CSS.escape(text) + '"]');
    return values.reduce((said, value) => said.replace("{}", value), held ? held.title : text);
  };

  function go(address) {
    const to = new URL(address, window.location.href);
    const search = to.search === "?" ? "" : to.search;
    if (to.pathname === window.location.pathname && search === window.location.search) return;
    const changes = { search: search };
    if (to.pathname !== window.location.pathname) changes.pathname = to.pathname;
    window.dash_clientside.set_props("url", changes);
  }

  function same(one, other) {
    return one.length === other.length && one.every((word, place) => word === other[place]);
  }

  /* The query with the values of some keys changed; lists begin anew. Keys in the order of the alphabet. */
  function withValues(search, changes) {
    const before = new URLSearchParams(search);
    let changed = false;
    for (const [key, values] of Object.entries(changes)) {
      if (same(before.getAll(key), values)) continue;
      changed = true;
      before.delete(key);
      values.forEach((value) => before.append(key, value));
    }
    if (!changed) return null;
    before.delete("page");
    before.delete("at");
    before.sort();
    const query = before.toString();
    return query ? "?" + query : "";
  }

  /* What a control says its key should be, given the query. */
  function wanted(search, key, value) {
    if (!key.startsWith("year.")) {
      const values = Array.isArray(value) ? value : value ? [value] : [];
      return (key === "policy" && value === "standard") || (key === "counting" && value === "full") ? [] : values;
    }
    const old = (valuesOf(search, "year")[0] || "").split("-");
    let from = old[0] || "";
    let to = old[old.length - 1] || "";
    if (key === "year.from") from = value || "";
    else to = value || "";
    if (!from && !to) return [];
    from = from || "1800";
    to = to || "2200";
    if (Number(from) > Number(to)) [from, to] = [to, from];
    return from === "1800" && to === "2200" ? [] : [from === to ? from : from + "-" + to];
  }

  function valuesOf(search, key) {
    return new URLSearchParams(search).getAll(key.split(".")[0]);
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    puma: {
      /* A page was opened: name the window, mark its menu, begin at its top. */
      opened: function (title) {
        document.querySelectorAll(".menu").forEach((link) => {
          const here = window.location.pathname;
          const on = link.dataset.paths
            .split(" ")
            .some((path) => (path === "/" ? here === "/" : here === path || here.startsWith(path + "/")));
          if (on) link.setAttribute("aria-current", "page");
          else link.removeAttribute("aria-current");
        });
        document.querySelectorAll(".menus").forEach(bring);
        if (title) {
          const place = document.title.split(" · ").pop();
          const first = !document.body.dataset.opened;
          document.title = title + " · " + place;
          document.body.dataset.opened = "yes";
          if (!first) {
            window.scrollTo(0, 0);
            const main = document.getElementById("main");
            if (main) main.focus({ preventScroll: true });
          }
        }
        return stay();
      },

      turn: function (_clicks, scheme) {
        const next = scheme === "dark" ? "light" : "dark";
        keep("puma_scheme", next);
        show(next);
        return [next, next];
      },

      /* A bar or a country was clicked: its point carries the query, or the page, to go to. */
      picked: function () {
        const fresh = window.dash_clientside.callback_context.triggered;
        for (const one of fresh) {
          const point = one.value && one.value.points && one.value.points[0];
          const query = point && point.customdata;
          if (typeof query !== "string") continue;
          if (query.startsWith("?")) return query === "?" ? "" : query;
          if (query.startsWith("/")) go(query); // a page of its own
        }
        return stay();
      },

      /* A control was changed by hand. A value that the page itself put there (it stands in the query that the page
         was drawn for) changes nothing. */
      chosen: function (_values, standing) {
        let search = window.location.search;
        for (const one of window.dash_clientside.callback_context.triggered) {
          if (!one.prop_id.startsWith("{")) continue;
          const key = JSON.parse(one.prop_id.slice(0, one.prop_id.lastIndexOf("."))).key;
          const put = standing.some((query) => same(wanted(query, key, one.value), valuesOf(query, key)));
          if (!put) search = withValues(search, { [key.split(".")[0]]: wanted(search, key, one.value) }) ?? search;
        }
        return search === window.location.search ? stay() : search;
      },

      /* A place was picked from a list of pages. */
      went: function (_values) {
        for (const one of window.dash_clientside.callback_context.triggered) {
          if (one.value && one.value !== window.location.pathname) return one.value;
        }
        return stay();
      },

      /* The search was sent: its words go into the URL. */
      sent: function () {
        const text = document.getElementById("q").value;
        const next = withValues(window.location.search, { q: text ? [text.trim()] : [] });
        return next === null ? stay() : next;
      },
    },
  });

  /* A picker whose choices the server found shows all of them: its search is not repeated here. */
  window.dashMantineFunctions = Object.assign({}, window.dashMantineFunctions, {
    anything: function (found) {
      return found.options;
    },
  });

  function keep(name, scheme) {
    document.cookie = name + "=" + scheme + ";path=/;max-age=31536000;samesite=strict";
  }

  function show(scheme) {
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
    const toggle = document.getElementById("toggle");
    if (toggle) toggle.setAttribute("aria-pressed", scheme === "dark" ? "true" : "false");
  }

  /* Before anything is drawn: the colours that were chosen, else those of the system, of which the next page is then
     told; until here the style sheet has asked for them. */
  const remembered = document.cookie.match(/puma_scheme=(light|dark)/);
  const system = window.matchMedia && window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  keep("puma_system", system);
  show(remembered ? remembered[1] : system);

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.rule-box[open]").forEach((box) => {
      if (!box.contains(event.target)) box.removeAttribute("open");
    });
    const link = event.target.closest("a.go");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      go(link.getAttribute("href"));
      return;
    }
    const other = event.target.closest("a[data-language]");
    if (other) {
      event.preventDefault();
      const here = new URL(window.location.href);
      here.searchParams.set("lang", other.dataset.language);
      window.location.assign(here);
      return;
    }
    const fold = event.target.closest("button.fold");
    if (fold) fold.setAttribute("aria-expanded", fold.getAttribute("aria-expanded") === "true" ? "false" : "true");
    const sorter = event.target.closest("button.sort");
    if (sorter) sort(sorter);
    const picture = event.target.closest("[data-svg]");
    if (picture) save(picture);
    /* A button of an act, or one that takes a decision back: what it is goes to the server, which is asked once a press,
       whatever other buttons appear meanwhile. */
    const button = event.target.closest("button[id^='{']");
    const pressed = button ? JSON.parse(button.id) : {};
    const store = { act: "pressed", undo: "undone" }[pressed.type];
    if (store) window.dash_clientside.set_props(store, { data: { ...pressed, at: Date.now() } });
    const retry = event.target.closest("[data-retry]");
    if (retry && retry.dataset.retry === "page") window.location.reload();
    else if (retry) window.dash_clientside.set_props("changed", { data: Date.now() });
  });

  /* While a part of the page says that something runs, it is drawn again; when that ends, so is everything once. */
  let lived = { path: "", parts: 0 };
  let beaten = 0;
  setInterval(function () {
    const waits = Array.from(document.querySelectorAll("[data-live]"), (one) => Number(one.dataset.live) * 1000);
    const here = window.location.pathname;
    if (waits.length < lived.parts && lived.path === here && !document.querySelector(".skeleton")) {
      window.dash_clientside.set_props("changed", { data: Date.now() });
    } else if (waits.length && !document.hidden && Date.now() - beaten >= Math.min(...waits) - 100) {
      beaten = Date.now();
      window.dash_clientside.set_props("beat", { data: beaten });
    }
    lived = { path: here, parts: waits.length };
  }, 1000);

  /* A part that is drawn anew is made of new elements: whoever stood on one stands on its like again, the one of the
     same id, else, with the keyboard, of the same words, else at the same place in that part. */
  const CAN = "a[href], button:not([disabled]), summary, input, [tabindex='0']";
  const wordsOf = (one) => one.tagName + (one.getAttribute("aria-label") || one.textContent);
  const isShown = (one) => one.getClientRects().length > 0;
  const within = (part) => Array.from(part.querySelectorAll(CAN)).filter(isShown);
  let stood = null;
  let byKey = false;
  document.addEventListener("keydown", () => (byKey = true), true);
  document.addEventListener(
    "pointerdown",
    function (event) {
      byKey = false;
      if (!event.target.closest(CAN)) stood = null;
    },
    true,
  );
  document.addEventListener("focusin", function (event) {
    const one = event.target;
    document.querySelectorAll("details.rule-box[open]").forEach((box) => box.contains(one) || box.removeAttribute("open"));
    const part = one.closest("section.panel[id]");
    stood = { one, part: part && part.id, words: wordsOf(one), place: part ? within(part).indexOf(one) : -1 };
  });
  new MutationObserver(function () {
    if (!stood || (document.activeElement !== document.body && document.activeElement !== stood.one)) return;
    if (stood.one.isConnected && isShown(stood.one)) return;
    const known = stood.one.id && document.getElementById(stood.one.id);
    if (known && known.matches("button, a") && !known.disabled && isShown(known)) return stand(known);
    const part = stood.part && document.getElementById(stood.part);
    if (!part || !byKey || part.querySelector(".skeleton")) return;
    const some = within(part);
    const like = known || some.find((one) => wordsOf(one) === stood.words);
    const next = like || some[Math.min(Math.max(stood.place, 0), some.length - 1)];
    if (next) stand(next);
  }).observe(document.documentElement, {
    attributeFilter: ["hidden", "data-now"], attributes: true, childList: true, subtree: true,
  });

  function stand(one) {
    one.focus({ preventScroll: true });
    /* A list of choices opens when it is stepped on: here nobody stepped. */
    if (one.matches("[aria-haspopup]")) one.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  }

  /* What is wider than its place fades where it goes on; of menus and tabs the present one is brought into sight. */
  const WIDER = ".menus, .tabs, .scroll, .looks-roles";
  function edges(box) {
    const left = box.scrollLeft > 4 ? "left " : "";
    const right = box.scrollWidth - box.clientWidth - box.scrollLeft > 4 ? "right" : "";
    const more = (left + right).trim();
    if (more) box.dataset.more = more;
    else delete box.dataset.more;
  }
  function bring(box) {
    const here = box.querySelector("[aria-current], [aria-pressed=true]");
    if (here && box.scrollWidth > box.clientWidth) {
      const at = here.getBoundingClientRect().left - box.getBoundingClientRect().left + box.scrollLeft;
      box.scrollLeft = at - (box.clientWidth - here.offsetWidth) / 2;
    }
    edges(box);
  }
  document.addEventListener("scroll", (event) => event.target.matches?.(WIDER) && edges(event.target), true);
  const sizes = new ResizeObserver((seen) => seen.forEach((one) => bring(one.target)));
  const watched = new WeakSet();
  new MutationObserver(function () {
    document.querySelectorAll(WIDER).forEach((box) => {
      if (!watched.has(box)) {
        watched.add(box);
        sizes.observe(box);
      }
    });
  }).observe(document.documentElement, { childList: true, subtree: true });

  /* On paper a chart is as wide as its place: its picture is scaled, not drawn anew. */
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(".js-plotly-plot .main-svg").forEach((picture) => {
      picture.setAttribute("viewBox", "0 0 " + picture.getAttribute("width") + " " + picture.getAttribute("height"));
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll(".js-plotly-plot .main-svg").forEach((picture) => picture.removeAttribute("viewBox"));
  });

  function sort(button) {
    const head = button.closest("th");
    const body = head.closest("table").tBodies[0];
    const place = Array.from(head.parentNode.children).indexOf(head);
    const falling = head.getAttribute("aria-sort") !== "descending";
    const number = button.dataset.sort === "number";
    const value = (row) => row.children[place].dataset.value;
    const rows = Array.from(body.rows);
    rows.sort((a, b) => (number ? Number(value(a)) - Number(value(b)) : value(a).localeCompare(value(b))));
    if (falling) rows.reverse();
    rows.forEach((row) => body.appendChild(row));
    Array.from(head.parentNode.children).forEach((other) => other.setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
  }

  /* A picture on its own says what the card around it said: title, n, filters, rule and date. */
  function save(button) {
    const card = button.closest(".panel");
    const plot = card && card.querySelector(".js-plotly-plot");
    if (!plot || !window.Plotly) return;
    const form = button.dataset.form || "svg";
    const title = card.querySelector("h2, h3");
    const said = wrapped(Array.from(card.querySelectorAll(".footnote"), (one) => one.innerText).join(" · "), 150);
    const below = plot._fullLayout._size.b;
    const line = 15; /* pixels */
    const words = {
      text: said.map(inert).join("<br>"), font: { size: 11 }, align: "left", showarrow: false,
      xref: "paper", yref: "paper", x: 0, y: 0, xanchor: "left", yanchor: "top", yshift: -below - 6,
    };
    const layout = Object.assign({}, plot.layout, {
      title: { text: title ? inert(title.innerText) : "", x: 0.01, xanchor: "left", font: { size: 16 } },
      margin: Object.assign({}, plot.layout.margin, { t: 48, b: below + line * said.length + 12 }),
      annotations: (plot.layout.annotations || []).concat(said.length ? [words] : []),
    });
    const size = { width: 960, height: 480 + line * said.length, scale: form === "png" ? 2 : 1 };
    window.Plotly.downloadImage({ data: plot.data, layout }, { format: form, filename: button.dataset.svg, ...size });
  }

  /* Text that is none of the few marks that Plotly knows. */
  const inert = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  function wrapped(text, most) {
    const lines = [];
    text.split(/\s+/).filter(Boolean).forEach(function (word) {
      const last = lines.length - 1;
      if (last >= 0 && lines[last].length + word.length < most) lines[last] += " " + word;
      else lines.push(word);
    });
    return lines;
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      document.querySelectorAll("details[open].rule-box").forEach((box) => {
        box.removeAttribute("open");
        box.querySelector("summary").focus();
      });
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable=true], [role=listbox]");
    if (typing) return;
    const key = { " ": "Space" }[event.key] || event.key;
    const onControl = event.target.closest("a, button, summary");
    if (onControl && (key === "Space" || key === "Enter")) return;
    if (key === "/") {
      const box = document.getElementById("q");
      if (box) {
        event.preventDefault();
        box.focus();
      }
      return;
    }
    const wanted = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
    if (wanted) {
      event.preventDefault();
      if (!wanted.disabled) wanted.click();
    }
  });
})();
