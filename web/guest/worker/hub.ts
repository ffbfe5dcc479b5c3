import { type Core, good } from "./core.ts";
import type { Identity } from "./identity.ts";

/** Refusal is the hub's no, or that it does not answer. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** In seconds; 0 where waiting does not help. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

/** Ticket is the hub's answer to a join, in JSON (meeting/directory/ticket.go). */
export interface Ticket {
  meeting: string;
  instance: string;
  participant: string;
  title: string;
  number: string;
  relay_url: string;
  relay_token: string;
  statement: string;
  hub_key: string;
  hub_name: string;
}

const patience = 10_000;

/** Hub asks the server that the page came from. Requests are signed by a key to which the identity key gave a mandate. */
export class Hub {
  private constructor(private readonly core: Core) {}

  static async with(core: Core, identity: Identity): Promise<Hub> {
    const input = good(core.requestKey(Date.now(), identity.publicKey));
    good(core.mandate(await identity.sign(input)));
    return new Hub(core);
  }

  /** ask sends one request. What goes wrong is a Refusal. */
  async ask<T>(path: string, request: unknown): Promise<T> {
    const body = new TextEncoder().encode(JSON.stringify(request));
    const authorization = good(this.core.authorize(Date.now(), "POST", path, body));
    let answer: Response;
    let content: unknown;
    try {
      answer = await fetch(new URL(path, location.origin), {
        method: "POST",
        body,
        headers: { Authorization: authorization, "Content-Type": "application/json" },
        signal: AbortSignal.timeout(patience),
      });
      content = await answer.json();
    } catch {
      throw new Refusal("hub-unreachable", "The server does not answer.");
    }
    if (answer.ok) return content as T;
    const { code, message, retry_after_seconds: wait } = content as { code?: string; message?: string; retry_after_seconds?: number };
    throw new Refusal(code ?? "hub-fault", message ?? "", wait ?? 0);
  }
}

/** bytesOf decodes base64 as Go's JSON has it. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
