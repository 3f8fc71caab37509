/* On the plain page after a sign-in in a window of its own: tell the window that waits, and close this one. */
if (window.location.pathname === "/signed-in") {
  new BroadcastChannel("puma").postMessage("signed in");
  window.setTimeout(() => window.close(), 1500);
}
