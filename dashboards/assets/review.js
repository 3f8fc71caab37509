/* Review in the browser: a decision shows the next pair at once and is sent behind it; what fails comes back. */
(function () {
  "use strict";

  const say = (...words) => window.puma_say(...words);

  const API = "/api/v1/review/";
  const FEW = 5; /* pairs held here; when no more are left, further ones are asked for before the hand rests */
  const REST_MS = 1000; /* a hand that rests so long does not mind that the page is drawn anew */
  const LOST_MS = 8000; /* parts that are not drawn after so long are asked for once more */
  const gone = new Map(); /* pair -> its decision, 0 while that is on its way */
  const made = []; /* what can be undone here, the newest last: {pair, decision, count} */
  let sending = Promise.resolve();
  let freshen = 0;
  let asked = 0; /* since when the parts are being drawn anew; 0 while they are not */
  let again = ""; /* what was wanted meanwhile: "soon", "later" or nothing */
  let drawn = ""; /* the drawing that is shown */

  const now = () => document.querySelector(".pair[data-now]");
  const commentOf = (pair) => pair.querySelector("input.comment, .comment input");
  const nameOf = (pair) => pair.dataset.link + "/" + pair.dataset.state;

  /* Of the pairs that are held here, the first that is not decided is shown. */
  function show() {
    const pairs = document.querySelectorAll(".pairs > .pair");
    const box = document.querySelector(".pairs");
    const seen = box ? Number(box.dataset.seen) : 0;
    let found = false;
    pairs.forEach(function (pair) {
      const decision = gone.get(nameOf(pair));
      if (decision && decision <= seen) gone.delete(nameOf(pair)); /* drawn after it was decided: it was taken back */
      const on = !found && !gone.has(nameOf(pair));
      found = found || on;
      if (pair.hidden === on) pair.hidden = !on;
      if (on !== "now" in pair.dataset) {
        if (on) pair.dataset.now = "yes";
        else delete pair.dataset.now;
      }
      if (on && made.length) pair.querySelector("[data-undo]").disabled = false;
    });
    if (box && box.classList.contains("waits") === found) box.classList.toggle("waits", !found);
    return found;
  }

  function held() {
    return Array.from(document.querySelectorAll(".pairs > .pair")).filter((one) => !gone.has(nameOf(one))).length;
  }

  /* Draw the parts of the page anew, once the hand rests; at once when few pairs are left. */
  function refresh(soon) {
    clearTimeout(freshen);
    freshen = setTimeout(() => draw(soon), soon || held() <= FEW ? 0 : REST_MS);
  }

  /* One drawing at a time: whoever asks again throws away what is on its way, and a quick hand would never see any. */
  function draw(soon) {
    if (Date.now() - asked < LOST_MS && document.querySelector(".pairs")) {
      again = soon || again === "soon" ? "soon" : "later";
      return;
    }
    asked = Date.now();
    window.dash_clientside.set_props("changed", { data: asked });
  }

  /* The pairs were drawn; what was wanted meanwhile follows. */
  function arrived(drawing) {
    if (drawing === drawn) return;
    drawn = drawing;
    const wanted = again;
    asked = 0;
    again = "";
    if (wanted) refresh(wanted === "soon");
  }

  function made_of(tag, look, words) {
    const one = document.createElement(tag);
    one.className = look;
    one.textContent = words;
    return one;
  }

  /* One message at a time. ways: [words, what a press does]. */
  function tell(words, tone, ways) {
    const place = document.getElementById("review-toast");
    if (!place) return;
    const box = made_of("div", "toast-in " + tone, "");
    box.append(made_of("span", "", words));
    (ways || []).forEach(function (way) {
      const button = made_of("button", "button small", way[0]);
      button.addEventListener("click", function () {
        box.remove();
        way[1]();
      });
      box.append(button);
    });
    place.replaceChildren(box);
  }

  async function ask(what, body) {
    const answer = await fetch(API + what, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      keepalive: true,
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) {
      const error = new Error(typeof said.detail === "string" ? said.detail : "");
      error.status = answer.status;
      error.title = said.title || "";
      throw error;
    }
    return said;
  }

  /* One after the other, in the order of the keys. */
  function queue(work) {
    sending = sending.then(work);
  }

  function decide(button) {
    const pair = button.closest(".pair");
    if (!pair || button.disabled || gone.has(nameOf(pair))) return;
    const field = commentOf(pair);
    const said = [button.dataset.reason || "", field ? field.value.trim() : ""].filter(Boolean);
    const others = Number(button.dataset.all || 0);
    const body = { link: Number(pair.dataset.link), verdict: button.dataset.verdict };
    body.expected_state = pair.dataset.state;
    if (said.length) body.reason = said.join(". ");
    if (others) body.others = others;
    performance.mark("decided");
    send(nameOf(pair), body);
    performance.measure("decision", "decided");
  }

  function send(name, body) {
    const done = { pair: name, decision: 0, count: 1 };
    gone.set(name, 0);
    made.push(done);
    const left = show();
    const accepts = body.verdict === "accept";
    const count = (body.others || 0) + 1;
    const word =
      count > 1 ? say(accepts ? "Accepted: {} pairs." : "Rejected: {} pairs.", count) : say(accepts ? "Accepted" : "Rejected");
    tell(word, "good", [[count > 1 ? say("Undo all {}", count) : say("Undo"), () => undo(done)]]);
    if (left) window.scrollTo({ top: Math.min(window.scrollY, top()) });
    queue(async function () {
      try {
        const answer = await ask("decisions", body);
        if (answer.conflict) return passed(answer.conflict, done);
        done.decision = answer.decision;
        done.count = answer.decided;
        gone.set(name, answer.decision);
        if (answer.waiting && made[made.length - 1] === done) {
          const first = say("One of two: it counts once a second person says the same.");
          tell(first, "good", [[done.count > 1 ? say("Undo all {}", done.count) : say("Undo"), () => undo(done)]]);
        }
        refresh(!show() || body.others > 0);
      } catch (error) {
        failed(error, name, body, done);
      }
    });
  }

  /* Somebody else was faster: nothing was changed, and the queue is drawn as it is by now. */
  function passed(words, done) {
    made.splice(made.indexOf(done), 1);
    gone.delete(done.pair); /* what is drawn next knows how it is */
    tell(words, "bad");
    refresh(true);
  }

  /* The decision did not get through: the pair is there again, and the message says why and offers to try again. */
  function failed(error, name, body, done) {
    made.splice(made.indexOf(done), 1);
    gone.delete(name);
    show();
    const why = error.status && error.status < 500 ? error.message || error.title : say("The server did not take it.");
    tell(say("Not saved: {} The pair is here again.", why), "bad", [[say("Retry"), () => send(name, body)]]);
  }

  function undo(done) {
    const place = made.indexOf(done);
    if (place >= 0) made.splice(place, 1);
    queue(async function () {
      if (!done.decision) return; /* it failed, so there is nothing to undo */
      try {
        const answer = await ask("undo", { decision: done.decision, together: done.count > 1 });
        gone.delete(done.pair);
        show();
        const stayed = answer.passed ? " " + say("{} had been changed since and stayed.", answer.passed) : "";
        tell(answer.conflict || say("Undone: everything is as it was before.") + stayed, "quiet");
      } catch (error) {
        tell((error.status ? error.message : "") || say("Not undone: the server did not take it."), "bad", [
          [say("Retry"), () => undo(done)],
        ]);
      }
      refresh(true);
    });
  }

  /* How far down the pair begins. */
  function top() {
    const pair = now();
    return pair ? pair.getBoundingClientRect().top + window.scrollY - 70 : 0;
  }

  document.addEventListener("click", function (event) {
    const verdict = event.target.closest("[data-verdict]");
    if (verdict) return decide(verdict);
    const back = event.target.closest("[data-undo]");
    if (back) {
      const last = made[made.length - 1];
      return undo(last || { pair: "", decision: Number(back.dataset.undo), count: 1 });
    }
    const help = document.getElementById("review-help");
    if (help && event.target.closest("[data-open=help]")) help.showModal();
    if (help && (event.target.closest("[data-close=help]") || event.target === help)) help.close();
  });

  /* When the last pair is decided nothing stands there any more, and can be taken back all the same. */
  function last_of_all(event) {
    const typing = event.target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key !== "Backspace" || typing || !made.length || !document.getElementById("review-toast")) return;
    event.preventDefault();
    undo(made[made.length - 1]);
  }

  /* The keys of the pair that is shown; those of the ones behind it do nothing. */
  document.addEventListener(
    "keydown",
    function (event) {
      const pair = now();
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (!pair) return last_of_all(event);
      if (event.target.closest(".comment")) {
        if (event.key === "Enter" || event.key === "Escape") event.target.blur();
        return;
      }
      if (event.target.closest("input, textarea, select, [contenteditable=true], [role=listbox]")) return;
      if (document.querySelector("dialog[open]")) return event.stopImmediatePropagation(); /* nothing behind it */
      const key = { " ": "Space" }[event.key] || event.key;
      if (event.target.closest("a, button, summary") && (key === "Space" || key === "Enter")) return;
      if (key === "c") {
        event.preventDefault();
        event.stopImmediatePropagation();
        return commentOf(pair).focus();
      }
      const wanted = pair.querySelector('[data-key="' + CSS.escape(key) + '"]');
      if (event.key === "/" || (!wanted && !document.querySelector('[data-key="' + CSS.escape(key) + '"]'))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (wanted && !wanted.disabled && !event.repeat) wanted.click();
    },
    true
  );

  /* Pairs that were drawn anew: those decided here stay away until the server has left them out. */
  new MutationObserver(function (changes) {
    const box = document.querySelector(".pairs");
    if (!box) return;
    if (changes.some((one) => one.target.closest && !one.target.closest(".toast"))) show();
    arrived(box.dataset.drawn);
  }).observe(document.documentElement, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ["data-link", "data-state", "data-seen", "data-drawn"],
  });
})();
