package pipe

import "encoding/binary"

// MaxLayers is how many layers a picture is encoded in at most (simulcast), the smallest first.
const MaxLayers = 3

// Layer says what is wanted of one layer.
type Layer struct {
	// Height is how many lines the picture has at most; 0: the layer is off.
	Height int
	// BitRate in bits a second; 0 lets the encoder choose by size.
	BitRate int
}

// Layers are what is wanted of all layers; those that are not there are off. Without any layer that is on, the picture
// is encoded once, as it is captured.
type Layers [MaxLayers]Layer

// layersLen is the length of Layers: for each of the three, height (2) and bit rate (4).
const layersLen = MaxLayers * (2 + 4)

// AppendLayers appends the request for other layers. Numbers outside their fields' range are cut off.
func AppendLayers(dst []byte, layers Layers) []byte {
	start := len(dst)
	dst = begin(dst, TypeLayers)
	for _, l := range layers {
		dst = binary.BigEndian.AppendUint16(dst, uint16(l.Height))
		dst = binary.BigEndian.AppendUint32(dst, uint32(l.BitRate))
	}
	return end(dst, start)
}

// ParseLayers reads a Layers' body. The error is ErrProtocol.
func ParseLayers(b []byte) (layers Layers, err error) {
	if len(b) != layersLen {
		return layers, protocolError("layers have %d bytes", len(b))
	}
	for i := range layers {
		layers[i].Height = int(binary.BigEndian.Uint16(b))
		layers[i].BitRate = int(binary.BigEndian.Uint32(b[2:]))
		b = b[6:]
	}
	return layers, nil
}
