// Package conference is one meeting that a room is in: it joins the meeting core, the relay, the frame keys and the
// playout, which know nothing of each other.
//
//	source -> sealer -> relay           the room's own frames
//	relay -> opener -> Observer.Play    the others' frames
//	relay <-> core                      protocol messages
//	core -> sealer, opener              epoch keys
//
// The core is stepped by one goroutine, Run's own; frames pass by on the goroutines that bring them and meet it only
// where keys change hands. The keys live as long as Run does.
package conference
