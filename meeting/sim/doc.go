// Package sim runs whole meetings of package meeting in virtual time, over a network that loses, delays, reorders,
// duplicates and partitions, and against an adversary who is hub and relay at once. After every step it checks what
// SPEC.md promises. It drives real Cores through their public API only; only tests import it.
//
// A meeting is made of a seed and a Profile and nothing else: the same two give the same meeting again. Encapsulations
// take their randomness from the system, but nothing that happens depends on it.
//
// Where to read: profile.go has the kinds of meetings; story.go what people do in them; network.go and relay.go what
// lies between them; adversary.go, ghost.go and insider.go who works against them; invariants.go what must always
// hold, and heal.go what must hold once the network is well again. world.go and participant.go move it all.
//
//	go test ./meeting/sim -run 'TestMeetings$'                               some two hundred meetings
//	go test ./meeting/sim -run 'TestMeetings$' -sim.meetings=1000000         as many as you like
//	go test ./meeting/sim -run 'TestMeetings$' -sim.for=10m -timeout 0       for as long as you like
//	go test ./meeting/sim -run 'TestMeetings$' -sim.profile=lossy            of one kind
//	go test ./meeting/sim -run 'TestMeetings$' -sim.profile=lossy -sim.seed=17 -v   one meeting, told step by step
//	go test ./meeting/sim -run 'TestCrowd$' -sim.crowd=1000 -timeout 0       one meeting of 1,000
//
// A meeting that fails prints the command that repeats it. Its profile and seed go into testdata/seeds.txt, with a line
// on what it showed; TestSeeds runs them all before anything else is believed.
package sim
