// The identity key of one visit: WebCrypto's, not extractable. It is kept as a CryptoKey for as long as the visit lasts, so
// that a page that is loaded again is the same person. Meeting keys are never kept.

/** Identity is who this browser is for one visit. */
export interface Identity {
  /** 65 bytes, an uncompressed P-256 point. */
  publicKey: Uint8Array;
  /** 32 hexadecimal digits. */
  device: string;
  sign(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
}

interface Kept {
  pair: CryptoKeyPair;
  device: string;
  since: number;
}

const keptFor = 24 * 3600 * 1000;
const table = "identities";

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open("greenroom-guest", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(table);
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database failed"));
  });
}

/** identityOf returns the identity of a visit, and makes it at the first time. What is older than a day is deleted. */
export async function identityOf(visit: string): Promise<Identity> {
  let database: IDBDatabase | null = null;
  try {
    database = await openDatabase();
    const known = (await done(database.transaction(table).objectStore(table).get(visit))) as Kept | undefined;
    if (known && Date.now() - known.since < keptFor) return usable(known);
  } catch {
    database = null; // a private window may have no database: then a reload is another person
  }
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  const device = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const kept: Kept = { pair, device, since: Date.now() };
  if (database) await keep(database, visit, kept).catch(() => undefined);
  return usable(kept);
}

async function keep(database: IDBDatabase, visit: string, kept: Kept): Promise<void> {
  const store = database.transaction(table, "readwrite").objectStore(table);
  const old = (await done(store.getAllKeys())) as string[];
  for (const key of old) {
    const entry = (await done(store.get(key))) as Kept | undefined;
    if (!entry || Date.now() - entry.since >= keptFor) store.delete(key);
  }
  await done(store.put(kept, visit));
}

/** forgetIdentity deletes the key of a visit that is over. */
export async function forgetIdentity(visit: string): Promise<void> {
  try {
    const database = await openDatabase();
    await done(database.transaction(table, "readwrite").objectStore(table).delete(visit));
  } catch {
    // There is none to be deleted.
  }
}

async function usable({ pair, device }: Kept): Promise<Identity> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return {
    publicKey,
    device,
    sign: async (input) => new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, input)),
  };
}
