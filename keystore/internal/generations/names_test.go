package generations

import "testing"

func TestNames(t *testing.T) {
	for name, want := range map[string]uint64{
		"identity-0000000000000001.key":         1,
		"identity-00000000000000ff.key":         255,
		"identity-00000000000000FF.key":         0,
		"identity-1.key":                        0,
		"identity-0000000000000001.key.corrupt": 0,
		"identity-+000000000000001.key":         0,
		"identity-0000000000000001.tpm":         0,
		"identity.tmp":                          0,
		"lock":                                  0,
	} {
		if got, ok := KeyFile.parse(name); got*boolToOne(ok) != want {
			t.Errorf("%s: %d, %v", name, got, ok)
		}
	}
}

func boolToOne(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
