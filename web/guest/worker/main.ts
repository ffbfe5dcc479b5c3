import type { Entry, FromWorker, StreamNumber, ToWorker, TransformOptions } from "../protocol.ts";
import { type Core, good, type Output, startCore } from "./core.ts";
import { bytesOf, Hub, Refusal, type Ticket } from "./hub.ts";
import { forgetIdentity, type Identity, identityOf } from "./identity.ts";
import { Opener, Sealer } from "./media.ts";
import { Receiving, sendThrough, type Transformer } from "./transforms.ts";

// The worker has everything that is secret: the meeting core with the meeting's keys, the frames' keys, the identity key.
// The page beside it sees none of them: it brings messages, and hands tracks over to be sealed and opened here.

const scope = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  onrtctransform: ((event: { transformer: Transformer & { options: TransformOptions } }) => void) | null;
};

const renewEvery = 30_000; // the hub's lease is 2 minutes
const [firstPause, lastPause] = [1000, 10_000]; // between two questions to a hub that does not answer
const missingEvery = 250; // the core hears of missing keys no more often

function tell(message: FromWorker): void {
  scope.postMessage(message);
}

class Visit {
  private hub: Hub | null = null;
  private identity: Identity | null = null;
  private ticket: Ticket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private renewing: ReturnType<typeof setInterval> | undefined;
  private missingSince = 0;
  private wanted: AbortController | null = null;
  readonly sealer: Sealer;
  readonly opener: Opener;

  constructor(private readonly core: Core) {
    const source = (epoch: number, index: number, stream: number) => core.media(epoch, index, stream);
    this.sealer = new Sealer(source);
    this.opener = new Opener(source);
  }

  async join(entry: Entry, name: string): Promise<void> {
    this.stop();
    this.identity = await identityOf(name);
    this.hub = await Hub.with(this.core, this.identity);
    const ticket = await this.ask(this.hub, entry);
    if (!ticket) return;
    this.ticket = ticket;
    const begun = good(
      this.core.begin(Date.now(), {
        meeting: ticket.meeting,
        instance: ticket.instance,
        participant: ticket.participant,
        device: this.identity.device,
        identityKey: this.identity.publicKey,
        statement: bytesOf(ticket.statement),
        hubKey: bytesOf(ticket.hub_key),
      }),
    );
    tell({ tell: "place", title: ticket.title, number: ticket.number, hub: ticket.hub_name, relayURL: ticket.relay_url, token: ticket.relay_token });
    this.carryOut(begun);
    this.renewing = setInterval(() => void this.renew(), renewEvery);
  }

  /** ask asks for a place, for ever while the hub does not answer; null: the guest gave up before. */
  private async ask(hub: Hub, entry: Entry): Promise<Ticket | null> {
    const wanted = (this.wanted = new AbortController()).signal;
    for (let pause = firstPause; !wanted.aborted; pause = Math.min(2 * pause, lastPause)) {
      try {
        return await hub.ask<Ticket>("/v1/guests/join", entry);
      } catch (error) {
        if (!(error instanceof Refusal) || error.code !== "hub-unreachable") throw error;
        tell({ tell: "hub-away" });
        await new Promise<void>((resolve) => {
          setTimeout(resolve, pause);
          wanted.addEventListener("abort", () => resolve());
        });
      }
    }
    return null;
  }

  /** giveUp ends the asking, at once. */
  giveUp(): void {
    this.wanted?.abort();
  }

  /** carryOut does what the core asks for: keys first, so that no message speaks of a key that is not in place. */
  carryOut(output: Output): void {
    for (const epoch of output.open) this.opener.install(epoch);
    if (output.seal) {
      this.sealer.use(output.seal);
      if (output.newReceivers) for (const want of keyframes) want();
    }
    for (const epoch of output.forget) {
      this.sealer.forget(epoch);
      this.opener.forget(epoch);
    }
    for (const { id, input } of output.sign) void this.sign(id, input);
    for (const { to, data } of output.send) tell({ tell: "send", to, data });
    tell({ tell: "view", view: output.view });
    for (const event of output.events) tell({ tell: "event", event });
    clearTimeout(this.timer);
    if (output.next !== null) this.timer = setTimeout(() => this.step((now) => this.core.tick(now)), Math.max(0, output.next - Date.now()));
  }

  step(call: (now: number) => Output | { error: string }): void {
    this.carryOut(good(call(Date.now())));
  }

  /** missing tells the core of a frame whose key is not there; it may have been lost on the way. */
  missing(kid: number): void {
    const now = performance.now();
    if (now - this.missingSince < missingEvery) return;
    this.missingSince = now;
    this.step((at) => this.core.keyMissing(at, kid));
  }

  /** leave erases every key, says farewell, and gives the place up. */
  async leave(name: string): Promise<void> {
    if (!this.ticket) return;
    const { instance, participant } = this.ticket;
    this.step((now) => this.core.leave(now));
    this.stop();
    await Promise.allSettled([this.hub?.ask("/v1/guests/leave", { instance, participant }), forgetIdentity(name)]);
  }

  private stop(): void {
    clearTimeout(this.timer);
    clearInterval(this.renewing);
    this.sealer.use(null);
    this.opener.forgetAll();
    this.ticket = null;
  }

  private async sign(id: number, input: Uint8Array<ArrayBuffer>): Promise<void> {
    const signature = await this.identity?.sign(input);
    if (signature) this.step((now) => this.core.signed(now, id, signature));
  }

  /** renew keeps the place and the relay's token fresh. A hub that is away changes nothing for the meeting. */
  private async renew(): Promise<void> {
    if (!this.ticket || !this.hub) return;
    const { instance, participant } = this.ticket;
    try {
      const { relay_token: token } = await this.hub.ask<{ relay_token: string }>("/v1/guests/renew", { instance, participant });
      tell({ tell: "token", token });
    } catch (error) {
      if (error instanceof Refusal && error.code === "meeting-over") tell({ tell: "refused", code: error.code, message: error.message, retryAfter: 0 });
    }
  }
}

let visit: Visit | null = null;
let visitName = "";
const receivings = new Map<number, Receiving>();
const keyframes = new Set<() => void>();

async function prepared(): Promise<Visit> {
  if (!visit) {
    const { core, digest, bytes, millis } = await starting;
    visit ??= new Visit(core);
    tell({ tell: "ready", digest, bytes, millis });
  }
  return visit;
}

const starting = startCore((message) => tell({ tell: "fault", message }));
starting.catch(() => undefined); // told when it is asked for

scope.onrtctransform = ({ transformer }) => {
  const { options } = transformer;
  if (options.side === "send") {
    keyframes.add(() => transformer.generateKeyFrame?.().catch(() => undefined));
    sendThrough(transformer, options.stream, (codec, data) => visit?.sealer.seal(options.stream, codec, data) ?? Promise.resolve(null));
    return;
  }
  const receiving = new Receiving(transformer, options.kind, {
    open: (person, stream, codec, data) => {
      if (!visit) throw new Error("nobody has joined");
      return visit.opener.open(person, stream, codec, data);
    },
    missing: (kid) => visit?.missing(kid),
    tell: (person: string, stream: StreamNumber, reason) => tell({ tell: "stream", person, stream, reason }),
  });
  receivings.set(options.id, receiving);
  const owner = owners.get(options.id);
  if (owner) receiving.owner = owner;
};

const owners = new Map<number, { person: string; stream: StreamNumber }>();

async function handle(message: ToWorker): Promise<void> {
  const { core } = await starting;
  const v = await prepared();
  switch (message.do) {
    case "prepare":
      return;
    case "join":
      visitName = message.visit;
      return v.join(message.entry, message.visit);
    case "leave":
      await v.leave(visitName);
      return tell({ tell: "done" });
    case "owner": {
      const owner = { person: message.person, stream: message.stream };
      owners.set(message.id, owner);
      const receiving = receivings.get(message.id);
      if (receiving) receiving.owner = owner;
      return;
    }
    case "ownerless":
      owners.delete(message.id);
      receivings.delete(message.id);
      return;
    case "connected":
      v.step((now) => core.connected(now));
      return v.step((now) => core.present(now, message.present));
    case "disconnected":
      return v.step((now) => core.disconnected(now));
    case "present":
      return v.step((now) => core.present(now, [message.id]));
    case "gone":
      return v.step((now) => core.gone(now, message.id));
    case "received":
      return v.step((now) => core.received(now, message.from, message.data));
    case "chat":
      return v.step((now) => core.chat(now, message.text));
    case "hand":
      return v.step((now) => core.hand(now, message.raised));
    case "react":
      return v.step((now) => core.react(now, message.reaction));
    case "compare":
      return v.step((now) => core.compare(now, message.matches, message.digits));
  }
}

// One message after the other: the core hears of a connection before what came over it.
let last: Promise<void> = Promise.resolve();
scope.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.do === "leave") visit?.giveUp(); // it would wait behind the join
  last = last.then(() => handle(data)).catch((error: unknown) => {
    if (error instanceof Refusal) tell({ tell: "refused", code: error.code, message: error.message, retryAfter: error.retryAfter });
    else tell({ tell: "fault", message: error instanceof Error ? error.message : String(error) });
  });
};
