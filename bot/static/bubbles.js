// One message as a bubble: its text, its media, its time, its state and its cost.

import { icon } from "./icons.js";
import { drawn, make } from "./make.js";
import { segments } from "./segments.js";
import { label, number, table } from "./words.js";

// Which drawing stands for which state of one's own message.
const TICKS = {
  waiting: "waiting", sending: "waiting", sent: "sent", delivered: "delivered", read: "delivered",
  refused: "refused",
};

// Builds the bubble of `message` (see conversation.js) and returns its element.
export function bubble(message) {
  const mine = message.from === "me";
  const node = make("article", {
    class: `message from-${message.from}`, "data-from": message.from,
    "data-id": message.id, "data-seq": message.seq ?? null,
  });
  const body = make("div", { class: "bubble" },
    make("span", { class: "unseen", words: mine ? "chat.me" : "chat.bot" }));
  if (message.media) body.append(media(message.media));
  if (message.pin) body.append(pin(message.pin));
  else if (message.text) body.append(text(message.text));
  body.append(make("footer", { class: "meta" }, time(message.at), mine ? tick(message.state) : null));
  node.append(body);
  return node;
}

// The text with its addresses made into links. dir=auto sets each line's own direction.
function text(words) {
  const node = make("p", { class: "text", dir: "auto" });
  for (const part of words.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]’”»])/u)) {
    node.append(/^https?:\/\//.test(part) && URL.canParse(part) ? outward(part, part) : part);
  }
  return node;
}

function outward(url, ...shown) {
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...shown);
}

// Only our own server's files and what this page itself recorded are shown in place.
function media({ kind, url }) {
  const ours = url.startsWith("/") && !url.startsWith("//");
  if (!ours && !url.startsWith("blob:")) return text(url);
  if (kind === "photo") {
    const picture = make("img", { class: "photo", src: url, alt: "", loading: "lazy" });
    const link = outward(url, picture);
    label(link, "chat.photo", null, "label");
    return link;
  }
  if (kind === "voice") {
    return make("div", { class: "voice" },
      make("audio", { controls: true, preload: "metadata", src: url, wordsLabel: "chat.voice" }),
      outward(url, make("span", { words: "chat.voice" })));
  }
  return outward(url, icon("document"), make("span", { words: "chat.document" }));
}

function pin({ lat, lon, near }) {
  const places = { lat: lat.toFixed(4), lon: lon.toFixed(4), name: near ?? "" };
  return make("div", { class: "pin" }, pinDrawing(),
    make("p", { class: "text", words: near ? "chat.pin.near" : "chat.pin", with: places }));
}

function pinDrawing() {
  const lines = [20, 52, 88, 130, 170].map((x, at) => drawn("path", {
    d: `M${x} 0 C ${x + 18 - at * 6} 30 ${x - 14} 50 ${x + 8} 84`, class: "pin-road",
  }));
  return drawn("svg", { viewBox: "0 0 200 84", class: "pin-map", "aria-hidden": "true" },
    drawn("rect", { width: 200, height: 84, class: "pin-land" }), ...lines,
    drawn("path", { d: "M0 56 C 60 40 130 70 200 44", class: "pin-road" }),
    drawn("path", { d: "M100 62c10-12 15-19 15-27a15 15 0 0 0-30 0c0 8 5 15 15 27z", class: "pin-mark" }),
    drawn("circle", { cx: 100, cy: 35, r: 5.5, class: "pin-eye" }));
}

function time(at) {
  const moment = new Date(at);
  const node = make("time", { datetime: at });
  if (!Number.isNaN(moment.getTime())) {
    node.textContent = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  }
  return node;
}

function tick(state) {
  return make("span", { class: "tick", "data-state": state, role: "img", wordsLabel: `tick.${state}`,
    wordsTitle: `tick.${state}` }, icon(TICKS[state]));
}

// Moves one's own bubble to another state: waiting, sending, sent, delivered, read, refused.
export function showState(node, message, onAgain) {
  const old = node.querySelector(".tick");
  old?.replaceWith(tick(message.state));
  node.dataset.state = message.state;
  node.querySelector(".refusal")?.remove();
  if (message.state !== "refused") return;
  const refusal = make("div", { class: "refusal", role: "alert" },
    make("p", { dir: "auto" }, message.why));
  if (message.text && !message.pin) {
    refusal.append(make("button", { type: "button", words: "chat.again", on: { click: onAgain } }));
  }
  node.append(refusal);
}

// What the message costs as SMS, under it: the server's count where it gave one.
export function showCost(node, message, options, code) {
  node.querySelector(".cost")?.remove();
  const counted = message.sms ?? segments([message.text, ...options].filter(Boolean).join("\n"));
  if (!counted.characters) return;
  const values = {
    characters: number(code, counted.characters), segments: number(code, counted.segments),
    encoding: counted.encoding,
  };
  node.append(make("p", { class: "cost", words: "chat.count", with: values }));
}

export function dayLine(date, code) {
  const known = table(code)?.code ?? "en";
  const language = known === "en" ? "en-GB" : known; // day before month, as most readers write it
  const words = date.toLocaleDateString(language, { weekday: "long", day: "numeric", month: "long" });
  return make("p", { class: "day" }, make("span", {}, words));
}
