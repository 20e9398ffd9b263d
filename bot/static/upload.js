// Hands one file to the server and gives back { token, url, kind }.

export const MOST = 16 * 1024 * 1024; // bytes
const PATIENCE = 120000; // milliseconds for a whole file on a slow line

export class Refused extends Error {} // the server's own sentence, to be shown as it is
export class Broken extends Error {} // no answer; trying again may help

// XMLHttpRequest, because fetch cannot say how far an upload has come.
export function upload(file, kind, onProgress) {
  const form = new FormData();
  form.append("kind", kind);
  form.append("file", file, file.name || `recording.${extension(file.type)}`);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/phone/media");
    request.responseType = "json";
    request.timeout = PATIENCE;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 201 && answer?.token) resolve(answer);
      else if (request.status < 500 && answer?.error) reject(new Refused(answer.error));
      else reject(new Broken());
    });
    for (const event of ["error", "timeout", "abort"]) {
      request.addEventListener(event, () => reject(new Broken()));
    }
    request.send(form);
  });
}

function extension(type) {
  return { "audio/ogg": "ogg", "audio/mp4": "m4a", "audio/mpeg": "mp3" }[type.split(";")[0]] ?? "webm";
}
