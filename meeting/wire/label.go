package wire

import "crypto/sha256"

// Label separates the uses of signatures and hashes: no two message kinds share one (SPEC.md, section 4).
type Label string

// The labels.
const (
	LabelStatement    Label = "statement"
	LabelAnnouncement Label = "announcement"
	LabelLink         Label = "list link"
	LabelAnnounce     Label = "announce"
	LabelWelcome      Label = "welcome"
	LabelKeyBox       Label = "key box"
	LabelKeyRequest   Label = "key request"
	LabelLinkRequest  Label = "link request"
	LabelHeartbeat    Label = "heartbeat"
	LabelNonce        Label = "nonce"
	LabelLeave        Label = "leave"
	LabelRefusal      Label = "refusal"
	LabelHostRequest  Label = "host request"
	LabelSealed       Label = "sealed"
	LabelPage         Label = "page"
	LabelSecurityCode Label = "security code"
	LabelCallCode     Label = "call code"
)

// SigningInput returns the 64 bytes that every signature is made over:
// SHA256("greenroom-1 " + label) followed by SHA256(message).
func SigningInput(l Label, message []byte) []byte {
	head := sha256.Sum256([]byte("greenroom-1 " + string(l)))
	body := sha256.Sum256(message)
	return append(head[:], body[:]...)
}

// Hash returns SHA256(SigningInput(l, message)): the hash of a message of that kind, and the digest an ECDSA signature
// of it is made over.
func Hash(l Label, message []byte) [32]byte { return sha256.Sum256(SigningInput(l, message)) }
