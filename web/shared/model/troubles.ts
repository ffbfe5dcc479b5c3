import type { Cause, Fault, Refusal } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** Told is what a fault says. */
export interface Told {
  /** What is wrong. */
  text: string;
  /** What lies behind it; empty when that is not known. */
  why: string;
  do: string;
}

/** told says a fault in the page's language; of a code that the page does not know, what the room says. */
export function told(fault: Fault, strings: Strings): Told {
  const known = entry(strings.faults, fault.code);
  if (!known) return { text: fault.text, why: "", do: fault.do };
  return { ...known, why: because(fault.cause, strings) };
}

/** because says what lies behind something that does not work, in a sentence; empty when that is not known. */
export function because(cause: Cause | undefined, strings: Strings): string {
  return cause ? (entry(strings.causes, cause.code)?.(cause) ?? "") : "";
}

/** whyNot says why something was not done. The room's own words are English, and may say more than the code alone. */
export function whyNot({ code, text }: Pick<Refusal, "code" | "text">, strings: Strings): string {
  const known = entry(strings.refusals, code) ?? "";
  return strings.language === "en" ? text || known : known || text;
}

function entry<T>(table: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
