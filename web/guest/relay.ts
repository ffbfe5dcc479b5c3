import { ConnectionState, DisconnectReason, LogLevel, type RemoteParticipant, type RemoteTrackPublication, Room, RoomEvent, setLogLevel, Track } from "livekit-client";
import { type StreamNumber, streams } from "./protocol.ts";
import { receiverNumber } from "./sealed-peer.ts";

/** Feed is one stream of somebody else, as the relay has it: a hint, but for what the worker opened of it. */
export interface Feed {
  track: MediaStreamTrack | null;
  muted: boolean;
}

/** RelayEvents is what the page does about what the relay says. */
export interface RelayEvents {
  connected(present: string[]): void;
  disconnected(): void;
  /** The first connection did not come about; it is tried again. */
  failing(): void;
  /** The relay refused for good, or the page was replaced. */
  ended(why: "removed" | "duplicate" | "closed" | "failed"): void;
  present(id: string): void;
  gone(id: string): void;
  received(from: string, data: Uint8Array): void;
  owner(receiver: number, person: string, stream: StreamNumber): void;
  /** Something about the feeds, the speakers or the own tracks has changed. */
  changed(): void;
}

/** Relay is the connection to LiveKit. Its own encryption is off: what it carries was sealed by the worker. */
export class Relay {
  readonly feeds = new Map<string, Map<StreamNumber, Feed>>();
  speakers = new Set<string>();
  private readonly room: Room;
  private wanted = true;
  /** connect has come to its end: what is lost from now on, was there. */
  private inside = false;
  private fresh = "";

  constructor(private readonly events: RelayEvents) {
    setLogLevel(LogLevel.silent);
    this.room = new Room({
      adaptiveStream: false,
      dynacast: false,
      disconnectOnPageLeave: true,
      stopLocalTrackOnUnpublish: false,
      publishDefaults: { red: false, dtx: true, simulcast: false, videoCodec: "vp8", backupCodec: false, stopMicTrackOnMute: false },
    });
    this.listen();
  }

  /** connect tries until it is connected or stop is called, with growing pauses. */
  async connect(url: string, token: string): Promise<void> {
    this.fresh = token;
    for (let pause = 500; this.wanted; pause = Math.min(pause * 2, 10_000)) {
      try {
        await this.room.connect(url, this.fresh, { autoSubscribe: true, maxRetries: 0 });
        this.inside = true;
        return;
      } catch {
        if (!this.wanted) return;
        this.events.failing();
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  /** renewed keeps a token that is valid for longer. */
  renewed(token: string): void {
    this.fresh = token;
  }

  async publish(tracks: { camera: MediaStreamTrack | null; microphone: MediaStreamTrack | null }): Promise<void> {
    const local = this.room.localParticipant;
    // Announced as encrypted, the relay neither converts Opus nor passes its own frames off as ours.
    await (local as unknown as { setE2EEEnabled(enabled: boolean): Promise<void> }).setE2EEEnabled(true);
    if (tracks.microphone) await local.publishTrack(tracks.microphone, { source: Track.Source.Microphone, name: "microphone" });
    if (tracks.camera) await local.publishTrack(tracks.camera, { source: Track.Source.Camera, name: "camera", videoEncoding: { maxBitrate: 1_500_000, maxFramerate: 30 } });
  }

  async setMuted(source: "camera" | "microphone", muted: boolean): Promise<void> {
    const publication = this.room.localParticipant.getTrackPublication(source === "camera" ? Track.Source.Camera : Track.Source.Microphone);
    await (muted ? publication?.mute() : publication?.unmute());
  }

  async replace(source: "camera" | "microphone", track: MediaStreamTrack): Promise<void> {
    const publication = this.room.localParticipant.getTrackPublication(source === "camera" ? Track.Source.Camera : Track.Source.Microphone);
    const local = publication?.track;
    if (local) await local.replaceTrack(track, { userProvidedTrack: true });
  }

  async send(to: string, data: Uint8Array): Promise<void> {
    if (this.room.state !== ConnectionState.Connected) return; // the protocol sends again what is lost
    await this.room.localParticipant
      .publishData(data as Uint8Array<ArrayBuffer>, { reliable: true, ...(to ? { destinationIdentities: [to] } : {}) })
      .catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.wanted = false;
    await this.room.disconnect(false);
  }

  /** peers are LiveKit's peer connections, for WebRTC's counters. */
  get peers(): RTCPeerConnection[] {
    const manager = (this.room.engine as unknown as { pcManager?: Record<string, { _pc?: RTCPeerConnection | null } | undefined> }).pcManager;
    return [manager?.publisher?._pc, manager?.subscriber?._pc].filter((pc): pc is RTCPeerConnection => Boolean(pc));
  }

  private listen(): void {
    const { room, events } = this;
    room
      .on(RoomEvent.Connected, () => events.connected([...room.remoteParticipants.keys()]))
      .on(RoomEvent.Reconnecting, () => events.disconnected())
      .on(RoomEvent.SignalReconnecting, () => events.disconnected())
      .on(RoomEvent.Reconnected, () => events.connected([...room.remoteParticipants.keys()]))
      .on(RoomEvent.Disconnected, (reason) => this.disconnected(reason))
      .on(RoomEvent.ParticipantConnected, ({ identity }) => events.present(identity))
      .on(RoomEvent.ParticipantDisconnected, ({ identity }) => {
        this.feeds.delete(identity);
        events.gone(identity);
        events.changed();
      })
      .on(RoomEvent.DataReceived, (data, participant) => {
        if (participant) events.received(participant.identity, data);
      })
      .on(RoomEvent.TrackSubscribed, (track, publication, { identity }) => {
        const stream = streamOf(publication.source);
        const receiver = track.receiver && receiverNumber(track.receiver);
        if (!stream || !receiver) return; // never shown: it does not go through the worker
        events.owner(receiver, identity, stream);
        this.feed(identity, stream).track = track.mediaStreamTrack;
        this.feed(identity, stream).muted = publication.isMuted;
        events.changed();
      })
      .on(RoomEvent.TrackUnsubscribed, (_track, publication, participant) => this.lose(publication, participant))
      .on(RoomEvent.TrackUnpublished, (publication, participant) => this.lose(publication, participant))
      .on(RoomEvent.TrackMuted, ({ source, isMuted }, { identity }) => this.mute(identity, streamOf(source), isMuted))
      .on(RoomEvent.TrackUnmuted, ({ source, isMuted }, { identity }) => this.mute(identity, streamOf(source), isMuted))
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
        this.speakers = new Set(speakers.map(({ identity }) => identity));
        events.changed();
      });
  }

  private feed(person: string, stream: StreamNumber): Feed {
    const feeds = this.feeds.get(person) ?? new Map<StreamNumber, Feed>();
    this.feeds.set(person, feeds);
    const feed = feeds.get(stream) ?? { track: null, muted: false };
    feeds.set(stream, feed);
    return feed;
  }

  private lose({ source }: RemoteTrackPublication, { identity }: RemoteParticipant): void {
    const stream = streamOf(source);
    if (stream) this.feeds.get(identity)?.delete(stream);
    this.events.changed();
  }

  private mute(person: string, stream: StreamNumber | undefined, muted: boolean): void {
    const feed = stream && this.feeds.get(person)?.get(stream);
    if (feed) feed.muted = muted;
    this.events.changed();
  }

  private disconnected(reason: DisconnectReason | undefined): void {
    this.events.disconnected();
    if (!this.wanted || !this.inside) return; // LiveKit's client also tells of each try that failed; connect tries again
    switch (reason) {
      case DisconnectReason.PARTICIPANT_REMOVED:
        return this.events.ended("removed");
      case DisconnectReason.DUPLICATE_IDENTITY:
        return this.events.ended("duplicate");
      case DisconnectReason.ROOM_DELETED:
        return this.events.ended("closed");
      default:
        return this.events.ended("failed");
    }
  }
}

function streamOf(source: Track.Source): StreamNumber | undefined {
  switch (source) {
    case Track.Source.Microphone:
      return streams.microphone;
    case Track.Source.Camera:
      return streams.camera;
    case Track.Source.ScreenShare:
      return streams.content;
    case Track.Source.ScreenShareAudio:
      return streams.contentAudio;
    default:
      return undefined;
  }
}
