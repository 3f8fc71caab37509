/* The search page in the browser: offers while typing, values of a facet by name, and leaving out by Alt-click. */
(function () {
  "use strict";

  const API = "/api/v1";
  const LEAST = 3; /* letters from which on something is offered */
  const WAIT_MS = 120;
  const NAMES = {
    person: "People", instrument: "Instrument", institution: "Institution", technique: "Technique",
    journal: "Journal", keyword: "Keyword", record: "Record",
  };
  const number = new Intl.NumberFormat(document.documentElement.lang).format;

  /* The query with the values of some keys changed; lists begin anew. Keys in the order of the alphabet. */
  function changed(changes) {
    const query = new URLSearchParams(window.location.search);
    for (const [key, values] of Object.entries(changes)) {
      query.delete(key);
      values.forEach((value) => query.append(key, value));
    }
    query.delete("page");
    query.sort();
    const text = query.toString();
    return text ? "?" + text : "";
  }

  /* The query with a value of a facet taken in, or out when it is in. */
  function turned(facet, value) {
    const query = new URLSearchParams(window.location.search);
    const chosen = query.getAll(facet);
    const next = chosen.includes(value) ? chosen.filter((one) => one !== value) : chosen.concat(value);
    return { [facet]: next, ["-" + facet]: query.getAll("-" + facet).filter((one) => one !== value) };
  }

  function go(search) {
    window.dash_clientside.set_props("url", { search: search });
  }

  function made(name, className, text) {
    const element = document.createElement(name);
    element.className = className;
    element.textContent = text;
    return element;
  }

  /* ---- offers below the box: a combobox with a listbox */

  let waiting = 0;
  let request = null;
  let offered = { typed: "", items: [] };
  let active = -1;

  const box = () => document.getElementById("q");
  const list = () => document.getElementById("offers");

  function prepare(input) {
    if (input.getAttribute("role") === "combobox") return;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", "offers");
    input.setAttribute("aria-expanded", "false");
    input.setAttribute("autocomplete", "off");
  }

  function close() {
    window.clearTimeout(waiting);
    if (request) request.abort();
    active = -1;
    offered = { typed: "", items: [] };
    if (list()) {
      list().hidden = true;
      list().replaceChildren();
    }
    if (box()) {
      box().setAttribute("aria-expanded", "false");
      box().removeAttribute("aria-activedescendant");
    }
  }

  async function ask(text) {
    if (request) request.abort();
    request = new AbortController();
    try {
      const answer = await fetch(API + "/suggest?q=" + encodeURIComponent(text), { signal: request.signal });
      if (!answer.ok) return close();
      const found = await answer.json();
      if (box() && box().value.trim() === text) show(found);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(found) {
    offered = found;
    active = -1;
    const lines = found.items.map((item, place) => {
      const line = made("li", "", "");
      line.id = "offer-" + place;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", "false");
      line.dataset.place = place;
      line.append(made("span", "offer-kind", window.puma_say(NAMES[item.field] || item.field)));
      const word = made("span", "offer-word", item.label || item.value);
      if (item.detail) word.append(made("span", "offer-detail", item.detail));
      line.append(word, made("span", "offer-count", item.field === "record" ? window.puma_say("open") : number(item.count)));
      return line;
    });
    list().replaceChildren(...lines);
    list().hidden = !lines.length;
    box().setAttribute("aria-expanded", lines.length ? "true" : "false");
    box().removeAttribute("aria-activedescendant");
  }

  function mark(place) {
    active = place;
    Array.from(list().children).forEach((line, at) => line.setAttribute("aria-selected", at === place ? "true" : "false"));
    if (place < 0) return box().removeAttribute("aria-activedescendant");
    box().setAttribute("aria-activedescendant", "offer-" + place);
    list().children[place].scrollIntoView({ block: "nearest" });
  }

  /* The picked value becomes a filter and takes the place of what was typed for it. */
  function pick(place) {
    const item = offered.items[place];
    const text = box().value.trim();
    const rest = text.endsWith(offered.typed) ? text.slice(0, text.length - offered.typed.length).trim() : text;
    close();
    if (item.field === "record") {
      window.dash_clientside.set_props("url", { pathname: "/record/" + item.record_id, search: "" });
      return;
    }
    const chosen = new URLSearchParams(window.location.search).getAll(item.field);
    const values = chosen.includes(item.value) ? chosen : chosen.concat(item.value);
    go(changed({ q: rest ? [rest] : [], [item.field]: values }));
  }

  document.addEventListener("input", function (event) {
    if (event.target.id === "q") {
      prepare(event.target);
      window.clearTimeout(waiting);
      const text = event.target.value.trim();
      if (text.length < LEAST) return close();
      waiting = window.setTimeout(() => ask(text), WAIT_MS);
    } else if (event.target.closest(".facet-find")) {
      find(event.target);
    }
  });

  document.addEventListener("focusin", function (event) {
    if (event.target.id === "q") prepare(event.target);
    else if (!event.target.closest("#offers")) close();
  });

  document.addEventListener("mousedown", function (event) {
    const line = event.target.closest("#offers li");
    if (line) {
      event.preventDefault();
      pick(Number(line.dataset.place));
    } else if (event.target.id !== "q") close();
  });

  document.addEventListener(
    "keydown",
    function (event) {
      if (event.target.id !== "q" || event.isComposing) return;
      const open = list() && !list().hidden;
      const count = offered.items.length;
      if (event.key === "Enter") {
        if (open && active >= 0) {
          event.preventDefault();
          event.stopPropagation();
          pick(active);
        } else close();
      } else if (open && event.key === "Escape") {
        event.stopPropagation();
        event.preventDefault();
        close();
      } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark(active < 0 && step < 0 ? count - 1 : ((active + 1 + step + count + 1) % (count + 1)) - 1);
      }
    },
    true
  );

  /* ---- values of a facet by name */

  let finding = 0;

  function find(input) {
    window.clearTimeout(finding);
    finding = window.setTimeout(async function () {
      const facet = input.closest("[data-facet]").dataset.facet;
      const goal = input.closest("[data-facet]").querySelector(".facet-found");
      const text = input.value.trim();
      if (!text) return goal.replaceChildren();
      const query = new URLSearchParams(window.location.search);
      ["page", "view", "table", "log"].forEach((key) => query.delete(key));
      query.set("like", text);
      const answer = await fetch(API + "/search/values/" + facet + "?" + query.toString());
      if (!answer.ok || input.value.trim() !== text) return;
      const found = await answer.json();
      const lines = found.map(function (one) {
        const link = made("a", "go", "");
        link.href = changed(turned(facet, one.value)) || "?";
        link.append(made("span", "facet-word", one.label || one.value), made("span", "facet-count", number(one.count)));
        const line = made("li", "", "");
        line.append(link);
        return line;
      });
      goal.replaceChildren(...(lines.length ? lines : [made("li", "quiet small", window.puma_say("Nothing begins so."))]));
    }, 2 * WAIT_MS);
  }

  /* ---- a range of a condition: its two fields become the word of the search that means it */

  /* An amount as the search reads it; "" for an empty field, null for what is no amount. */
  function amount(field) {
    const text = field.value.trim().replace(",", ".");
    const value = Number(text);
    const good = text === "" || (/^\d{0,9}(\.\d*)?$/.test(text) && Number.isFinite(value));
    field.setAttribute("aria-invalid", good ? "false" : "true");
    return good ? text && String(Number(value.toFixed(6))) : null;
  }

  function within(group) {
    const name = group.dataset.range;
    const ends = Array.from(group.querySelectorAll("input"), amount);
    if (ends.includes(null)) return group.querySelector("[aria-invalid=true]").focus();
    if (ends[0] && ends[1] && Number(ends[0]) > Number(ends[1])) ends.reverse();
    const word = ends.some(Boolean) ? name + ":" + ends.join("-") : "";
    const before = new RegExp("(^|\\s)" + name + ":[\\d.-]+(?=\\s|$)", "gi");
    const rest = (box() ? box().value : "").replace(before, " ").replace(/\s+/g, " ").trim();
    const either = word && /\||\bOR\b/.test(rest) && !/^\([^()]*\)$/.test(rest) ? "(" + rest + ")" : rest;
    go(changed({ q: word || either ? [(either + " " + word).trim()] : [] }));
  }

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-range] .button")) within(event.target.closest("[data-range]"));
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.isComposing || !event.target.closest("[data-range] input")) return;
    event.preventDefault();
    within(event.target.closest("[data-range]"));
  });

  /* ---- Alt-click on a value leaves it out; "Filters" jumps to the facets without touching the address */

  document.addEventListener(
    "click",
    function (event) {
      const value = event.altKey && event.target.closest(".facet li > a.go:not(.not)");
      const out = value && value.parentElement.querySelector("a.not");
      const down = event.target.closest("a.to-facets");
      if (!out && !down) return;
      event.preventDefault();
      event.stopPropagation();
      if (out) go(out.getAttribute("href") === "?" ? "" : out.getAttribute("href"));
      else {
        const facets = document.getElementById("narrow");
        facets.focus({ preventScroll: true });
        facets.parentElement.scrollIntoView();
      }
    },
    true
  );
})();
