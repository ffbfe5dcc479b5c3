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
//	counter-<16 hex digits>.counter  the counter's value, which is the number in the name; kept and set aside likewise
//	counter.tmp                      a count that was under way
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
//
// # Handed-over data keys
//
// An identity that follows another one (package custody) has a data key of its own, and takes over those before it. They
// are sealed in the same way, with the associated data
//
//	"greenroom keystore 1 former data keys" || device id (16 bytes)
//
// and the content is the data keys of 32 bytes each, the latest first, at most 64. A secret that today's data key does not
// open is tried with each of them.
//
// # The counter file, version 1
//
//	offset  bytes  what
//	     0      8  "GREENCTR"
//	     8      1  version: 1
//	     9      8  value, which is also the file's generation
//	    17     16  device id
//	    33     32  HMAC-SHA256 of bytes 0 to 32; its key is 32 bytes of HKDF-SHA256 over the data key without salt, with the
//	               info "greenroom keystore 1 counter"
//	    65     32  SHA-256 of bytes 0 to 64
//
// The counter's value is the highest one that a file's name has, also of a file that is damaged and set aside: so damage
// never turns it back. No file stands for 0. What a file can't do is tell that the whole folder was replaced by an
// older copy of itself, or that the newest counter files were taken away: for that, a counter has to be in a TPM.
//
// # Keys in memory
//
// The data key and the identity's scalar are in memory while the store is open, the latter only in the file backend.
// What this package copied of them on the way is wiped at once, and what it keeps at Close; the copies within crypto/ecdsa and
// chacha20poly1305 go with the garbage collector, since Go gives no way to them. ForbidCoreDumps keeps memory from core
// files and from other processes of the same user. Nothing is locked into memory (mlock): Go moves and copies as it likes,
// so that would have to be the whole process, and a room's video does not fit into the limits for that. That no key
// reaches a disk by way of swap is the unit's work: MemorySwapMax=0 (systemd.resource-control(5)).
package keystore
