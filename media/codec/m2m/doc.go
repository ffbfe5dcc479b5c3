// Package m2m encodes pictures by a hardware encoder behind Video4Linux: a stateful memory-to-memory device, as the encoders of
// Raspberry Pi, Qualcomm, MediaTek, Samsung, NXP and Rockchip are. It is pure Go; what is done by the chip is done outside of every process.
//
//	picture --copied--> OUTPUT queue --> chip --> CAPTURE queue --copied--> frame
//
// A device is opened for pictures of one size: formats, controls, buffers that are mapped into memory, and both queues on. Then a
// picture is queued, and its frame is waited for. A chip that holds a picture back until the next one comes is waited for
// briefly: its frames then come one picture late. One that gives nothing while all its buffers are full hangs, which is an error.
//
// What a driver must have: a raw format of 4:2:0 in one buffer (YU12 or NV12), and for H.264 the bit rate. All else is asked
// for and may be refused; what WebRTC needs nonetheless is made good here: parameter sets before each keyframe (repeated out
// of the first ones), and keyframes on request (where there is no such control, both queues are turned off and on, and the next
// picture is an IDR).
//
// The protocol is the kernel's "Memory-to-Memory Stateful Video Encoder Interface",
// docs.kernel.org/userspace-api/media/v4l/dev-encoder.html; layouts and numbers are those of linux/videodev2.h and
// linux/v4l2-controls.h on 64-bit machines. `make test-encoder` runs it on vicodec, the kernel's own encoder, whose codec is another (FWHT); no
// chip with H.264 was there to try. VAAPI, which the encoders of Intel and AMD speak, is another interface, and not here.
package m2m
