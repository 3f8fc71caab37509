/* Starts Dash; the last script of every page. */
window.renderer = new window.DashRenderer();
