/** Link is what an address of the guest page says, behind the #: it never leaves the browser. */
export interface Link {
  number: string;
  passcode: string;
  /** The 40 digits that a room's screen shows, from its QR code; empty: none. */
  code: string;
  /** The first 8 digits of the participant id of the leader whose code it was; empty: not told. */
  leader: string;
}

/** linkOf reads an address: #n=NUMBER&p=PASSCODE, #n=NUMBER&c=CODE&l=LEADER, or the path /join/NUMBER. */
export function linkOf({ hash, pathname }: { hash: string; pathname: string }): Link {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const digits = (name: string, pattern: RegExp): string => {
    const value = (fields.get(name) ?? "").replaceAll(/[\s-]/g, "");
    return pattern.test(value) ? value : "";
  };
  return {
    number: digits("n", /^\d{9,10}$/) || (/^\/join\/(\d{9,10})$/.exec(pathname)?.[1] ?? ""),
    passcode: digits("p", /^\d{1,32}$/),
    code: digits("c", /^\d{40}$/),
    leader: digits("l", /^[0-9a-f]{8}$/),
  };
}
