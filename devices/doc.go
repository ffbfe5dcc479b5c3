// Package devices holds no code: its folders know the hardware of a room, one package a kind of thing or wire
// protocol.
//
//	camera   which cameras the kernel has, by name and by where they are plugged in
//	audio    which sound cards can record
//
// Everything under it is pure Go and opens no device; capturing is the business of media/capture.
package devices
