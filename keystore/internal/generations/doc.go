// Package generations writes a backend's record so that power loss, a full disk and a crash lose neither the old nor the
// new one. The backends of keystore share it; what a record holds is theirs.
//
// A record is never overwritten. Each write makes a new file, a generation: temporary file, fsync, rename, fsync of the
// folder, and only then are generations before the previous one removed. So there are two complete generations at rest.
// Scan finds them newest first. What does not read back is set aside under another name and never deleted.
//
//	lock                               held with flock(2) while a process has the store open; holds its process id
//	identity-<16 hex digits><suffix>   one generation; the suffix says which backend wrote it
//	identity.tmp                       a write that was under way; the next write overwrites it
//	identity-<...><suffix>.corrupt     a generation that did not read back (.corrupt-2, ...)
//
// A counter (counter-<digits>.counter) and a roll (roll-<digits>.roll) are kept in the same way.
//
// A folder belongs to one backend for ever: Scan refuses one that holds another backend's generations, set aside or not.
// Otherwise a room whose TPM fails could be given a new identity in a file, and nobody would notice.
package generations
