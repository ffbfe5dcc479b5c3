package meeting

import (
	"crypto/hpke"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"

	"greenroom/meeting/wire"
)

// admissionInfo binds a pairwise key to the instance and to both announcements (SPEC.md, section 8).
func admissionInfo(instance wire.InstanceID, leader, member [32]byte) []byte {
	info := append([]byte("greenroom-1 admission"), instance[:]...)
	info = append(info, leader[:]...)
	return append(info, member[:]...)
}

const (
	pairwiseLabel = "greenroom-1 pairwise"
	pairwiseSize  = 32
)

// encapsulate makes the leader's pairwise key with a member, and what the member needs to make the same.
func encapsulate(encryptionKey, info []byte) (encapsulation, pairwise []byte, err error) {
	pub, err := hpke.MLKEM768X25519().NewPublicKey(encryptionKey)
	if err != nil {
		return nil, nil, fmt.Errorf("read the member's encryption key: %w", err)
	}
	encapsulation, sender, err := hpke.NewSender(pub, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
	if err != nil {
		return nil, nil, fmt.Errorf("encapsulate to the member: %w", err)
	}
	pairwise, err = sender.Export(pairwiseLabel, pairwiseSize)
	return encapsulation, pairwise, err
}

// decapsulate makes the member's side of the pairwise key.
func decapsulate(key hpke.PrivateKey, encapsulation, info []byte) ([]byte, error) {
	recipient, err := hpke.NewRecipient(encapsulation, key, hpke.HKDFSHA256(), hpke.ExportOnly(), info)
	if err != nil {
		return nil, fmt.Errorf("open the leader's encapsulation: %w", err)
	}
	return recipient.Export(pairwiseLabel, pairwiseSize)
}

// encryptionKeyHash is how an announcement names the encryption key.
func encryptionKeyHash(key []byte) [32]byte { return sha256.Sum256(key) }

// sealBox fills in the box of b, whose other fields are set.
func sealBox(b *wire.KeyBox, pairwise, meetingKey []byte, instance wire.InstanceID, leader, receiver wire.ParticipantID) error {
	aead, err := chacha20poly1305.NewX(pairwise)
	if err != nil {
		return fmt.Errorf("seal key box: %w", err)
	}
	aead.Seal(b.Box[:0], b.BoxNonce[:], meetingKey, b.AssociatedData(instance, leader, receiver))
	return nil
}

// openBox returns the meeting key in b.
func openBox(b *wire.KeyBox, pairwise []byte, instance wire.InstanceID, leader, receiver wire.ParticipantID) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(pairwise)
	if err != nil {
		return nil, fmt.Errorf("open key box: %w", err)
	}
	return aead.Open(nil, b.BoxNonce[:], b.Box[:], b.AssociatedData(instance, leader, receiver))
}
