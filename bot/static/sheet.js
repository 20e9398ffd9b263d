// A sheet that slides over one phone's screen: a list, a map, a recording. The rest of
// that phone is inert while it is open; Escape and the cross close it, and the focus
// goes back to where it came from.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { speak } from "./words.js";

let count = 0;

// title: a key of words.js, or { text } for words that came from the server.
// Returns { close, node }; onClose runs however it closes.
export function openSheet(screen, { title, body, kind = "", onClose = () => {} }) {
  screen.querySelector(".sheet")?.dispatchEvent(new Event("dismiss"));
  const before = document.activeElement;
  const id = `sheet-${(count += 1)}`;
  const heading = typeof title === "string"
    ? make("h3", { id, words: title })
    : make("h3", { id, dir: "auto" }, title.text);
  const cross = make("button", {
    type: "button", class: "sheet-close", wordsLabel: "sheet.close", wordsTitle: "sheet.close",
  }, icon("close"));
  const node = make("div", {
    class: `sheet ${kind}`, role: "dialog", "aria-modal": "true", "aria-labelledby": id,
    tabindex: "-1",
  }, make("div", { class: "sheet-top" }, heading, cross), body);
  const shade = make("div", { class: "sheet-shade" });

  const others = [...screen.children];
  for (const other of others) other.inert = true;
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    node.remove();
    shade.remove();
    for (const other of others) other.inert = false;
    onClose();
    if (before?.isConnected) before.focus({ preventScroll: true });
  };

  cross.addEventListener("click", close);
  shade.addEventListener("click", close);
  node.addEventListener("dismiss", close);
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") keepInside(node, event);
  });

  screen.append(shade, node);
  speak(node);
  screen.scrollIntoView({ block: "nearest" });
  (body.querySelector("[data-first]") || body.querySelector("button") || node).focus({ preventScroll: true });
  return { close, node };
}

function keepInside(node, event) {
  const stops = [...node.querySelectorAll("button, input, textarea, audio, a, [tabindex='0']")]
    .filter((stop) => stop.tabIndex >= 0 && !stop.disabled && stop.offsetParent !== null);
  const [first, last] = [stops[0], stops[stops.length - 1]];
  if (event.shiftKey && (document.activeElement === first || document.activeElement === node)) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first?.focus();
  }
}
