// The keys of a basic phone, for the finger: digits answer numbered questions, OK sends.
// With a keyboard one simply types, so the keys are no Tab stops and are not read out.

import { make } from "./make.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

export function keypad(onKey, onOk) {
  const key = (words, act, extra = {}) => make("button", {
    type: "button", tabindex: "-1", on: { click: act }, ...extra,
  }, ...words);
  return make("div", { class: "keypad", "aria-hidden": "true", dir: "ltr" },
    key([], onOk, { class: "keypad-ok", words: "keypad.ok" }),
    make("div", { class: "keypad-digits" }, ...KEYS.map((digit) => key([digit], () => onKey(digit)))));
}
