import type { Meeting } from "../state.ts";

/** codeDigits is the security code as one run of digits: what the QR code holds and machines compare. */
export function codeDigits(groups: readonly string[]): string {
  return groups.join("");
}

/**
 * codeLink is what the QR code holds: the guest page's address with the meeting's number, the code, and whose it is, behind
 * its #, which a browser sends to nobody; where guests do not join, the digits alone. Of the leader's participant id it has
 * the first 8 digits: they tell leaders apart, and the QR code stays coarse.
 */
export function codeLink(groups: readonly string[], { guestPage, number, people }: Pick<Meeting, "guestPage" | "number" | "people">): string {
  const digits = codeDigits(groups);
  if (!guestPage || !number) return digits;
  const leader = people.find((person) => person.leader)?.id.slice(0, 8) ?? "";
  return `${guestPage}#n=${number}&c=${digits}${leader ? `&l=${leader}` : ""}`;
}

/** codeRows cuts the groups into rows of equal length, so that people can read the code out row by row. */
export function codeRows(groups: readonly string[], perRow: number): string[][] {
  const rows: string[][] = [];
  for (let i = 0; i < groups.length; i += perRow) rows.push(groups.slice(i, i + perRow));
  return rows;
}

/** spokenCode has a space between any two digits and a pause after each group, for screen readers. */
export function spokenCode(groups: readonly string[]): string {
  return groups.map((group) => [...group].join(" ")).join(", ");
}

/** formatNumber writes a meeting number in groups of three, the last of two to four digits: 123 456 7890. */
export function formatNumber(number: string): string {
  const digits = number.replaceAll(/\s/g, "");
  if (!/^\d+$/.test(digits) || digits.length < 5) return digits;
  const groups: string[] = [];
  let rest = digits;
  while (rest.length > 4) {
    groups.push(rest.slice(0, 3));
    rest = rest.slice(3);
  }
  groups.push(rest);
  return groups.join(" ");
}
