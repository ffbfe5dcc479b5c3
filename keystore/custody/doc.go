// Package custody is the room's keystore as the daemon has it: it chooses the backend at the very first start, stays with
// what it chose, and lets one identity follow another without a moment at which either is lost.
//
//	v, err := custody.Open(dir, custody.Options{Backend: custody.Auto, File: secrets, CreateIfMissing: true})
//	statement, err := v.Rotate("")      // or custody.TPM, custody.File: move
//	...                                 // the hub verifies the statement (package succession) and acknowledges the key
//	err = v.Commit(acknowledgedKey)
//
// # Choice
//
//	configured   folder is empty                                      folder has an identity
//	auto         the TPM, if it works; the file, if there is none     what is there, whatever becomes of it
//	tpm          the TPM; an error if it does not work                what is there; ErrOtherBackend if that is a file
//	file         the file                                             what is there; ErrOtherBackend if that is a TPM's
//
// At the first start a TPM works if an identity could be made in it. If there is none, or one that refuses or that the
// system's rights keep from the daemon, auto takes a file, and Info.Notices says so. If it is busy or locked, that is an
// error: the choice lasts, and such a fault does not. No later start falls from a TPM to a file, and none makes an identity
// in a folder that ever held one.
//
// # Rotation
//
//	           Rotate                 Commit(new key)
//	[one] ----------------> [pending] ----------------> [one], the new identity
//	                            |  Abandon
//	                            +----------------------> [one], the old identity
//
// While a rotation is pending, everything goes on with the old identity: it signs, seals and counts. The new one is
// complete on the disk or in the TPM, and signed the succession. Commit is for when the hub has said that it knows the new
// key. Then what was sealed before still opens (its data key was handed over), the counter goes on from its value, and
// the device id stays. Each change is one write of the roll, so a crash leaves the state before it or the one after it,
// never a third; and a call that failed or was cut short can be made again.
//
// A rotation to the other backend is a move, and the same.
//
// # The folder
//
//	lock                        held with flock(2) while a process has the vault open
//	roll-<16 hex digits>.roll   which identity is the device's; kept, renewed and set aside like an identity file
//	identity-<n>/               the store of one identity (package keystore or tpm); n counts the identities from 1
//	identity-<n>.unused/        a next identity that no roll names, from a rotation that was cut short
//
// Identities before the current one are removed, since a rotation may be about a key that somebody copied. Everything
// else that is not used stays.
//
// # The roll, version 1
//
// Numbers are big endian.
//
//	offset  bytes  what
//	     0      8  "GREENROL"
//	     8      1  version: 1
//	     9      8  generation, from 1
//	    17     16  device id
//	    33      4  number of the current identity, from 1
//	    37      4  number of the next identity; 0: no rotation is pending
//	    41      8  what is added to the current store's counter, modulo 2^64
//	    49     65  public key of the current identity: uncompressed P-256 point (SEC 1, section 2.3.3)
//	   114     65  public key of the next identity; 0 without one
//	   179    2+n  succession statement (package succession) after its length; empty without a next identity
//	          2+n  former data keys, handed over to the current identity (package keystore); empty for the first one
//	          2+n  former data keys, handed over to the next identity; empty without one
//	           32  HMAC-SHA256 of all bytes before it
//	           32  SHA-256 of all bytes before it
//
// The HMAC's key is 32 bytes of HKDF-SHA256 (RFC 5869) over the current identity's data key without salt, with the info
// "greenroom keystore 1 roll". The last sum finds damage; the HMAC a roll that was put together by others.
//
// testdata/vector-1.txt has an example.
package custody
