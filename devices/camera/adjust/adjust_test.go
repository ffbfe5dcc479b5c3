package adjust_test

import (
	"errors"
	"os"
	"slices"
	"testing"

	"greenroom/devices/camera/adjust"
)

// What is no camera, or one without controls, has nothing to adjust, and that is no error. Real ones are in the virtual machine's
// tests (daemon/lab).
func TestWhatHasNoControls(t *testing.T) {
	c, err := adjust.Open("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if all, err := c.List(); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, k := range append(adjust.Kinds(), 0, 99) {
		if err := c.Set(k, 1); !errors.Is(err, adjust.ErrKind) {
			t.Errorf("%v: %v", k, err)
		}
	}
	if _, err := adjust.Open("/dev/video-not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestKindsHaveNames(t *testing.T) {
	var names []string
	for _, k := range adjust.Kinds() {
		if !k.Known() || slices.Contains(names, k.String()) {
			t.Errorf("%d is called %v", uint8(k), k)
		}
		names = append(names, k.String())
	}
	if adjust.Kind(0).Known() || adjust.Kind(99).String() != "kind-99" {
		t.Error("what does not exist is known")
	}
}
