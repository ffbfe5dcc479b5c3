// Package sframe seals and opens encoded media frames as RFC 9605 (SFrame) says, so that a relay forwards what it
// cannot read.
//
// One SFrame key belongs to one epoch, one sender and one of its streams; its key id says which (meeting/SPEC.md,
// section 10, "Media"). A Sender holds one key and counts its frames. A Receiver holds the keys of everybody who may be heard, and
// remembers for each which counters it has seen, so that a frame opens once.
//
// A sealed frame:
//
//	+----------------+---------------+---------------------------+------------+
//	| clear          | SFrame header | ciphertext                | tag        |
//	| as encoded     | 1..17 bytes   | as long as the plaintext  | 16 bytes   |
//	+----------------+---------------+---------------------------+------------+
//
// The clear bytes are the start of the encoded frame, which a relay has to read (media.Split). They are
// authenticated together with the SFrame header and with the extra bytes that both sides know (the epoch's key
// commitment): header || clear || extra is the associated data, so clear || extra is what RFC 9605 calls metadata.
//
// The cipher suite is AES-256-GCM with SHA-512 and 16-byte tags (suite 5); there is no negotiation. Nothing here
// reads a clock, opens a socket or starts a goroutine, and Seal and Open do not allocate once the buffers that they
// are given and keep are large enough.
package sframe
