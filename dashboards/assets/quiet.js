/* Dash tells its store of every element that it draws, one by one, and every element on the page looks up at each such
   telling: a thousand elements cost a million looks, which is seconds. It does so to forget what changed in an element
   since it was drawn; where nothing did, there is nothing to forget, and the telling is left out. Written for the store
   of dash 4.4, whose own mending is on its way: github.com/plotly/dash/issues/3846. */
(function () {
  "use strict";

  function nothingToForget(state, action) {
    if (!action || action.type !== "RESET_COMPONENT_STATE" || !state.layoutHashes) return false;
    const path = action.payload && action.payload.itempath;
    const below = path ? path.join(",") : "";
    return !Object.keys(state.layoutHashes).some((key) => key.startsWith(below));
  }

  const stores = (window.dash_stores = window.dash_stores || []);
  stores.push = function (store) {
    const dispatch = store.dispatch;
    store.dispatch = (action) => (nothingToForget(store.getState(), action) ? action : dispatch(action));
    return Array.prototype.push.call(stores, store);
  };
})();
