// Package guest is the browser's side of a meeting: the meeting core, and the signing of requests to the hub, as values
// that a page's worker can take. It decides nothing that package meeting does not decide; wasm, beside it, is the program
// that hands its methods to JavaScript.
//
//	page (LiveKit, what people see) <-> worker (keys, SFrame) <-> wasm <-> guest <-> meeting
//
// A browser's identity key is made by WebCrypto and never leaves it. It hashes what it signs by itself, so it is asked to
// sign inputs and not digests, and its signatures are r and s side by side (IEEE P1363), which are put into ASN.1 here.
//
// The package has no network, no clock and no storage, and imports nothing outside meeting/.
package guest
