// The sheet that asks what to send: a photo, a voice message, a place.

import { icon } from "./icons.js";
import { make } from "./make.js";
import { roving } from "./roving.js";
import { openSheet } from "./sheet.js";

const KINDS = { photo: "photo", voice: "microphone", place: "place" };

// onChoose("photo" | "voice" | "place")
export function openAttach(screen, onChoose) {
  const body = make("div", { class: "rows" });
  const sheet = openSheet(screen, { title: "sheet.attach", body, kind: "attach-sheet" });
  for (const [kind, drawing] of Object.entries(KINDS)) {
    body.append(make("button", {
      type: "button", class: "option", "data-attach": kind,
      on: {
        click: () => {
          sheet.close();
          onChoose(kind);
        },
      },
    }, icon(drawing), make("span", { words: `attach.${kind}` })));
  }
  roving(body);
  body.querySelector("button").focus();
}
