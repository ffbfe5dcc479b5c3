// Package tpm is the keystore backend whose identity key is in a TPM 2.0 and never leaves it. It is the sibling of the
// file backend in package keystore, behind the same Store, and passes the same suite (keystoretest).
//
//	s, err := tpm.Open(dir, tpm.Options{CreateIfMissing: true})
//	signature, err := s.Identity().Sign(nil, digest, crypto.SHA256)
//
// Whoever takes the disk has nothing without this very TPM. Whoever is root on the running machine can use the key (and
// could do so with any password that the machine itself has to know), but can't take it away.
//
// # What is where
//
// The TPM keeps its owner seed and one counter in its non-volatile memory; nothing else of ours stays in it. From the
// seed it derives the storage primary (TCG ECC SRK template, P-256), the same one each time until it is cleared. Under
// the primary it makes two objects, which it gives out encrypted so that only it can load them again:
//
//	identity   ECDSA P-256 key for SHA-256, made by the TPM
//	data key   32 random bytes, sealed
//
// Secrets (Seal, Unseal) are encrypted here under the data key, exactly as the file backend does (package keystore,
// "Sealed secrets"): a TPM seals some hundred bytes, and slowly. The data key is in memory while the store is open, so
// sealing works, and a meeting goes on, while the TPM is away; only Sign and the counter need it. The counter's password
// comes from the data key.
//
// # How an operation runs
//
// Each operation opens the device, makes the primary, loads at most one object, and flushes both before it returns, also
// after an error: a TPM has three slots for loaded objects, and one that is left behind is missing for everybody until
// the machine starts again. withSRK and withLoaded are the only ways to a handle. Operations of one store wait for each
// other. The data key and the counter's password travel in sessions whose key is encrypted to the primary; that the
// primary is the one of the record is checked first, so neither a listener on the bus nor a chip in between gets them.
//
// # Attestation
//
// Attest reads the maker's certificate for the endorsement key (EK), and makes two keys from the endorsement seed: the EK by
// its template, and an attestation key (AK) that signs only what the TPM itself says. The AK certifies the identity key and quotes
// PCRs 0 to 7, both with the hub's nonce. Activate has the TPM open what the hub encrypted to the EK for that AK. Neither key
// is kept; like everything else they are flushed, and three slots are enough. Package attest has the hub's side and the
// formats. The endorsement hierarchy's password must be empty for it, as it is on a new machine.
//
// # Learned the hard way by others, and kept here
//
//   - Everything has NoDA: wrong passwords given by any other program lock the TPM, and must not lock the room out.
//   - No PCR is bound unless asked for (Options.PCRs): an update of firmware or kernel would otherwise lose the identity.
//   - The owner password must be empty, as it is on a new machine. Distributions and other programs expect the same.
//   - A TPM that is busy, gone, locked or another one says nothing about the files, and never leads to a new identity.
//   - go-tpm's transports sleep for a busy TPM and then return neither answer nor error; and it cuts a session's
//     password at its first zero byte. So the device is read here, and passwords are hexadecimal.
//   - A TPM's memory wears out by writing. Only Increment, and making an identity, write to it.
//
// # Errors
//
// All are a *keystore.Error. By its kind:
//
//	ErrMissing        the folder never held an identity: first start
//	ErrTPMGone        no TPM, or it does not answer or work; may come back
//	ErrTPMBusy        it was occupied for all tries, or other programs fill its slots; passes
//	ErrTPMLockout     it is locked after wrong passwords; passes
//	ErrTPMReplaced    it has another endorsement key, and derives another primary: another TPM
//	ErrTPMCleared     its endorsement key is the record's, and its primary is not; or its counter was deleted or replaced
//	ErrTPMPolicy      the identity is bound to PCRs, and they have other values now
//	ErrNoEndorsement  it has no certificate to attest with (Attest, Activate)
//	ErrCorrupt        it is the right TPM, and no generation of the file is good; the files are set aside
//	ErrTPMRefused     anything else that a TPM answers, such as a missing feature or an owner password
//	ErrOtherBackend   the folder holds an identity of the file backend
//
// and those of the file backend for the folder (ErrUnreadable, ErrTooOpen, ErrInUse, ErrNoSpace, ErrUnsupported).
//
// # The identity file, version 1
//
// Its name is identity-<16 hex digits>.tpm; it is written, kept twice and set aside as the file backend's is (package
// keystore, "The folder of the file backend"). Numbers are big endian.
//
//	offset  bytes  what
//	     0      8  "GREENTPM"
//	     8      1  version: 1
//	     9      8  generation, from 1
//	    17     16  device id, random
//	    33      8  created, seconds since 1970-01-01 UTC
//	    41      4  NV index of the counter, 0x01800000 to 0x01BFFFFF
//	    45      3  PCRs of the SHA-256 bank that it is bound to: PCR i is bit i%8 of byte i/8; 0: none
//	    48     34  name of the endorsement key (TCG ECC P-256 template)
//	    82     34  name of the storage primary (TPM 2.0 Library, part 1, section 16: algorithm and hash)
//	   116     65  identity public key: uncompressed P-256 point (SEC 1, section 2.3.3)
//	   181    2+n  identity, public area (TPMT_PUBLIC) after its length
//	        2+n  identity, private area (the buffer of a TPM2B_PRIVATE) after its length
//	        2+n  data key, public area
//	        2+n  data key, private area
//	          32  HMAC-SHA256 of all bytes before it
//	          32  SHA-256 of all bytes before it
//
// The last sum finds damage; the HMAC before it finds a file that was put together from others. Its key is 32 bytes of
// HKDF-SHA256 (RFC 5869) over the data key without salt, with the info "greenroom keystore 1 tpm record". The counter's
// password is 16 bytes of the same with the info "greenroom keystore 1 tpm counter", in hexadecimal.
//
// testdata holds such a file; TestVector says what is in it.
//
// The counter is an NV index of 8 bytes of the type counter with the attributes AUTHREAD, AUTHWRITE and NO_DA.
package tpm
