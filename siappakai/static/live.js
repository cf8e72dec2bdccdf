// Keeps [data-live] parts fresh. A stream of server-sent events says "changed" and htmx then fetches
// the part; where no stream opens, or one breaks, the part is fetched every few seconds instead.
(() => {
  const POLL_MS = 3000;
  const PATIENCE_MS = 5000;

  function follow(part) {
    let polling = null;
    let source = null;
    let patience = null;

    const isFinished = () => part.querySelector("[data-finished]") !== null;
    const refresh = () => htmx.trigger(part, "segar");
    const poll = () => {
      if (isFinished() || !part.isConnected) return stop();
      if (!document.hidden) refresh();
    };
    const startPolling = () => {
      part.dataset.liveBy = "polling";
      polling ??= setInterval(poll, POLL_MS);
    };
    const stopPolling = () => { clearInterval(polling); polling = null; };
    function stop() {
      stopPolling();
      clearTimeout(patience);
      source?.close();
      part.dataset.liveBy = "none";
    }
    const streamWorks = () => {
      clearTimeout(patience);
      stopPolling();
      part.dataset.liveBy = "stream";
    };

    if (isFinished()) return;
    if (!window.EventSource) { startPolling(); return; }
    source = new EventSource(part.dataset.live);
    patience = setTimeout(startPolling, PATIENCE_MS);
    source.addEventListener("mulai", () => { streamWorks(); refresh(); });
    source.addEventListener("berubah", () => { streamWorks(); refresh(); });
    source.addEventListener("selesai", () => { refresh(); stop(); });
    source.addEventListener("error", () => {
      clearTimeout(patience);
      patience = setTimeout(startPolling, source.readyState === EventSource.CLOSED ? 0 : PATIENCE_MS);
    });
    document.addEventListener("visibilitychange", () => { if (!document.hidden && part.dataset.liveBy !== "none") refresh(); });
    window.addEventListener("pagehide", stop);
  }

  document.querySelectorAll("[data-live]").forEach(follow);
})();
