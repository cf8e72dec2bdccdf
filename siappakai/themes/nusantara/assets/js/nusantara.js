/* Nusantara. Semua halaman terbaca tanpa berkas ini; ia hanya memudahkan. */
(function () {
  'use strict';

  var all = function (query, root) { return Array.prototype.slice.call((root || document).querySelectorAll(query)); };
  var make = function (tag, text) { var el = document.createElement(tag); if (text) el.textContent = text; return el; };

  /* menu */
  var menu = document.getElementById('menu-utama');
  var opener = document.querySelector('.tombol-menu');
  var press = function (button, open) { button.setAttribute('aria-expanded', open ? 'true' : 'false'); };
  var closeAll = function (except) {
    all('[aria-expanded=true]', menu).forEach(function (button) {
      if (!except || !button.parentNode.contains(except)) press(button, false);
    });
  };

  if (menu && opener) {
    opener.addEventListener('click', function () {
      press(opener, menu.classList.toggle('buka'));
    });
    menu.addEventListener('click', function (event) {
      var button = event.target.closest('button');
      if (!button) return;
      var open = button.getAttribute('aria-expanded') !== 'true';
      closeAll(button);
      press(button, open);
    });
    document.addEventListener('click', function (event) { if (!menu.contains(event.target)) closeAll(); });
    document.addEventListener('keydown', function (event) {
      if (event.key !== 'Escape') return;
      var open = all('[aria-expanded=true]', menu).pop();
      if (open) { press(open, false); open.focus(); }
      else if (menu.classList.contains('buka')) { menu.classList.remove('buka'); press(opener, false); opener.focus(); }
    });
  }

  /* korsel */
  all('[data-geser]').forEach(function (box) {
    var lane = box.querySelector('ul');
    var count = box.querySelector('[data-urut]');
    var at = function () { return Math.round(lane.scrollLeft / Math.max(1, lane.clientWidth)); };
    all('[data-ke]', box).forEach(function (button) {
      button.addEventListener('click', function () {
        var total = lane.children.length;
        var next = (at() + Number(button.dataset.ke) + total) % total;
        lane.scrollTo({ left: lane.children[next].offsetLeft - lane.children[0].offsetLeft });
      });
    });
    if (count) lane.addEventListener('scroll', function () { count.textContent = at() + 1 + ' / ' + lane.children.length; }, { passive: true });
  });

  /* gambar diperbesar */
  var dialog = document.getElementById('gambar-besar');
  if (dialog && dialog.showModal) {
    document.addEventListener('click', function (event) {
      var link = event.target.closest('a[data-besar]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      var small = link.querySelector('img');
      var big = dialog.querySelector('img');
      big.removeAttribute('width');
      big.removeAttribute('height');
      big.src = link.href;
      big.alt = small ? small.alt : '';
      dialog.querySelector('p').textContent = big.alt;
      dialog.showModal();
    });
    dialog.addEventListener('click', function (event) { if (event.target === dialog) dialog.close(); });
  }

  /* formulir: kunci OpenSID berganti setiap kiriman, yang berlaku ada di kuki */
  var token = function () {
    var found = document.cookie.match(/(?:^|; )sidcsrf=(\w+)/);
    return found ? found[1] : '';
  };
  document.addEventListener('submit', function (event) {
    var field = event.target.elements && event.target.elements.sidcsrf;
    if (field && token()) field.value = token();
  });
  all('[data-ganti-captcha]').forEach(function (button) {
    button.addEventListener('click', function () {
      var picture = button.parentNode.querySelector('[data-captcha]');
      picture.src = picture.src.split('?')[0] + '?' + Date.now();
    });
  });

  /* saring tabel */
  all('[data-saring]').forEach(function (field) {
    var table = document.getElementById(field.dataset.saring);
    var out = field.parentNode.querySelector('output');
    field.addEventListener('input', function () {
      var words = field.value.toLowerCase();
      var shown = all('tbody tr', table).filter(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(words) < 0;
        return !row.hidden;
      });
      out.textContent = words ? shown.length + ' baris' : '';
    });
  });

  /* tabel yang barisnya diminta dari OpenSID */
  var fill = function (cell, value, link) {
    var parsed = new DOMParser().parseFromString(String(value === null || value === undefined ? '' : value), 'text/html');
    var anchor = link ? { href: link, text: 'Buka' } : null;
    var inner = parsed.querySelector('a');
    if (inner) anchor = { href: inner.getAttribute('href') || '', text: inner.textContent.trim() };
    if (anchor && /^(https?:)?\//i.test(anchor.href)) {
      var a = make('a', anchor.text);
      a.href = anchor.href;
      cell.appendChild(a);
    } else {
      cell.textContent = parsed.body.textContent.trim();
    }
  };
  all('.tabel-jauh').forEach(function (box) {
    var source = JSON.parse(box.dataset.sumber);
    var width = Number(box.dataset.kolom);
    var body = box.querySelector('tbody');
    var search = box.querySelector('input[type=search]');
    var status = box.querySelector('[role=status]');
    var back = box.querySelector('[data-mundur]');
    var next = box.querySelector('[data-maju]');
    var filter = document.querySelector('[data-saring-jauh=' + search.id.replace('cari-', '') + ']');
    var step = 10;
    var start = 0;
    var turn = 0;
    var say = function (text) {
      body.textContent = '';
      var row = body.insertRow();
      var cell = row.insertCell();
      cell.colSpan = width;
      cell.textContent = text;
      status.textContent = '';
    };
    var show = function (answer) {
      var rows = answer.data || [];
      var total = Number(answer.recordsFiltered) || 0;
      if (!rows.length) say('Tidak ada yang cocok.');
      else body.textContent = '';
      rows.forEach(function (data) {
        var row = body.insertRow();
        var values = source.fields ? source.fields.map(function (name) { return data[name]; }) : data;
        values.forEach(function (value) { fill(row.insertCell(), value); });
        if (source.file) fill(row.insertCell(), '', data.url || source.file + data.id);
      });
      if (rows.length) status.textContent = start + 1 + '–' + (start + rows.length) + ' dari ' + total;
      back.disabled = start === 0;
      next.disabled = start + step >= total;
    };
    var load = function () {
      var mine = ++turn;
      var form = new URLSearchParams({ draw: mine, start: start, length: step, 'search[value]': search.value, 'search[regex]': 'false' });
      (source.fields || []).forEach(function (name, i) {
        form.set('columns[' + i + '][data]', name);
        form.set('columns[' + i + '][name]', name);
        form.set('columns[' + i + '][searchable]', i ? 'true' : 'false');
        form.set('columns[' + i + '][orderable]', i ? 'true' : 'false');
        form.set('columns[' + i + '][search][value]', '');
      });
      Object.keys(source.more || {}).forEach(function (name) { form.set(name, source.more[name]); });
      if (filter) new FormData(filter).forEach(function (value, name) { form.set(name, value); });
      var post = source.method === 'POST';
      if (post) form.set('sidcsrf', token());
      fetch(post ? source.url : source.url + '?' + form, {
        method: source.method,
        body: post ? form : undefined,
        credentials: 'same-origin',
        headers: { 'X-Requested-With': 'XMLHttpRequest', Accept: 'application/json' }
      }).then(function (answer) { return answer.json(); }).then(function (answer) {
        if (mine === turn) show(answer);
      }).catch(function () { if (mine === turn) say('Daftar belum dapat dimuat. Coba muat ulang halaman.'); });
    };
    var wait;
    search.addEventListener('input', function () { clearTimeout(wait); wait = setTimeout(function () { start = 0; load(); }, 300); });
    back.addEventListener('click', function () { start = Math.max(0, start - step); load(); });
    next.addEventListener('click', function () { start += step; load(); });
    if (filter) filter.addEventListener('change', function () { start = 0; load(); });
    load();
  });

  /* salin dan cetak */
  document.addEventListener('click', function (event) {
    var copy = event.target.closest('[data-salin]');
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.salin).then(function () { copy.querySelector('span').textContent = 'Tersalin'; });
    }
    if (event.target.closest('[data-cetak]')) window.print();
  });

  /* isi artikel yang ditulis tanpa memikirkan pembaca layar dan layar sempit */
  all('.isi-artikel').forEach(function (text) {
    all('img:not([alt])', text).forEach(function (picture) { picture.alt = ''; });
    all('table', text).forEach(function (table) {
      if (table.parentNode.classList.contains('tabel')) return;
      var box = make('div');
      box.className = 'tabel';
      box.tabIndex = 0;
      box.setAttribute('role', 'region');
      box.setAttribute('aria-label', 'Tabel');
      table.parentNode.insertBefore(box, table);
      box.appendChild(table);
    });
  });

  /* peta: leaflet milik OpenSID, diambil saat diperlukan */
  var leaflet;
  var needLeaflet = function (facts) {
    leaflet = leaflet || new Promise(function (done, failed) {
      var style = make('link');
      style.rel = 'stylesheet';
      style.href = facts.style;
      document.head.appendChild(style);
      var script = make('script');
      script.src = facts.script;
      script.onload = done;
      script.onerror = failed;
      document.head.appendChild(script);
    });
    return leaflet;
  };
  var base = function (facts) {
    var osm = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>';
    var mapbox = { 3: 'streets-v11', 4: 'satellite-v9' }[facts.base] || 'satellite-streets-v11';
    if (facts.key && facts.base !== '1' && facts.base !== '2') {
      return L.tileLayer('https://api.mapbox.com/styles/v1/mapbox/' + mapbox + '/tiles/256/{z}/{x}/{y}?access_token=' + encodeURIComponent(facts.key), { attribution: '© <a href="https://www.mapbox.com/about/maps">Mapbox</a> ' + osm });
    }
    return L.tileLayer(facts.base === '2' ? 'https://{s}.tile.openstreetmap.fr/hot/{z}/{x}/{y}.png' : 'https://tile.openstreetmap.org/{z}/{x}/{y}.png', { attribution: osm });
  };
  var popup = function (one) {
    var box = make('div');
    var name = one.url ? make('a', one.name) : make('strong', one.name);
    if (one.url) name.href = one.url;
    box.appendChild(name);
    if (one.text) box.appendChild(make('p', one.text));
    return box;
  };
  var colours = ['#2563c9', '#a34a12', '#1d7a4d', '#8a2b7a', '#8a6a00', '#b3261e'];
  var shape = function (one, layer, index) {
    var colour = /^#[0-9a-f]{3,8}$/i.test(one.colour) ? one.colour : colours[index % colours.length];
    try {
      if (layer.lines) return L.polyline(one.path, { color: colour, weight: 4 });
      if (layer.areas) return L.polygon(one.path, { color: colour, weight: 2, fillOpacity: 0.2 });
    } catch (broken) { return null; }
    return L.circleMarker([one.lat, one.lng], { radius: 9, color: '#fff', weight: 2, fillColor: colour, fillOpacity: 1 });
  };
  var draw = function (box, facts) {
    var canvas = make('div');
    canvas.className = 'peta-kanvas';
    box.appendChild(canvas);
    var map = L.map(canvas, { minZoom: facts.min, maxZoom: facts.max, scrollWheelZoom: false }).setView([facts.lat, facts.lng], facts.zoom);
    base(facts).addTo(map);
    var overlays = {};
    var seen = [];
    facts.layers.forEach(function (layer, index) {
      var shapes = (layer.areas || layer.lines || layer.points || []).map(function (one) {
        var drawn = shape(one, layer, index);
        if (!drawn) return null;
        drawn.bindPopup(popup(one));
        drawn.on('mouseover', function () { drawn.bindTooltip(make('span', one.name), { sticky: true }).openTooltip(); });
        return drawn;
      }).filter(Boolean);
      var group = L.featureGroup(shapes);
      overlays[layer.title] = group;
      if (layer.on && shapes.length) { group.addTo(map); seen.push(group); }
    });
    if (facts.layers.length > 1) L.control.layers(null, overlays, { collapsed: window.innerWidth < 800 }).addTo(map);
    var bounds = L.featureGroup(seen).getBounds();
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [20, 20], maxZoom: 16 });
    canvas.tabIndex = 0;
    canvas.setAttribute('role', 'application');
    canvas.setAttribute('aria-label', box.getAttribute('aria-label'));
    all('.leaflet-control-zoom-in', canvas).forEach(function (a) { a.title = 'Perbesar'; a.setAttribute('aria-label', 'Perbesar'); });
    all('.leaflet-control-zoom-out', canvas).forEach(function (a) { a.title = 'Perkecil'; a.setAttribute('aria-label', 'Perkecil'); });
    all('.leaflet-control-layers-toggle', canvas).forEach(function (a) { a.title = 'Lapisan peta'; a.setAttribute('aria-label', 'Lapisan peta'); });
    box.peta = map;
  };
  all('[data-peta]').forEach(function (box) {
    var button = box.querySelector('[data-buka-peta]');
    var facts = JSON.parse(box.querySelector('script').textContent);
    var open = function () {
      button.hidden = true;
      needLeaflet(facts).then(function () { draw(box, facts); }).catch(function () { button.hidden = false; });
    };
    button.addEventListener('click', open);
    if (box.hasAttribute('data-langsung')) open();
  });
}());
