// Runs before the first paint, so that the page never flashes in the wrong theme.
// A signed-in person's theme comes from the server; a visitor's from this browser.
(() => {
  const root = document.documentElement;
  if (root.dataset.themeUrl) return;
  try {
    root.dataset.theme = localStorage.getItem("theme") || root.dataset.theme || "system";
  } catch {
    // Storage may be blocked; the system's theme is fine then.
  }
})();
