// Package meeting is the end-to-end encrypted core of a meeting: who is in it, who leads it, which key is in use, and
// the security code. SPEC.md beside this file is its specification; comments name its sections.
//
// The core is a pure state machine. It has no clock, socket, goroutine or global, and it builds for js/wasm as it is.
// The caller feeds a Core with messages (Step), the time (Tick), what the relay reports (Connected, Disconnected,
// Present, Gone) and commands (Do), and carries out the Output of each call:
//
//	core, err := meeting.New(cfg)
//	carryOut(core.Start(now))                 // asks for one identity signature
//	carryOut(core.Signed(now, id, sig))
//	carryOut(core.Connected(now))             // the transport is up
//	carryOut(core.Present(now, ids))          // who the relay says is there
//	carryOut(core.Step(now, from, data))      // for every message
//	carryOut(core.Tick(now))                  // whenever core.Next() has come
//
// A Core is used from one goroutine at a time. The EpochKeys that it hands out may be used from others.
//
// Where to read: phase.go has the states; announce.go and newcomer.go the way in; follower.go and keyreceive.go what a
// member does; leader.go, admission.go, rekey.go and host.go what the leader does; succession.go, handover.go, rival.go and
// divided.go how leadership changes, and how a divided meeting comes together; list.go, stage.go and snapshot.go the
// participant list; epoch.go, epochs.go and pairwise.go the keys; mode.go and call.go enhanced encryption, the upgrade and
// calls; sealed.go, content.go and waiting.go chat and whatever else people tell each other.
package meeting
