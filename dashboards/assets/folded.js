/* Parts of a page that no callback touches: one component to Dash, the elements of its tree to the browser. */
(function () {
  "use strict";

  function made(part) {
    if (!Array.isArray(part)) return part;
    const [tag, attributes, ...inside] = part;
    if (attributes && attributes.href) attributes.href = window.dash_clientside.clean_url(attributes.href);
    return window.React.createElement(tag || window.React.Fragment, attributes, ...inside.map(made));
  }

  window.puma = { Folded: (given) => made(given.tree) };
})();
