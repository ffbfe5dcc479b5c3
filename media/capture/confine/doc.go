// Package confine takes from a process what it does not need: files and devices (Landlock), networks, programs and the
// kernel's rarer services (seccomp). What is taken stays taken, from the process and from whatever it starts.
//
// A capture process has C code that reads what a device or a camera in the network sends. Whoever takes such a process
// over gets the one device that it has open anyway.
//
//	kind        may read                    may open for use        may start   sockets
//	camera      where cameras are listed    that camera             nothing     none
//	microphone  the sound system's          the sound cards         nothing     unix
//	            configuration
//	command     programs, configuration,    devices, files for a    programs    all
//	            what its arguments name     short time
//
// A command is what an administrator has named, such as ffmpeg with a camera in the network, so it has its programs and
// its network. It has neither the room's state nor its credentials, nor may it change anything that lasts.
//
// Apply is followed by Verify, which tries what must fail. A kernel without Landlock or seccomp is told by Apply; a kernel
// that says yes and does nothing is found by Verify.
//
// Landlock: docs.kernel.org/userspace-api/landlock.html. Its rules reach every thread by libpsx, seccomp's by
// SECCOMP_FILTER_FLAG_TSYNC. Linux only.
package confine
