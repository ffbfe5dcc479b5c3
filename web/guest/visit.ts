import type { Entry } from "./protocol.ts";

// A visit outlives a reload of its tab, and nothing else: sessionStorage ends with the tab. The identity key of the visit
// lies in the browser's database under the visit's name (worker/identity.ts).

const place = "greenroom-visit";

interface Kept {
  visit: string;
  entry: Entry;
  inside: boolean;
}

/** kept returns the visit that this tab is in, if it is in one. */
export function kept(): Kept | null {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

/** keep notes that this tab is in a meeting, and returns the visit's name: the one it had, or a new one. */
export function keep(entry: Entry): string {
  const before = kept();
  const visit = before?.entry.number === entry.number ? before.visit : crypto.randomUUID();
  try {
    sessionStorage.setItem(place, JSON.stringify({ visit, entry, inside: true } satisfies Kept));
  } catch {
    // Without storage a reload asks again who this is.
  }
  return visit;
}

/** forget notes that the visit is over. */
export function forget(): void {
  sessionStorage.removeItem(place);
}
