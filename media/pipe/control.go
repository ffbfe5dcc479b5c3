package pipe

import "encoding/binary"

// AllLayers stands for every layer in the request for a keyframe.
const AllLayers = 1<<MaxLayers - 1

// AppendKeyframe appends the request for a picture that needs no earlier one: a bit for each layer (1 byte).
func AppendKeyframe(dst []byte, layers uint8) []byte {
	start := len(dst)
	return end(append(begin(dst, TypeKeyframe), layers&AllLayers), start)
}

// ParseKeyframe reads a Keyframe's body. The error is ErrProtocol.
func ParseKeyframe(b []byte) (layers uint8, err error) {
	if len(b) != 1 || b[0]&^AllLayers != 0 {
		return 0, protocolError("a request for a keyframe of other layers than there are")
	}
	return b[0], nil
}

// AppendStop appends the request to end.
func AppendStop(dst []byte) []byte { return appendEmpty(dst, TypeStop) }

// AppendBitRate appends the request for another bit rate, in bits a second (4 bytes).
func AppendBitRate(dst []byte, bitsPerSecond int) []byte {
	start := len(dst)
	return end(binary.BigEndian.AppendUint32(begin(dst, TypeBitRate), uint32(bitsPerSecond)), start)
}

// ParseBitRate reads a BitRate's body. The error is ErrProtocol.
func ParseBitRate(b []byte) (int, error) {
	if len(b) != 4 {
		return 0, protocolError("a bit rate has %d bytes", len(b))
	}
	return int(binary.BigEndian.Uint32(b)), nil
}

// AppendEnabled appends the request to give frames or none: 0 or 1 (1 byte).
func AppendEnabled(dst []byte, on bool) []byte {
	start := len(dst)
	var b byte
	if on {
		b = 1
	}
	return end(append(begin(dst, TypeEnabled), b), start)
}

// ParseEnabled reads an Enabled's body. The error is ErrProtocol.
func ParseEnabled(b []byte) (bool, error) {
	if len(b) != 1 || b[0] > 1 {
		return false, protocolError("a switch is neither on nor off")
	}
	return b[0] == 1, nil
}
