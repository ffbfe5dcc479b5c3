/** codeDigits is the security code as one run of digits: what the QR code holds and machines compare. */
export function codeDigits(groups: readonly string[]): string {
  return groups.join("");
}

/**
 * codeLink is what the QR code holds: the guest page's address with the meeting's number and the code behind its #, which a
 * browser sends to nobody; where guests do not join, the digits alone.
 */
export function codeLink(groups: readonly string[], { guestPage, number }: { guestPage?: string; number: string }): string {
  const digits = codeDigits(groups);
  return guestPage && number ? `${guestPage}#n=${number}&c=${digits}` : digits;
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
