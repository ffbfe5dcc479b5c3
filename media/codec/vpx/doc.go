// Package vpx encodes VP8 with libvpx for conversation: real time at its fastest setting (cpu_used -8), constant bit
// rate with a microsecond time base, error resilient, keyframes and bit rate on demand.
//
// It stands in for mediadevices' own VP8 encoder, which has neither of the first two and needs three times the
// processor. Encoder is the plain form; Params makes it a mediadevices codec.VideoEncoderBuilder. libvpx-dev is needed
// to build, libvpx7 to run.
package vpx
