// Reading: copy the link, print. Both are buttons that only stand here where scripts run.
(() => {
  const live = document.getElementById("live");

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-print]");
    if (!button) return;
    if ("print" in button.dataset) { window.print(); return; }
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch { // no clipboard without TLS, or it is not allowed: the address is marked, to be copied by hand
      field.focus();
      field.select();
      return;
    }
    live.textContent = button.dataset.copied;
    if (!button.querySelector(".done")) button.insertAdjacentHTML("beforeend", '<span class="done" aria-hidden="true">✓</span>');
  });
})();
