import { de } from "./de.ts";
import { en, type Strings } from "./en.ts";

export type { Strings } from "./en.ts";

const catalogues = new Map<string, Strings>([
  ["en", en],
  ["de", de],
]);

/** stringsFor finds the catalogue of a BCP 47 language, by its first part; English when there is none. */
export function stringsFor(language: string | undefined): Strings {
  return catalogues.get((language ?? "").split("-")[0]?.toLowerCase() ?? "") ?? en;
}

/** languages lists what there is a catalogue for. */
export function languages(): string[] {
  return [...catalogues.keys()];
}
