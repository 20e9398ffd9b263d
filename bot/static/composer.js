// Where a person writes: the box, sending, and the way to photos, voice and places.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { segments } from "./segments.js";
import { label, languageOf, number, speak } from "./words.js";

const TALLEST = 132; // pixels the box grows to before it scrolls

export class Composer {
  // onSay(text), onAttach(), onVoice()
  constructor({ name, onSay, onAttach, onVoice }) {
    this.onSay = onSay;
    const id = `write-${name}`;
    this.box = make("textarea", {
      id, rows: "1", dir: "auto", "data-role": "composer", wordsPlaceholder: "write.placeholder",
      autocomplete: "off", enterkeyhint: "send",
    });
    this.counter = make("p", { class: "counter", hidden: true });
    this.attach = make("button", {
      type: "button", class: "round attach", "data-role": "attach", "aria-haspopup": "dialog",
      wordsLabel: "write.attach", wordsTitle: "write.attach", on: { click: onAttach },
    }, icon("attach"));
    this.voice = make("button", {
      type: "button", class: "round voice-start", "data-role": "voice", "aria-haspopup": "dialog",
      wordsLabel: "write.voice", wordsTitle: "write.voice", on: { click: onVoice },
    }, icon("microphone"));
    this.send = make("button", {
      type: "submit", class: "round send", "data-role": "send",
      wordsLabel: "write.send", wordsTitle: "write.send",
    }, icon("send"));
    this.node = make("form", { class: "composer" },
      this.attach,
      make("div", { class: "write" },
        make("label", { class: "unseen", for: id, words: "write.label" }), this.box, this.counter),
      this.voice, this.send);

    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.say();
    });
    this.box.addEventListener("keydown", (event) => {
      // While an input method is composing, Enter chooses a character.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.say();
    });
    this.box.addEventListener("input", () => this.fit());
  }

  say() {
    const text = this.box.value;
    if (!text.trim()) return;
    if (this.onSay(text)) this.write("");
  }

  // Replaces what stands in the box, as if the person had written it.
  write(text) {
    this.box.value = text;
    this.fit();
  }

  type(more) {
    this.write(this.box.value + more);
  }

  fit() {
    this.node.classList.toggle("written", this.box.value.trim() !== "");
    this.box.style.height = "auto";
    const needed = this.box.scrollHeight; // 0 while the phone is not on show
    if (needed && this.box.value) this.box.style.height = `${Math.min(needed, TALLEST)}px`;
    this.count();
  }

  // On a basic phone every message costs by the segment, so the count shows while writing.
  setLook(look) {
    this.look = look;
    this.fit();
  }

  count() {
    const counted = segments(this.box.value);
    this.counter.hidden = this.look !== "sms" || !counted.characters;
    if (this.counter.hidden) return;
    const code = languageOf(this.node);
    label(this.counter, "chat.count", {
      characters: number(code, counted.characters), segments: number(code, counted.segments),
      encoding: counted.encoding,
    });
  }

  setEnabled(enabled) {
    for (const part of [this.box, this.attach, this.voice, this.send]) part.disabled = !enabled;
  }

  // What the last question would like to be answered with, or null.
  setWanted(kind) {
    const key = kind === "contact" ? "write.number" : "write.placeholder";
    label(this.box, key, null, "placeholder");
    this.box.inputMode = kind === "contact" ? "tel" : "text";
  }

  focus() {
    this.box.focus({ preventScroll: true });
  }

  speak() {
    speak(this.node);
    this.count();
  }
}
