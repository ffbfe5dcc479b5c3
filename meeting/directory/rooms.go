package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"greenroom/meeting/wire"
)

// Room is a room that the hub knows.
type Room struct {
	Name         string
	Key          []byte // identity key: 65-byte uncompressed P-256 point
	Organisation bool   // it belongs to the hub's own organisation
}

// Fingerprint names an identity key as the room's own screen does, for people to compare: the first 32 hexadecimal
// digits of the SHA-256 of its 65 bytes, in groups of 4.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	digits := hex.EncodeToString(sum[:16])
	groups := make([]string, 0, 8)
	for ; digits != ""; digits = digits[4:] {
		groups = append(groups, digits[:4])
	}
	return strings.Join(groups, " ")
}

// CheckRooms refuses keys that are no point of P-256, names that would not show, and names or keys given twice.
func CheckRooms(rooms []Room) error {
	_, err := indexRooms(rooms)
	return err
}

// indexRooms maps identity keys to rooms, and checks them as CheckRooms says.
func indexRooms(rooms []Room) (map[string]Room, error) {
	index, names := make(map[string]Room, len(rooms)), make(map[string]bool, len(rooms))
	var errs []error
	for _, r := range rooms {
		_, err := wire.ParseIdentityKey(r.Key)
		switch other, taken := index[string(r.Key)]; {
		case !wire.ValidName(r.Name):
			errs = append(errs, fmt.Errorf("%+.140q cannot be a room's name: %s", r.Name, nameAdvice(r.Name)))
		case err != nil:
			errs = append(errs, fmt.Errorf("the key of room %q is not an uncompressed P-256 point of %d bytes", r.Name, wire.IdentityKeySize))
		case taken:
			errs = append(errs, fmt.Errorf("rooms %q and %q have the same key", other.Name, r.Name))
		case names[r.Name]:
			errs = append(errs, fmt.Errorf("two rooms are called %q", r.Name))
		}
		index[string(r.Key)], names[r.Name] = r, true
	}
	return index, errors.Join(errs...)
}
