// Package keystore holds the room's identity key and seals its small secrets. Callers get operations, never key bytes.
//
// A Store signs with the identity (ECDSA P-256), and seals and unseals secrets for the device it belongs to. The file
// backend is here (OpenFile); the TPM backend is its sibling behind the same interface, in package tpm. keystoretest has
// the suite that every backend must pass, and internal/generations is how both write their files.
//
// # One rule above all
//
// A keystore never makes a new identity because it could not read the old one. Missing, corrupt, unreadable, wrong
// secret, in use and disk full are different errors (see Error), because the room says and does something different for
// each. Only ErrMissing on a folder that never held an identity, together with FileOptions.CreateIfMissing, makes one. A
// folder with the identity of the other backend is refused too (ErrOtherBackend): a room whose TPM fails gets no new
// identity in a file.
//
// # The folder of the file backend
//
//	lock                             held with flock(2) while a process has the store open; holds its process id
//	identity-<16 hex digits>.key     one generation; the number in the name is the generation in the file
//	identity.tmp                     a write that was under way; the next write overwrites it
//	identity-<digits>.key.corrupt    a generation that did not read back, set aside and never deleted (.corrupt-2, ...)
//
// The folder has mode 0700 and the files 0600; anything more open is refused. A write makes a new generation: temporary
// file, fsync, rename, fsync of the folder, and only then are generations before the previous one removed. So there are
// two good generations at rest, each complete in itself. OpenFile takes the newest valid one, sets corrupt ones aside
// and writes what is missing.
//
// # The identity file, version 1
//
// Numbers are big endian. The file has exactly 268 bytes.
//
//	offset  bytes  what
//	     0      8  "GREENKEY"
//	     8      1  version: 1
//	     9      1  protection: 1 credential, 2 passphrase, 3 none
//	    10      8  generation, from 1
//	    18     16  device id, random
//	    34      8  created, seconds since 1970-01-01 UTC
//	    42     65  identity public key: uncompressed P-256 point (SEC 1, section 2.3.3)
//	   107     16  salt, random
//	   123      4  argon2id: passes        \
//	   127      4  argon2id: memory in KiB  > all 0 unless protection is 2
//	   131      1  argon2id: lanes         /
//	   132     24  nonce, random
//	   156     64  sealed: 32 bytes identity private scalar, 32 bytes data key
//	   220     16  tag of the sealed bytes
//	   236     32  SHA-256 of bytes 0 to 235
//
// Every later version also ends with the SHA-256 of all bytes before it: a wrong sum is a damaged file, whatever the
// version byte says, and a right sum with an unknown version is a file from a newer program. The sum finds damage; it
// is no protection against a person. That is the tag's work: the sealed bytes are XChaCha20-Poly1305 (RFC 8439 with the
// 24-byte nonce of draft-irtf-cfrg-xchacha) under the key-encryption key, with
//
//	"greenroom keystore 1 identity" || bytes 0 to 131
//
// as associated data, so nothing in clear can be changed either, and the sealed bytes fit no other device.
//
// # The key-encryption key
//
// It is 32 bytes of HKDF-SHA256 (RFC 5869) with the file's salt, the info "greenroom keystore 1 " followed by
// "credential", "passphrase" or "none", and as the input key:
//
//   - credential: the credential's bytes, at least 32 (systemd's LoadCredentialEncrypted keeps them under the TPM or the
//     host's key);
//   - passphrase: 32 bytes of argon2id (RFC 9106) over the passphrase with the same salt and the parameters in the file.
//     A file with weaker parameters than today's is written again when it is opened;
//   - none: no bytes. Whoever reads the file has the identity. For development, and only if asked for by name.
//
// # Sealed secrets
//
// What Seal returns is kept by the caller, where it likes:
//
//	offset  bytes  what
//	     0      1  version: 1
//	     1     24  nonce, random
//	    25      n  sealed secret
//	  25+n     16  tag
//
// XChaCha20-Poly1305 under the data key; the associated data is
//
//	"greenroom keystore 1 secret" || device id (16 bytes) || purpose
//
// so that a secret opens only on its device and for its purpose.
package keystore
