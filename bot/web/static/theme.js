// Runs before the first paint, so that a chosen theme does not flash. Everything works without it.
(() => {
  const root = document.documentElement;
  const read = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // Storage may be switched off; the system's theme then applies.
    }
  };
  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
  root.classList.add("scripted");

  const dark = () =>
    (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const label = (button) => {
    button.setAttribute("aria-pressed", String(dark()));
    button.title = dark() ? "Use the light theme" : "Use the dark theme";
  };
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      label(button);
      button.addEventListener("click", () => {
        root.dataset.theme = dark() ? "light" : "dark";
        try {
          localStorage.setItem("theme", root.dataset.theme);
        } catch {
          root.dataset.themeKept = "no"; // The choice then lasts for this page only.
        }
        label(button);
      });
    }
  });
})();
