import type { Callee } from "../state.ts";

/** matching are the callees of whose name a word begins with what was typed, whatever its case and accents. */
export function matching(callees: readonly Callee[], wanted: string, language: string): Callee[] {
  const plain = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLocaleLowerCase(language);
  const start = plain(wanted.trim());
  return callees.filter(({ name }) => plain(` ${name}`).includes(` ${start}`));
}
