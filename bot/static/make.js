// Makes elements. Text only ever enters as text nodes, so nothing a person or the
// bot writes can become markup.

import { label } from "./words.js";

// make("button", { class: "x", words: "sheet.send", on: { click } }, child, "text")
// words, wordsLabel, wordsTitle, wordsPlaceholder take keys of words.js; `with` their values.
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    } else if (name === "words") label(node, value, attributes.with);
    else if (name.startsWith("words")) {
      label(node, value, attributes.with, name.slice(5).toLowerCase());
    } else if (name !== "with") node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function drawn(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}
