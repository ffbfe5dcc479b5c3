// Package directory says which meetings there are, who may enter them, and through which relay.
//
// It has two sides that speak JSON over HTTPS:
//
//   - [Client] is the room's side. [Client.MeetNow], [Client.Join], [Client.PlaceCall] and [Client.AnswerCall] bring back
//     a [Ticket]: the ids of the meeting, of this run of it (the instance) and of the participant, a token for the relay,
//     and the hub's signed statement about this room. [Client.Renew] keeps the place and brings a fresh relay token;
//     [Client.Leave] gives it up.
//   - [Service] is the hub's side, an http.Handler over a [Store].
//
// The directory never sees the key of an end-to-end encrypted meeting: a lying hub can deny service and name people
// wrongly, and cannot read it (SPEC.md, "Parties"). Where the hub's [Policy] lets meetings or calls begin with enhanced
// encryption, it makes a secret for each instance, gives it to the rooms in it, and could read along until they upgrade.
// The secret is sealed in the store and forgotten when the instance ends (secret.go). Under a policy of end-to-end
// encryption it is never made.
//
// # Requests
//
// Every request is signed; there is no session and no password. The signature is by a request key (Ed25519), which is in
// the room's memory alone, and which the room's identity key (ECDSA P-256) gave a [Mandate] for a day: so a meeting goes
// on while a TPM is away, and no request waits for one. It covers method, path, time, nonce and body; authorization.go
// and mandate.go of package request draw the layouts. The hub refuses a nonce that it has seen, and a room whose clock is more than [MaxClockSkew] away from its own, telling it the right time.
//
//	GET  /v1/hello            -> HubInfo
//	POST /v1/meetings/now     {"title"}                     -> Ticket
//	POST /v1/meetings/join    {"number", "passcode"}        -> Ticket
//	POST /v1/meetings/renew   {"instance", "participant"}   -> {"relay_token"}
//	POST /v1/meetings/leave   {"instance", "participant"}   -> {}
//	GET  /v1/calls/rooms      -> Callees
//	POST /v1/calls/place      {"room"}                      -> PlacedCall
//	POST /v1/calls/answer     {"call"}                      -> Ticket
//	POST /v1/calls/decline    {"call", "busy"}              -> {}
//	POST /v1/calls/wait       {"ringing", "rooms"}          -> Waiting, once it says something else, at most 25 s later
//	POST /v1/calls/watch      {"call", "state"}             -> {"state"}, likewise
//	POST /v1/rooms/succeed    {"statement"}                 -> {"key"}; see succession.go
//
//	POST /v1/guests/...       of people with a browser, where the hub lets them in; see guests.go
//
// A refusal is an [Error] with a code for programs and a sentence for people.
//
// # Instances and leases
//
// A meeting (a number and a passcode) may run many times. Each run has an instance id of its own, so that nothing
// signed or sealed in one run means anything in another.
//
//	          Join: no open instance               last one left
//	no instance -----------------------> open -----------------------> ended
//	                                      | ^  \                         ^
//	                                 Join | | Renew    Join: all leases  |
//	                                      +-+       `-- have run out ----+  (and a new one opens)
//
// A participant's place lasts for [Lease] after the last renewal, counted from the hub's start where that is later, so
// that a hub that was down for an hour does not split a meeting that went on without it. For the same reason an instance
// whose leases have all run out stays open, and may be renewed, until somebody joins anew.
//
// # Calls
//
// A call is an instance for two rooms with a meeting of its own, which has no number that could be joined. The caller's
// place is there while it rings, so that both talk as soon as it is answered. [CallState] draws how it goes on. Rooms
// hear of it by requests that wait (waits.go). Everything about a call is in the store, so that it does not matter which
// of several hubs on one store the two rooms talk to; a hub looks once a second for what the others have changed.
package directory
