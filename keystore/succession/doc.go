// Package succession is the statement by which a device's new identity key follows its old one. Both keys sign it: the
// old one says who comes next, and the new one that it is there and wants to be. So a hub that knows the old key needs to
// ask nobody whether the new one is the same device's, and nobody can have another's key succeed.
//
//	statement, err := succession.Make(device, time.Now(), old, next)   // the device
//	s, err := succession.Verify(statement, knownKey)                   // the hub
//
// The device goes on with its old key until the hub has acknowledged (package custody: Rotate, Commit).
//
// # The statement, version 1
//
// Numbers are big endian. It has exactly 291 bytes, and one form only for its content but for the signatures, which
// differ from one signing to the next.
//
//	offset  bytes  what
//	     0      8  "GREENSUC"
//	     8      1  version: 1
//	     9     16  device id
//	    25      8  time of the statement, seconds since 1970-01-01 UTC
//	    33     65  old public key: uncompressed P-256 point (SEC 1, section 2.3.3)
//	    98     65  new public key
//	   163     64  signature by the old key
//	   227     64  signature by the new key
//
// Both are ECDSA signatures, r and s of 32 bytes each, over the SHA-256 of
//
//	SHA-256("greenroom-1 succession") || SHA-256(bytes 0 to 162)
//
// which is how the meeting protocol signs too, with a label that it does not use.
//
// testdata/vector-1.txt has an example. Both sides check the time as they see fit; the statement only carries it.
package succession
