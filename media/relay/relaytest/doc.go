// Package relaytest runs a real LiveKit server on loopback, for tests and for the demo.
//
// There is no fake relay in this project: LiveKit starts in under a second, so everything that talks to a relay is
// tried against the real one. Start writes a configuration file into a folder, starts the server as a child process
// and returns when it answers. Nothing of it can be reached from another machine: signalling and media are bound to
// 127.0.0.1, ICE over TCP is off (LiveKit binds that port on every interface), and no STUN server is asked.
//
// The child gets SIGKILL from the kernel when this process dies, however it dies. Kill, Stop and Restart play what
// happens to relays in the field; Restart uses the same ports and the same key, so that clients find it again.
package relaytest
