// Turns every [data-rich] textarea into a Trix editor with our toolbar. Without this file the textarea stays and works.
(() => {
  window.Trix.config.blockAttributes.default.tagName = "p";

  const enhance = (root) => root.querySelectorAll("[data-rich]:not([data-on])").forEach((box) => {
    box.dataset.on = "";
    const area = box.querySelector("textarea");
    const id = area.id || `rich-${area.name}`;
    const make = (tag, props) => Object.assign(document.createElement(tag), props);
    const value = make("input", { type: "hidden", id: `${id}-value`, name: area.name, value: box.dataset.html });
    const flag = make("input", { type: "hidden", name: `${area.name}-html`, value: "1" });
    const bar = make("trix-toolbar", { id: `${id}-bar` });
    bar.append(box.querySelector("template").content.cloneNode(true));
    const editor = document.createElement("trix-editor");
    const label = document.querySelector(`label[for="${CSS.escape(id)}"]`);
    for (const name of ["aria-describedby", "aria-invalid", "placeholder"]) {
      if (area.hasAttribute(name)) editor.setAttribute(name, area.getAttribute(name));
    }
    editor.setAttribute("input", value.id);
    editor.setAttribute("toolbar", bar.id);
    editor.id = id;
    if (label) {
      label.id ||= `${id}-label`;
      editor.setAttribute("aria-labelledby", label.id);
      label.addEventListener("click", () => editor.focus());
    }
    for (const attribute of area.attributes) if (attribute.name.startsWith("hx-")) value.setAttribute(attribute.name, attribute.value);
    area.remove();
    box.append(value, flag, bar, editor);
    box.addEventListener("keydown", (event) => { if (event.key === "Tab") event.stopPropagation(); }, true); // Tab leaves it, also from a list
    bar.querySelector(".rich-buttons").addEventListener("click", ({ target, detail }) => { // Trix knows the mouse only
      if (!detail) target.closest("button")?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
    });
    editor.addEventListener("trix-change", () => value.dispatchEvent(new Event("input", { bubbles: true })));
  });

  document.addEventListener("trix-file-accept", (event) => event.preventDefault()); // pictures have slots of their own
  document.addEventListener("htmx:load", (event) => enhance(event.target.parentElement || document));
  enhance(document);
})();
