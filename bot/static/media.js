// The sheet for a photo or a voice message: choose or record, look or listen, send.
// A file that could not be handed over stays in the open sheet to be tried again.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { canRecord, record } from "./recorder.js";
import { openSheet } from "./sheet.js";
import { MOST, Refused, upload } from "./upload.js";
import { label, languageOf, number, size, speak } from "./words.js";

let count = 0;

// onSend({ kind, token, url, caption })
export function openMedia(screen, kind, onSend) {
  new MediaSheet(screen, kind, onSend);
}

class MediaSheet {
  constructor(screen, kind, onSend) {
    Object.assign(this, { kind, onSend, file: null, recording: null });
    const id = `media-${(count += 1)}`;
    this.picker = make("input", {
      id, type: "file", class: "picker", accept: kind === "photo" ? "image/*" : "audio/*",
      "data-role": "file", "data-first": kind === "photo" || !canRecord(),
      on: { change: () => this.choose(this.picker.files[0]) },
    });
    this.preview = make("div", { class: "preview" });
    this.status = make("p", { class: "media-status", role: "status" });
    this.caption = make("input", { id: `${id}-caption`, type: "text", dir: "auto" });
    this.bar = make("progress", { max: "1", value: "0", hidden: true });
    this.submit = make("button", {
      type: "submit", class: "primary", "data-role": "media-send", words: "sheet.send",
    });
    this.node = make("form", { class: "media-form" },
      kind === "voice" ? this.recordButton() : null,
      make("label", { class: "picker-label", for: id },
        icon(kind === "photo" ? "photo" : "document"),
        make("span", { words: `media.choose.${kind}` })),
      this.picker, this.preview, this.status,
      make("label", { class: "field", for: `${id}-caption` },
        make("span", { words: "media.caption" }), this.caption),
      this.bar, this.submit);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.sheet = openSheet(screen, {
      title: `media.${kind}`, body: this.node, kind: "media-sheet", onClose: () => this.tidy(),
    });
    if (kind === "voice" && !canRecord()) this.tell("media.cannot");
  }

  recordButton() {
    if (!canRecord()) return null;
    this.recorder = make("button", {
      type: "button", class: "record", "data-role": "record", "data-first": true,
      on: { click: () => this.toggleRecording() },
    });
    this.showRecording(false);
    return this.recorder;
  }

  showRecording(on) {
    this.recorder.classList.toggle("on", on);
    this.recorder.replaceChildren(icon(on ? "stop" : "microphone"),
      make("span", { words: on ? "media.stop" : "media.record" }));
    speak(this.recorder);
  }

  async toggleRecording() {
    if (this.recording) {
      const recording = this.recording;
      this.recording = null;
      clearInterval(this.clock);
      this.showRecording(false);
      this.choose(await recording.stop());
      return;
    }
    try {
      this.recording = await record();
    } catch {
      this.tell("media.cannot");
      return;
    }
    if (!this.node.isConnected) return this.recording.cancel();
    this.showRecording(true);
    const began = performance.now();
    const show = () => this.tell("media.recording", {
      seconds: number(this.code, (performance.now() - began) / 1000),
    });
    show();
    this.clock = setInterval(show, 1000);
  }

  get code() {
    return languageOf(this.node);
  }

  tell(key, values = null) {
    label(this.status, key, values);
  }

  // Looks at the size before anything is sent: data costs the person money.
  choose(file) {
    this.drop();
    if (!file) return;
    if (!file.size) return this.tell("media.empty");
    if (file.size > MOST) {
      this.picker.value = "";
      return this.tell("media.big", {
        size: size(this.code, file.size), most: size(this.code, MOST),
      });
    }
    this.file = file;
    this.address = URL.createObjectURL(file);
    this.preview.append(this.kind === "photo"
      ? make("img", { src: this.address, alt: file.name })
      : make("audio", { src: this.address, controls: true, wordsLabel: "chat.voice" }));
    speak(this.preview);
    this.tell("media.size", { size: size(this.code, file.size) });
    this.submit.focus();
  }

  drop() {
    this.file = null;
    if (this.address) URL.revokeObjectURL(this.address);
    this.address = null;
    this.preview.replaceChildren();
  }

  async send() {
    if (!this.file) return this.tell("media.none");
    if (this.submit.disabled) return;
    this.submit.disabled = true;
    this.bar.hidden = false;
    try {
      const given = await upload(this.file, this.kind, (share) => this.progress(share));
      if (!this.node.isConnected) return; // closed meanwhile: the person thought better of it
      this.onSend({ ...given, kind: this.kind, caption: this.caption.value.trim() });
      this.sheet.close();
    } catch (error) {
      if (error instanceof Refused) {
        delete this.status.dataset.words;
        this.status.textContent = error.message;
      } else this.tell("media.failed");
    } finally {
      this.submit.disabled = false;
      this.bar.hidden = true;
    }
  }

  progress(share) {
    this.bar.value = share;
    this.tell("media.sending", { percent: number(this.code, share * 100) });
  }

  tidy() {
    clearInterval(this.clock);
    this.recording?.cancel();
    this.drop();
  }
}
