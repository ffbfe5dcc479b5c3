// Package source gives the daemon the encoded frames of one camera or microphone. It runs greenroom-capture as a child
// process, reads what it writes (package pipe), and starts it again whenever it ends, hangs, floods or talks nonsense.
//
//	            SetEnabled, SetBitRate, RequestKeyframe
//	                          |
//	                          v          stdin: requests
//	Frame  <---  +--------+ --------------------------> +-------------------+
//	Status <---  | Source |                             | greenroom-capture | ---> camera, microphone, or command
//	Level  <---  +--------+ <-------------------------- +-------------------+
//	                          stdout: frames, levels, status
//
// States, as the Status callback tells them:
//
//	          child started        first frame
//	starting ---------------> starting ------> running <----> off (switched off; the device is closed)
//	    ^                         |               |
//	    |  after RetryIn          v               v
//	    +---------------------- failed <----------+   the child ended, hung, or was stopped by us
//
// The pause before a restart grows from half a second to half a minute, and falls back after a good minute. The child
// is treated as hostile: it handles drivers' and files' data in C. It gets no key, few environment variables, and no
// open file but its pipes; nothing waits for it without a limit.
//
// The package is pure Go. The C code is in media/capture and media/codec, in the child.
package source
