"""Think: scripts that hold a page still, so that it gives the same picture each time.

A page's clock is ours: its timers run only when we let time pass, in their order, as fast as they
can. So a slider stands where it stands after four seconds, however busy this machine is.
"""

from __future__ import annotations

PASS_TIME = "__siappakai_maju"

# A style that the page's own policy does not forbid; chance that repeats itself; animations that
# are at their end at once.
_STYLE_AND_CHANCE = """
  let seed = 20451;
  Math.random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const still = new CSSStyleSheet();
  still.replaceSync(`*, *::before, *::after {
    animation-delay: 0s !important; animation-duration: 0s !important;
    animation-iteration-count: 1 !important;
    transition-delay: 0s !important; transition-duration: 0s !important;
    caret-color: transparent !important; scroll-behavior: auto !important;
  }`);
  const dress = () => {
    if (!document.adoptedStyleSheets.includes(still)) {
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
    }
  };
  dress();
  document.addEventListener('DOMContentLoaded', dress);
"""

# Each look at the clock moves it by a thousandth, so that no loop waits for ever.
_CLOCK = """
  if (window !== window.top) { return; }
  const start = START, waiting = new Map(), yieldTo = window.setTimeout.bind(window);
  let now = 0, last = 0;
  const look = () => { now += 0.001; return now; };
  const add = (call, delay, args, every) => {
    last += 1;
    waiting.set(last, {due: now + Math.max(1, +delay || 0), order: last, call, args, every});
    return last;
  };
  const forget = (number) => { waiting.delete(number); };
  window.setTimeout = (call, delay, ...args) => add(call, delay, args, 0);
  window.setInterval = (call, delay, ...args) => add(call, delay, args, Math.max(4, +delay || 0));
  window.requestAnimationFrame = (call) => add(() => call(now), 16, [], 0);
  window.requestIdleCallback = (call) => add(
    () => call({didTimeout: false, timeRemaining: () => 40}), 1, [], 0);
  window.clearTimeout = window.clearInterval = forget;
  window.cancelAnimationFrame = window.cancelIdleCallback = forget;
  performance.now = look;
  const Clock = window.Date;
  const told = () => Math.floor(start + look());
  window.Date = new Proxy(Clock, {
    construct: (kind, args, target) =>
      Reflect.construct(kind, args.length ? args : [told()], target),
    apply: () => new Clock(told()).toString(),
    get: (kind, name) => name === 'now' ? told : Reflect.get(kind, name),
  });
  const run = (one) => {
    if (typeof one.call === 'function') { one.call(...one.args); } else { (0, eval)(one.call); }
  };
  const first = (until) => {
    let found = null;
    for (const [number, one] of waiting) {
      const isSooner = !found || one.due < found[1].due
        || (one.due === found[1].due && one.order < found[1].order);
      if (one.due <= until && isSooner) { found = [number, one]; }
    }
    return found;
  };
  Object.defineProperty(window, 'PASS_TIME', {value: async (milliseconds) => {
    const until = now + milliseconds;
    for (let count = 1; count < 20000; count += 1) {
      const found = first(until);
      if (!found) { break; }
      const [number, one] = found;
      now = Math.max(now, one.due);
      if (one.every) { one.due = now + one.every; } else { waiting.delete(number); }
      try { run(one); } catch (error) { console.warn(error); }
      await null;
      if (count % 40 === 0) { await new Promise((done) => yieldTo(done, 0)); }
    }
    now = Math.max(now, until);
    return waiting.size;
  }});
"""


def hold_still(clock: float) -> str:
    """The script to run before any of the page's own; its clock begins at `clock` (seconds)."""
    own = _CLOCK.replace("START", str(int(clock * 1000))).replace("PASS_TIME", PASS_TIME)
    return f"(() => {{{_STYLE_AND_CHANCE}{own}}})()"


def pass_time(milliseconds: int) -> str:
    """The script that lets so much of the page's time pass."""
    return f"window.{PASS_TIME}({milliseconds})"


# Runs before the picture: what is lazy is fetched, what runs across the page stands still, what
# blinks in a field is left, fonts and pictures are there.
MAKE_READY = """(async () => {
  if (document.activeElement && document.activeElement !== document.body) {
    document.activeElement.blur();
  }
  for (const each of document.querySelectorAll('marquee')) {
    const line = document.createElement('div');
    line.style.cssText = 'overflow:hidden;white-space:nowrap;' + each.style.cssText;
    line.append(...each.childNodes);
    each.replaceWith(line);
  }
  for (const each of document.querySelectorAll('video, audio')) { each.pause(); }
  for (const each of document.querySelectorAll('[loading=lazy]')) { each.loading = 'eager'; }
  for (const each of document.getAnimations()) {
    try { each.finish(); } catch (error) { each.cancel(); }
  }
  window.scrollTo(0, 0);
  const seen = [...document.images].filter((each) => each.src);
  await Promise.all(seen.map((each) => each.decode().catch(() => null)));
  await document.fonts.ready;
  return true;
})()"""

MEASURE = """Math.max(
  document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0)"""
