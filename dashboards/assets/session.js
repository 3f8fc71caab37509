/* What the page asks the server. The first two questions are answered by what came with the page; and when the session
   ends in the middle of work, the page keeps everything, asks to sign in again, and then goes on. */
(function () {
  "use strict";

  const send = window.fetch.bind(window);
  const OURS = ["/_dash-update-component", "/api/v1/review/"]; /* what pages send when somebody does something */
  let again = null;

  function drawnFor() {
    const place = document.querySelector("[data-account]");
    return place ? place.dataset.account : "0";
  }

  function token() {
    const found = document.cookie.match(/(?:^|; )_csrf_token=([0-9a-f]+)/);
    return found ? found[1] : "";
  }

  /* What came with the page, once: whoever asks later is told what the server says then. A first visit may find that
     the system is dark, which the server could not know: the page is then asked for again, in those colours. */
  let anew = null;

  async function held(address) {
    const at = 'script[data-answers="' + CSS.escape(address || "") + '"]';
    const place = document.querySelector(at);
    if (!place) return null;
    place.remove();
    let told = place;
    if (place.dataset.scheme !== document.documentElement.getAttribute("data-mantine-color-scheme")) {
      anew = anew || send(window.location.href).then((answer) => answer.text());
      told = new DOMParser().parseFromString(await anew, "text/html").querySelector(at);
    }
    return told && new Response(told.textContent, { headers: { "Content-Type": "application/json" } });
  }

  window.fetch = async function (where, options) {
    const address = typeof where === "string" ? where : where && where.url;
    const known = await held(address);
    if (known) return known;
    if (!address || !OURS.some((one) => String(address).includes(one))) return send(where, options);
    for (;;) {
      const headers = new Headers(options && options.headers);
      headers.set("X-Puma-Account", drawnFor());
      headers.set("X-CSRFToken", token());
      let answer = null;
      try {
        answer = await send(where, Object.assign({}, options, { headers: headers }));
      } catch (reason) {
        const told = notCome(options);
        if (reason.name === "AbortError" || !told) throw reason;
        return told;
      }
      if (answer.status >= 500) return notCome(options) || answer;
      if (answer.status !== 401) return answer;
      await signedInAgain();
    }
  };

  /* No answer came, of the network or of what stands before the server: the part of the page that was asked for says so
     and offers to ask again, as if the server had told it that; all other parts go on. So does a page in place of the
     one that was left for it. Nothing for other questions. */
  function notCome(options) {
    const asked = options && typeof options.body === "string" ? JSON.parse(options.body).outputs : null;
    if (Array.isArray(asked) && asked[0].id === "page") return instead("page", "page", "This page did not come", "The server did not answer.");
    if (!asked || asked.property !== "children" || !["panel", "begun"].includes((asked.id || {}).type)) return null;
    const key = JSON.stringify(Object.fromEntries(Object.entries(asked.id).sort()));
    return instead(key, "panel", "This part did not come", "The server did not answer. The rest of the page is not affected.");
  }

  function instead(key, again, title, words) {
    const say = window.puma_say;
    const tree = [
      "div",
      { className: "notice bad", role: "alert" },
      ["p", { className: "notice-title" }, say(title)],
      ["div", { className: "notice-words" }, say(words)],
      ["button", { type: "button", className: "button small", "data-retry": again }, say("Try again")],
    ];
    const children = { namespace: "puma", type: "Folded", props: { tree: tree } };
    const body = JSON.stringify({ multi: true, response: { [key]: { children: children } } });
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  }

  /* Every request that met the end of the session waits for the same sign-in, and is then sent again. */
  function signedInAgain() {
    if (again) return again;
    again = new Promise(function (resolve) {
      const box = document.createElement("dialog");
      box.className = "ended";
      box.setAttribute("aria-labelledby", "ended-title");
      const say = window.puma_say;
      const here = encodeURIComponent(window.location.pathname + window.location.search);
      box.innerHTML =
        '<h2 id="ended-title">' + say("Your session has ended") + "</h2>" +
        "<p>" + say("Nothing is lost: what you did last waits here and is sent when you are signed in again.") + "</p>" +
        '<div class="ended-acts"><a class="button primary" target="_blank" href="/sign-in?next=%2Fsigned-in">' +
        say("Sign in and go on") + '</a><a href="/sign-in?next=' + here + '">' + say("Leave it, and sign in here") + "</a></div>";
      document.body.appendChild(box);
      box.addEventListener("cancel", (event) => event.preventDefault());
      box.showModal();
      const channel = new BroadcastChannel("puma");
      channel.onmessage = function (event) {
        if (event.data !== "signed in") return;
        channel.close();
        box.close();
        box.remove();
        again = null;
        resolve();
      };
    });
    return again;
  }
})();
