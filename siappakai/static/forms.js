// Small comforts for forms; every form works without this file too.
(() => {
  // A form with data-once is sent once: its buttons rest until the answer comes.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    form.querySelectorAll("button[type=submit]").forEach((button) => button.classList.add("btn-loading"));
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".btn-loading").forEach((button) => button.classList.remove("btn-loading"));
  }));

  // A choice that was not counted again is not what the other form would do: its buttons rest.
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || !form.matches("form[data-recount]")) return;
    const other = document.getElementById(form.dataset.recount);
    if (!other) return;
    other.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = true; });
    other.querySelectorAll("[data-recount-told]").forEach((told) => { told.hidden = false; });
  });

  // What is typed here changes no plan: the button below must not be replaced while it is pressed.
  document.querySelectorAll("[data-quiet]").forEach((field) => field.addEventListener("change", (event) => event.stopPropagation()));

  // The file field as a place to drop a file on.
  document.querySelectorAll("[data-drop]").forEach((place) => {
    const field = place.querySelector("input[type=file]");
    const name = place.querySelector("[data-drop-name]");
    const show = () => { if (field.files.length) name.textContent = field.files[0].name; };
    field.addEventListener("change", show);
    for (const kind of ["dragenter", "dragover"]) place.addEventListener(kind, (event) => { event.preventDefault(); place.classList.add("over"); });
    for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("over"));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) { field.files = event.dataTransfer.files; show(); }
    });
  });

  // One box that ticks all districts.
  document.querySelectorAll("[data-pick-all]").forEach((all) => {
    const boxes = [...all.form.querySelectorAll("input[name=kecamatan]")];
    const agree = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
    boxes.forEach((box) => box.addEventListener("change", agree));
    agree();
  });
})();
