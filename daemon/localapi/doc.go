// Package localapi is the room's HTTP interface on the machine itself: State goes out, Commands come in.
//
//	GET  /v1/state      the State, as JSON
//	GET  /v1/events     the State now and after each change, as server-sent events named "state"
//	POST /v1/commands   one Command as JSON; answers with the State, or with a refusal {"command","code","text"}
//	POST /v1/playout    a WebRTC offer (application/sdp) of the screen page; answers with the answer
//	POST /v1/preview    the same of a panel, which is shown the room's own picture and nothing else
//	GET  /screen        the page of the display on the wall
//	GET  /panel         the page of the touch panel
//	GET  /assets/...    what the pages consist of
//
// There are two ways in, and they trust nobody for being on the same machine:
//
//	unix socket   by peer credentials: root, the daemon's own user, the members of one group, and those of another who may
//	              change the room's key besides. No pages, no playout.
//	loopback TCP  by tokens, made afresh at each start, one for the screen and one for the panel. The page is opened
//	              once as /screen?token=...; the token is exchanged for a cookie, and the address is clean again.
//	              The Host and Origin headers must be the listener's own, so that no page of the web reaches it.
//
// What each of them may ask is room.Allowed; the screen is shown no passcode. Server serves, Client is greenroomctl's
// side of the socket. gate.go holds what every request must pass, errors.go what a request is told that did not.
package localapi
