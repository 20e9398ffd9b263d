// What this browser remembers between visits. Where storage is refused (a private
// window, a full disk) the page still works, and forgets when it is closed.

const fallback = new Map();

export function recall(key, otherwise) {
  try {
    const text = localStorage.getItem(`artisan.${key}`) ?? fallback.get(key);
    return text === null || text === undefined ? otherwise : JSON.parse(text);
  } catch {
    return fallback.has(key) ? JSON.parse(fallback.get(key)) : otherwise;
  }
}

export function remember(key, value) {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(`artisan.${key}`, text);
    fallback.delete(key);
  } catch {
    fallback.set(key, text);
  }
}

export function forget(key) {
  fallback.delete(key);
  try {
    localStorage.removeItem(`artisan.${key}`);
  } catch {
    // Nothing was stored, so there is nothing to remove.
  }
}
