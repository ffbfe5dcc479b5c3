// Package capture is what greenroom-capture does: it captures one camera or microphone, encodes it, and writes the
// frames to its output (package pipe). It is a process of its own for each device, because drivers and codecs are C
// code that reads what devices and files say; it never sees a key.
//
//	V4L2 driver ---+                                                +--- stdout: frames, levels, status
//	microphone ----+--> pictures or sound --> vpx, m2m or opus --> outbox
//	command -------+          ^                   ^
//	                          |                   |                 +--- stdin: requests
//	                       on / off        keyframe, bit rate  <----
//
// What a camera can adjust (brightness, focus, zoom) is told while it is open, and adjusted on demand (adjust.go).
//
// A picture is encoded once for each size that the daemon asks for (layers.go), the largest first.
//
// A picture waits in a box that holds only the newest, and is taken when there is room in the output: a slow daemon
// gets fewer pictures, not older ones, and a device is never kept waiting. Sound that finds no room is dropped.
//
// Off means that a camera is closed or its command ended, and that sound is dropped here while its level is told.
// Whatever goes wrong ends the process with one sentence, as a Status message; the daemon decides when to try again.
package capture
