// Package attest is how a hub comes to know that a room's identity key is in a genuine TPM and can't leave it. It is the
// hub's side, and needs no TPM: what a TPM says is signed, and this package checks it. The room's side is Attest and
// Activate of keystore.Store.
//
//	hub                                        room
//	nonce  ------------------------------------>
//	       <------------------------------------ evidence = store.Attest(nonce)
//	claim = Verify(evidence, {roots, nonce})
//	challenge, answer = claim.Challenge()
//	challenge --------------------------------->
//	       <------------------------------------ store.Activate(challenge)
//	equal to answer: claim.Identity is in the TPM of claim.Certificate
//
// # What proves what
//
// Three keys are in the TPM:
//
//   - the endorsement key (EK), which only decrypts. The TPM's maker certified it: the certificate leads to a root that the
//     hub trusts. That says that it is in a genuine TPM, and not in a program that looks like one.
//   - the attestation key (AK), a restricted key: it signs only what the TPM itself says. Nobody certified it. The challenge
//     is encrypted to the EK in such a way that the TPM decrypts it only if it also has an AK of that name
//     (TPM2_MakeCredential, TPM2_ActivateCredential). So the right answer says: this AK is in the EK's TPM.
//   - the identity key. The AK signs (TPM2_Certify), together with the hub's nonce, that a key of that name is in its TPM;
//     the name covers the attributes: made in there, and fixed to it.
//
// Verify without Challenge proves nothing about the certificate: evidence could join one TPM's certificate with another
// one's keys. And Verify refuses every EK and AK that is not exactly the published template, since a caller who could
// choose the attributes could choose a key that leaves the TPM.
//
// A quote (TPM2_Quote) over the platform configuration registers (PCRs) 0 to 7 comes with it: what firmware and boot
// loader measured. This package checks that the quote is right, and not what the values mean.
//
// # Evidence, version 1
//
// Numbers are big endian; public areas and attestations are as the TPM gives them (TPM 2.0 Library, part 2: TPMT_PUBLIC,
// TPMS_ATTEST). Signatures are r and s of 32 bytes each.
//
//	bytes  what
//	    8  "GREENATT"
//	    1  version: 1
//	  2+n  EK certificate, DER, after its length
//	    1  number of further certificates that the TPM has (0 to 8), then each: 2+n
//	  2+n  EK, public area
//	  2+n  AK, public area
//	  2+n  identity key, public area
//	  2+n  attestation of TPM2_Certify
//	   64  its signature by the AK
//	  2+n  attestation of TPM2_Quote
//	   64  its signature by the AK
//	    3  which PCRs of the SHA-256 bank it is about: PCR i is bit i%8 of byte i/8
//	 32*k  their values, in order
//
// The qualifying data are 32 bytes: SHA-256(SHA-256("greenroom-1 attestation key") || SHA-256(nonce)) of TPM2_Certify, and
// "greenroom-1 attestation quote" of TPM2_Quote.
//
// A challenge is 2+n bytes TPM2B_ID_OBJECT followed by 2+n bytes TPM2B_ENCRYPTED_SECRET; the answer has 32 bytes.
//
// testdata/vector-1.txt has an example, made with a TPM in software.
package attest
