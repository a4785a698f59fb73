// From the library into a rich text, in a dialog over the page. Without this file the button leads to a page of its own.
(() => {
  const dialog = document.querySelector("[data-library-dialog]");
  if (!dialog) return;
  const $ = (selector) => dialog.querySelector(selector);
  const body = $("[data-library-body]"), trouble = $("[data-library-trouble]");
  let editor = null;

  document.addEventListener("trix-focus", ({ target }) => { target.dataset.visited = ""; });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-library]");
    if (!button) return;
    const [input] = document.getElementsByName(button.value.split(":")[1]);
    editor = document.querySelector(`trix-editor[input="${CSS.escape(input.id)}"]`);
    if (!editor) return;
    event.preventDefault();
    const leave = () => button.form.requestSubmit(button); // signed out, or no connection: the page itself knows what to do
    try {
      const reply = await fetch(button.dataset.library, { headers: { "HX-Request": "true" }, redirect: "manual" });
      if (!reply.ok) return leave();
      body.innerHTML = await reply.text();
    } catch { return leave(); }
    window.htmx.process(body);
    trouble.hidden = true;
    dialog.showModal();
    $("#library-q").focus();
  });

  // As a paragraph of its own after the one the caret stands in, or last where nobody has written yet. Trix knows lines
  // and empty lines; two breaks make a paragraph, and after a list they leave it.
  const put = (html) => {
    const { editor: text } = editor, all = () => text.getDocument().toString();
    const at = "visited" in editor.dataset ? all().indexOf("\n", text.getSelectedRange()[1]) : all().length - 1;
    text.setSelectedRange(at);
    if (at > 0 && all()[at - 1] !== "\n") { text.insertLineBreak(); text.insertLineBreak(); }
    text.insertHTML(html);
  };

  dialog.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-insert]")) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    try {
      const reply = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual" });
      if (!reply.ok) throw new Error(reply.status);
      const { html, said } = await reply.json();
      dialog.close();
      editor.focus();
      put(html);
      document.getElementById("live").textContent = said;
    } catch {
      trouble.textContent = dialog.dataset.saidFailed;
      trouble.hidden = false;
      dialog.scrollTo(0, 0);
    } finally { delete form.dataset.sent; }
  });

  dialog.addEventListener("htmx:afterSwap", () => { $("[data-library-said]").textContent = $("#found")?.dataset.announce || ""; });
  $("[data-close]").addEventListener("click", () => dialog.close());
})();
