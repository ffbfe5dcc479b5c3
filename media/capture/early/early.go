// Package early does what a capture process must do before Go runs in it, in a constructor of the C library. Importing it
// is all.
//
// It forgoes new privileges (PR_SET_NO_NEW_PRIVS), which the kernel keeps for each thread: threads that are made later
// inherit it, and a process that does so only in Go's main has several by then.
//
// And it keeps a camera's process from the sound cards. Packages look for devices when they initialise, whatever the process
// is for; opening every sound card takes long, may disturb who records, and is none of a camera's business. ALSA reads a
// configuration that knows of none.
package early

// #include <sys/prctl.h>
import "C"
