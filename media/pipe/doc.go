// Package pipe is what greenroom-capture and the daemon say to each other: over the child's standard output go encoded
// frames, over its standard input requests. It holds the byte layouts and nothing else; media/source is the daemon's
// end, media/capture the child's.
//
// Both directions are messages of one form:
//
//	+------+--------------------+---------------------+
//	| type | length (3 bytes)   | body                |
//	+------+--------------------+---------------------+
//
// Numbers are big-endian. Each type has a largest length, and a body has one encoding: nothing may follow its last
// field. The child's first message is Hello, with the version of these layouts; a Format comes before the first Frame
// and whenever the picture's size or the device changes.
//
//	child to daemon                         daemon to child
//	Hello    magic, version                 Keyframe  the next picture of a layer needs no earlier one
//	Format   what the frames are            BitRate   bits a second from now on
//	Frame    one encoded frame              Enabled   camera on or off, microphone open or muted
//	Level    sound level while muted        Stop      end (so does the end of the input)
//	Status   what it does, or why it ends
//	Alive    once a second, frames captured Layers    sizes and bit rates of a picture's layers
//	Controls what a camera can adjust       Adjust    brightness, focus, zoom ...
//
// The daemon treats the child as hostile: it decodes pictures' and drivers' data, so everything that it says is
// checked here, and nothing that it says is an instruction.
package pipe
