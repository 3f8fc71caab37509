/* What was picked from a list that is asked for while one types: its words stay when the list is drawn anew. */
(function () {
  "use strict";

  const picked = new Map(); /* picker -> its choice */

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.pickers = {
    keep: function (value, data) {
      const of = JSON.stringify(window.dash_clientside.callback_context.inputs_list[0].id);
      const choices = data || [];
      const there = choices.find((one) => one.value === value);
      if (there) picked.set(of, there);
      const kept = picked.get(of);
      const lost = value && !there && kept && kept.value === value;
      return lost ? choices.concat(kept) : window.dash_clientside.no_update;
    },
  };
})();
