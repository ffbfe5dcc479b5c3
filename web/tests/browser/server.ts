import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { State } from "../../shared/state.ts";
import { shifted } from "../fixtures.ts";

const dist = new URL("../../dist", import.meta.url).pathname;
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const firstTime = Date.parse("2026-03-03T09:00:00Z");

/** The policy that the pages must live with: what the daemon sends. */
export const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "font-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** PlayoutAnswer makes an SDP answer for the page's offer. */
export type PlayoutAnswer = (offer: string) => Promise<string>;

/** FixtureServer is a stand-in for the daemon's local API: it shows one State and notes the commands that come. */
export class FixtureServer {
  readonly commands: unknown[] = [];
  /** What POST /v1/commands answers. */
  answer: { status: number; body: unknown } = { status: 200, body: {} };
  /** POST /v1/commands answers when this is over. */
  gate: Promise<void> = Promise.resolve();
  /** While set, /v1/playout answers with it; else 503. */
  playout: PlayoutAnswer | null = null;
  /** The same of /v1/preview. */
  preview: PlayoutAnswer | null = null;
  /** What every request for the State gets; 200 is the State. */
  stateStatus = 200;

  private state: State | null = null;
  private shift = 0;
  private readonly started = Date.now();
  private readonly listeners = new Set<ServerResponse>();
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FixtureServer> {
    const server = createServer();
    const self = new FixtureServer(server);
    server.on("request", (request, response) => void self.serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** now is the room's clock: it starts on a day in March and runs. */
  now(): number {
    return firstTime + Date.now() - this.started;
  }

  /**
   * show sends a State, made now, to every page that listens, and to those that come. One that goes on from the State
   * before is moved in time by as much as that was: its meeting began when it began.
   */
  show(state: State, goesOn = false): void {
    if (!goesOn) this.shift = this.now() - Date.parse(state.time);
    this.state = shifted(state, this.shift);
    for (const response of this.listeners) this.event(response);
  }

  /** cut ends every event stream, as a daemon that stops does. */
  cut(): void {
    for (const response of this.listeners) response.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", this.url).pathname;
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("Date", new Date(this.now()).toUTCString());
    if (path === "/v1/events") return this.events(response);
    if (path === "/v1/state") return this.json(response, this.stateStatus, this.state);
    if (path === "/v1/commands") return this.command(request, response);
    if (path === "/v1/playout") return this.play(request, response, this.playout);
    if (path === "/v1/preview") return this.play(request, response, this.preview);
    const file = path === "/screen" || path === "/panel" ? `${path}.html` : path;
    return this.file(file, response);
  }

  private events(response: ServerResponse): void {
    if (this.stateStatus !== 200) return this.json(response, this.stateStatus, {});
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write(": hello\n\n");
    this.listeners.add(response);
    response.on("close", () => this.listeners.delete(response));
    this.event(response);
  }

  private event(response: ServerResponse): void {
    if (this.state) response.write(`event: state\ndata: ${JSON.stringify(this.state)}\n\n`);
  }

  private async command(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.commands.push(JSON.parse(await body(request)));
    await this.gate;
    this.json(response, this.answer.status, this.answer.body);
  }

  private async play(request: IncomingMessage, response: ServerResponse, answerOf: PlayoutAnswer | null): Promise<void> {
    const offer = await body(request);
    if (!answerOf) return this.json(response, 503, {});
    try {
      const answer = await answerOf(offer);
      response.writeHead(200, { "Content-Type": "application/sdp" }).end(answer);
    } catch {
      this.json(response, 503, {});
    }
  }

  private json(response: ServerResponse, status: number, value: unknown): void {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  }

  private async file(path: string, response: ServerResponse): Promise<void> {
    try {
      const content = await readFile(join(dist, normalize(path)));
      response.writeHead(200, { "Content-Type": types[extname(path)] ?? "application/octet-stream" }).end(content);
    } catch {
      response.writeHead(404).end();
    }
  }
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
