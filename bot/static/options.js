// The answers a message offers, as each kind of phone shows them: buttons under the
// bubble (Telegram), up to three reply buttons or one that opens a list (WhatsApp),
// numbered lines to answer by typing (SMS), a plain list of buttons.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { roving } from "./roving.js";
import { openSheet } from "./sheet.js";
import { speak } from "./words.js";

const REPLY_BUTTONS = 3;
const DOUBLE_TAP = 700; // milliseconds: a second tap on the same button is a slip of the thumb

export function choices(message) {
  return [...(message.buttons ?? []), ...(message.list?.items ?? [])];
}

// onTap({ label, payload }); null when the message offers nothing.
export function options(message, look, screen, onTap) {
  const all = choices(message);
  if (!all.length) return null;
  if (look === "sms") return message.sms ? null : numbered(all);
  const tap = once(onTap);
  if (look === "whatsapp" && (message.list || all.length > REPLY_BUTTONS)) {
    return listOpener(message, all, screen, tap);
  }
  const group = make("div", {
    class: look === "telegram" ? "options inline" : "options stacked",
    role: "group", wordsLabel: "chat.options",
  });
  for (const choice of all) group.append(button(choice, look, tap));
  return roving(group);
}

function once(onTap) {
  let last = null;
  let at = -Infinity;
  return (choice) => {
    if (choice.payload === last && performance.now() - at < DOUBLE_TAP) return;
    last = choice.payload;
    at = performance.now();
    onTap(choice);
  };
}

function button(choice, look, tap) {
  const node = make("button", { type: "button", class: "option", "data-payload": choice.payload });
  if (look === "whatsapp") node.append(icon("reply"));
  node.append(make("span", { class: "option-label", dir: "auto" }, choice.label));
  if (choice.description && look !== "telegram") {
    node.append(make("span", { class: "option-description", dir: "auto" }, choice.description));
  }
  node.addEventListener("click", () => tap(choice));
  return node;
}

function listOpener(message, all, screen, tap) {
  const title = message.list?.button;
  const words = title
    ? make("span", { dir: "auto" }, title)
    : make("span", { words: "chat.choose" });
  const opener = make("button", {
    type: "button", class: "option opener", "aria-haspopup": "dialog", "data-opens": "list",
  }, icon("list"), words);
  opener.addEventListener("click", () => {
    const rows = make("div", { class: "rows", role: "group", wordsLabel: "chat.options" });
    const sheet = openSheet(screen, {
      title: title ? { text: title } : "chat.choose", body: rows, kind: "list-sheet",
    });
    for (const choice of all) {
      rows.append(button(choice, "list", (chosen) => {
        sheet.close();
        tap(chosen);
      }));
    }
    speak(rows);
    roving(rows);
    rows.querySelector("button").focus();
  });
  return make("div", { class: "options stacked", role: "group", wordsLabel: "chat.options" }, opener);
}

function numbered(all) {
  const lines = make("div", { class: "options numbered" });
  all.forEach((choice, at) => {
    lines.append(make("p", { dir: "auto" }, `${at + 1} ${choice.label}`));
  });
  return lines;
}
