// Package wire holds the byte layouts of the meeting protocol: parsing, marshalling, labels and hashes, and the hub's
// signed statements. It decides nothing; package meeting does.
//
// Everything is in the TLS presentation language (RFC 8446, section 3) with one deterministic form: a parser accepts
// exactly the bytes that marshalling gives, so a hash or signature over bytes is one over their meaning. Integers are
// big-endian. What a parser reads is not authenticated: it is bounded, and nothing in it is trusted.
//
// Start with Message and Parse for what travels, Entry for what the participant list holds of a person, and
// Statement for what the hub vouches for. The layouts stand above the types; SPEC.md, section 5, has them all.
package wire
