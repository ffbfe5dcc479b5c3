// Package relay carries sealed media and protocol messages over a LiveKit relay. It is an own, small client of
// LiveKit's signalling (protocol 16, dual peer connection) over pion/webrtc.
//
// The relay is not trusted. What comes from it is bounded and checked here for form only; whether it is true is for
// package sframe (media) and the meeting core (messages) to say. In particular, who a message or frame is from is the
// relay's claim.
//
// A Client is made with New and lives in Run, which connects and reconnects for ever and ends with its context or with
// a *RefusedError:
//
//	           ┌────────────── pause, growing ──────────────┐
//	           v                                            │
//	Run ──> join ──> waiting for media ──> Connected ──> lost: Disconnected
//	           ^                            ^               │
//	           │                            └── resume <────┤
//	           └──────── the relay does not know us <───────┘
//
// A session is one stay in the room: two peer connections (we offer on the publisher, the relay on the subscriber)
// and what is known of the others. A link is one WebSocket. A session outlives its link: resuming dials a new one and
// restarts ICE on the same peer connections, so that nothing has to be published or keyed again. When the relay does
// not know the session any more (it was restarted), everything is built afresh, publications included.
//
// Files: client.go runs and retries; session.go is the life of a session, negotiate.go its peer connections, signal.go
// what the relay says; link.go the WebSocket; local.go what is sent (a peer.Pacer spreads it out, and sends what was lost
// again) and remote.go what is received; subscribe.go what is asked for; roster.go who is there; events.go hands all of it
// to the Handler.
package relay
