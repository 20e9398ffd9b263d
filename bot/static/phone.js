// One phone: its settings, its screen, its line to the server, and how they act together.

import { openAttach } from "./attach.js";
import { Composer } from "./composer.js";
import { Conversation, emptyNote } from "./conversation.js";
import { icon } from "./icons.js";
import { keypad } from "./keypad.js";
import { make } from "./make.js";
import { openMap } from "./map.js";
import { openMedia } from "./media.js";
import { Queue, newId } from "./queue.js";
import { recall, remember } from "./remembered.js";
import { PhoneSettings } from "./settings.js";
import { Socket } from "./socket.js";
import { label, languages, speak, table } from "./words.js";

const LARGEST_FRAME = 1024 * 1024; // bytes, the server's limit
// Messages may become visible to the server slightly out of order, so a reconnection
// asks for a few already shown; they are known by their seq and not shown again.
const OVERLAP = 20;
const QUIET_AFTER_OPENING = 1500; // milliseconds: history is not read out, what follows is
// What a question may ask for, and the sheet it is given with.
const WANTED = { location: "place", photo: "photo", voice: "voice", contact: "contact" };

export const FIRST_LOOKS = ["telegram", "whatsapp", "phone"];
const ROLES = ["artisan", "broker", "coordinator"];

export class Phone {
  // onChange(): state, unread count, role or unsent count changed; onClose for the added ones
  constructor(numberOfPhone, { pageLanguage, onChange, onClose }) {
    Object.assign(this, { number: numberOfPhone, pageLanguage, onChange });
    this.name = `demo-${numberOfPhone}`;
    this.urn = `phone:${this.name}`;
    this.queue = new Queue(this.urn);
    const kept = recall(this.name, {});
    this.look = kept.look ?? FIRST_LOOKS[numberOfPhone - 1] ?? "phone";
    this.language = kept.language ?? null; // null: follows the page
    this.seen = kept.seen ?? 0;
    this.role = ROLES[numberOfPhone - 1] ?? "artisan";
    this.country = "HN";
    this.offered = languages.map(({ code, name, dir }) => ({ code, name, dir }));
    this.window = true;
    this.blocked = false;
    this.unread = 0;
    this.state = "connecting";
    this.build(onClose);
    this.conversation = new Conversation({
      log: this.log, newest: this.newest, screen: this.screen, look: this.look,
      onTap: (choice) => this.tap(choice), onAgain: (message) => this.again(message),
    });
    this.dress();
    for (const { frame, shown } of this.queue.all()) {
      this.conversation.mine({ id: frame.id, state: "waiting", ...shown });
    }
    this.showEmpty();
    this.socket = new Socket({
      opening: () => ({
        type: "open", urn: this.urn, look: this.look, language: this.spoken,
        after: Math.max(0, this.conversation.highest - OVERLAP),
      }),
      onFrame: (frame) => this.heard(frame),
      onState: (state) => this.line(state),
    });
  }

  get spoken() {
    return this.language ?? this.pageLanguage();
  }

  build(onClose) {
    this.log = make("div", {
      class: "log", role: "log", "aria-live": "off", tabindex: "0", "data-role": "log",
      wordsLabel: "chat.log",
    });
    this.newest = make("button", {
      type: "button", class: "newest", hidden: true, wordsLabel: "chat.newest",
      wordsTitle: "chat.newest",
    }, icon("down"));
    this.stateLine = make("p", { class: "line", role: "status", "data-role": "state" });
    this.notices = make("div", { class: "notices" });
    this.banner = make("div", { class: "banner", role: "status", hidden: true });
    this.want = make("div", { class: "want", hidden: true });
    this.composer = new Composer({
      name: this.name,
      onSay: (text) => this.say(text),
      onAttach: () => openAttach(this.screen, (kind) => this.give(kind)),
      onVoice: () => this.give("voice"),
    });
    const bar = make("div", { class: "bar" },
      make("img", { class: "avatar", src: "/static/icon.svg", alt: "", width: "38", height: "38" }),
      make("div", { class: "bar-words" }, make("p", { class: "bar-name" }, "Artisan Connect"),
        this.stateLine));
    this.screen = make("div", { class: "screen" }, bar,
      make("div", { class: "log-frame" }, this.log, this.newest),
      this.notices, this.banner, this.want, this.composer.node);
    this.handset = make("div", { class: "handset" }, this.screen,
      keypad((digit) => this.composer.type(digit), () => this.composer.say()));
    this.settings = new PhoneSettings(this, onClose);
    this.node = make("section", {
      class: "phone", id: this.name, "data-phone": this.name, "aria-labelledby": `${this.name}-name`,
    }, this.settings.node, this.handset, make("p", { class: "phone-urn" }, make("code", {}, this.urn)));
  }

  // What the person does

  say(text) {
    return this.hand({ type: "say", text }, { text });
  }

  tap({ label: words, payload }) {
    if (!this.blocked) this.hand({ type: "tap", payload, label: words }, { text: words });
  }

  give(kind) {
    if (kind === "place") {
      openMap(this.screen, this.country, ({ lat, lon, near }) => {
        this.hand({ type: "pin", lat, lon }, { pin: { lat, lon, near } });
      });
    } else if (kind === "contact") this.composer.focus();
    else {
      openMedia(this.screen, kind, ({ token, url, caption }) => {
        const frame = { type: "media", kind, token };
        if (caption) frame.text = caption;
        this.hand(frame, { text: caption, media: { kind, url } });
      });
    }
  }

  // Keeps the frame, shows it, and sends it if the line is there. False: it was too long.
  hand(frame, shown) {
    frame.id = newId();
    if (new TextEncoder().encode(JSON.stringify(frame)).length > LARGEST_FRAME) {
      this.notice({ words: "write.long" });
      return false;
    }
    shown.at = new Date().toISOString();
    this.queue.add({ frame, shown });
    const sent = this.socket.send(frame);
    this.conversation.mine({ id: frame.id, state: sent ? "sending" : "waiting", ...shown });
    this.showWanted(null);
    this.showEmpty();
    this.showLine();
    return true;
  }

  again(message) {
    this.composer.write(message.text);
    this.composer.focus();
  }

  // What the server says

  heard(frame) {
    const act = {
      opened: () => this.opened(frame),
      message: () => this.message(frame),
      accepted: () => this.accepted(frame),
      refused: () => this.refused(frame),
      receipt: () => this.conversation.mark(frame.id, frame.state),
    };
    act[frame.type]?.();
  }

  opened(frame) {
    this.window = frame.window !== false;
    this.blocked = frame.blocked === true;
    this.role = frame.role ?? this.role;
    this.country = frame.country ?? this.country;
    if (frame.languages?.length) this.offered = frame.languages;
    this.dress();
    for (const { frame: kept } of this.queue.all()) {
      if (this.socket.send(kept)) this.conversation.mark(kept.id, "sending");
    }
    this.showEmpty();
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), QUIET_AFTER_OPENING);
  }

  message(frame) {
    if (frame.from === "me") this.queue.remove(frame.id);
    if (!this.conversation.receive(frame)) return this.showLine();
    this.showWanted(frame.from === "bot" ? frame.wants : null);
    this.showEmpty();
    this.noticeSeen();
  }

  accepted({ id, seq }) {
    this.queue.remove(id);
    this.conversation.accepted(id, seq);
    // Writing opens the messaging window again, as it does on WhatsApp.
    this.window = true;
    this.dress();
    this.showLine();
  }

  refused({ id, why }) {
    if (id) this.queue.remove(id);
    if (!id || !this.conversation.refuse(id, why)) this.notice({ text: why });
    this.showLine();
  }

  line(state) {
    this.state = state;
    if (state !== "connected") {
      for (const { frame } of this.queue.all()) this.conversation.mark(frame.id, "waiting");
    }
    this.dress();
    this.showLine();
  }

  // Settings

  setLook(look) {
    if (look === this.look) return;
    this.look = look;
    this.keep();
    this.socket.send({ type: "look", look });
    this.dress();
    this.conversation.setLook(look);
  }

  setLanguage(code) {
    this.language = code;
    this.keep();
    this.speakAnew();
  }

  // Only `open` can tell the server the language, so the line is opened anew.
  speakAnew() {
    this.socket.reopen();
    this.dress();
    this.conversation.setLanguage();
  }

  setWindow(open) {
    if (!this.socket.send({ type: "window", open })) return;
    this.window = open;
    this.dress();
  }

  setBlocked(blocked) {
    if (!this.socket.send({ type: "block", blocked })) return;
    this.blocked = blocked;
    this.dress();
  }

  keep() {
    remember(this.name, { look: this.look, language: this.language, seen: this.seen });
  }

  // What shows

  // Makes everything about the phone agree with its state; cheap enough to call always.
  dress() {
    this.node.dataset.look = this.look;
    const spoken = this.spoken;
    const dir = this.offered.find(({ code }) => code === spoken)?.dir ?? table(spoken)?.dir ?? "ltr";
    this.handset.dataset.speaks = table(spoken) ? spoken : this.pageLanguage();
    this.handset.lang = spoken;
    this.handset.dir = dir;
    this.settings.show();
    this.composer.setEnabled(!this.blocked);
    this.composer.setLook(this.look);
    this.showBanner();
    this.showLine();
    speak(this.handset);
  }

  showBanner() {
    const closed = this.look === "whatsapp" && !this.window;
    const key = this.blocked ? "chat.blocked" : closed ? "chat.window" : null;
    this.banner.hidden = !key;
    if (this.banner.dataset.says === `${key}`) return;
    this.banner.dataset.says = `${key}`;
    this.banner.replaceChildren();
    if (!key) return;
    this.banner.append(make("p", { words: key }));
    if (this.blocked) {
      this.banner.append(make("button", {
        type: "button", words: "chat.unblock", on: { click: () => this.setBlocked(false) },
      }));
    }
  }

  showLine() {
    const unsent = this.queue.all().length;
    const waiting = this.state === "waiting" && unsent > 0;
    this.stateLine.dataset.state = this.state;
    this.stateLine.dataset.unsent = unsent;
    label(this.stateLine, waiting ? "state.unsent" : `state.${this.state}`, { count: unsent });
    this.onChange();
  }

  showWanted(wants) {
    const kind = WANTED[wants] ?? null;
    this.composer.setWanted(kind);
    this.want.hidden = !kind;
    this.want.replaceChildren();
    if (!kind) return;
    const drawing = { place: "place", photo: "photo", voice: "microphone", contact: "document" }[kind];
    this.want.append(make("button", {
      type: "button", "data-role": "want", "data-want": wants, on: { click: () => this.give(kind) },
    }, icon(drawing), make("span", { words: `want.${wants}` })));
    speak(this.want);
  }

  showEmpty() {
    this.log.querySelector(".empty")?.remove();
    if (!this.conversation.empty) return;
    const hello = (table(this.spoken) ?? table("en")).hello;
    this.log.append(emptyNote(this.role, hello, (text) => this.say(text)));
    speak(this.log);
  }

  // A sentence of the server that belongs to no message, or one of our own.
  notice({ text = null, words = null }) {
    const node = make("div", { class: "notice", role: "alert" },
      words ? make("p", { words }) : make("p", { dir: "auto" }, text),
      make("button", { type: "button", wordsLabel: "chat.dismiss", on: { click: () => node.remove() } },
        icon("close")));
    this.notices.replaceChildren(node);
    speak(node);
  }

  // Tells the server what has been seen, once somebody can see it.
  noticeSeen() {
    const highest = this.conversation.highestFromBot;
    const inView = document.visibilityState === "visible" && this.node.offsetParent !== null;
    this.unread = inView ? 0 : this.conversation.after(this.seen);
    if (inView && highest > (this.told ?? 0) && !this.blocked
      && this.socket.send({ type: "seen", seq: highest })) {
      this.told = highest;
      this.seen = highest;
      this.keep();
    }
    this.onChange();
  }

  focus() {
    this.composer.focus();
  }

  close() {
    this.socket.stop();
    this.node.remove();
  }
}
