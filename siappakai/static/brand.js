// Comforts of the look's pages: live colours, pictures before they are sent, before and after.
(() => {
  // A colour is typed or picked; the panel says whether it can be read, and offers the nearest that can.
  const whole = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i;
  const wide = (text) => {
    const digits = text.trim().replace("#", "").toLowerCase();
    return "#" + (digits.length === 3 ? [...digits].map((each) => each + each).join("") : digits);
  };
  document.querySelectorAll("[data-colour-field]").forEach((field) => {
    const text = field.querySelector("[data-colour-text]");
    const pick = field.querySelector("[data-colour-pick]");
    const told = document.getElementById("saran-" + text.name);
    let waiting = null;
    let asked = 0;
    const ask = async () => {
      const number = ++asked;
      const answer = await fetch(field.dataset.colourField + "?nilai=" + encodeURIComponent(text.value), { headers: { "HX-Request": "true" } });
      if (answer.ok && number === asked) told.innerHTML = await answer.text();
    };
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 250); };
    text.addEventListener("input", () => { if (whole.test(text.value.trim())) pick.value = wide(text.value); soon(); });
    pick.addEventListener("input", () => { text.value = pick.value; soon(); });
    told.addEventListener("click", (event) => {
      const offer = event.target.closest("[data-colour]");
      if (!offer) return;
      event.preventDefault();
      text.value = pick.value = offer.dataset.colour;
      text.focus();
      ask();
    });
  });

  // A picture that was chosen is shown before it is sent.
  document.querySelectorAll("input[data-picture]").forEach((field) => field.addEventListener("change", () => {
    const chosen = field.files[0];
    let note = field.parentElement.querySelector("[data-picture-note]");
    if (!note) {
      note = document.createElement("div");
      note.className = "form-hint";
      note.dataset.pictureNote = "";
      note.setAttribute("role", "status");
      field.after(note);
    }
    note.textContent = chosen ? `${chosen.name}, ${Math.ceil(chosen.size / 1024)} KB: diperiksa dan disimpan saat Anda menekan Simpan.` : "";
  }));

  // Before and after over each other; the slider, its arrow keys and the buttons move the border.
  document.querySelectorAll("[data-compare]").forEach((place) => {
    const one = (name) => place.querySelector(`[data-compare-${name}]`);
    const range = one("range");
    const view = one("view");
    const marks = one("marks");
    const move = () => {
      one("clip").setAttribute("width", range.value + "%");
      for (const end of ["x1", "x2"]) one("line").setAttribute(end, range.value + "%");
      range.setAttribute("aria-valuetext", range.value > 50 ? `${range.value}% sebelum` : `${100 - range.value}% sesudah`);
    };
    const pictures = [...view.querySelectorAll("image")];
    pictures.forEach((image) => {
      const probe = new Image();
      probe.addEventListener("load", () => {
        image.setAttribute("width", probe.naturalWidth);
        image.setAttribute("height", probe.naturalHeight);
        const box = view.viewBox.baseVal;
        const width = Math.max(probe.naturalWidth, box ? box.width : 0);
        const height = Math.max(probe.naturalHeight, box ? box.height : 0);
        view.setAttribute("viewBox", `0 0 ${width} ${height}`);
        move();
      });
      probe.src = image.getAttribute("href");
    });
    range.addEventListener("input", move);
    place.querySelectorAll("[data-compare-to]").forEach((button) => button.addEventListener("click", () => { range.value = button.dataset.compareTo; move(); }));
    marks?.addEventListener("click", () => {
      const shown = marks.getAttribute("aria-pressed") !== "true";
      marks.setAttribute("aria-pressed", String(shown));
      marks.classList.toggle("active", shown);
      one("marked").setAttribute("visibility", shown ? "visible" : "hidden");
      one("after").setAttribute("visibility", shown ? "hidden" : "visible");
    });
    move();
  });
})();
