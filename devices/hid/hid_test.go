package hid_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/devices/hid"
	"greenroom/devices/hid/hidtest"
)

func parse(t *testing.T, descriptor []byte) *hid.Descriptor {
	t.Helper()
	d, err := hid.Parse(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// field returns the field with a usage.
func field(t *testing.T, d *hid.Descriptor, kind hid.Kind, u hid.Usage) (hid.Field, int) {
	t.Helper()
	for _, f := range d.Fields {
		if at, ok := f.Position(u); ok && f.Kind == kind {
			return f, at
		}
	}
	t.Fatalf("no field has the usage %s", u)
	return hid.Field{}, 0
}

func TestParse(t *testing.T) {
	d := parse(t, hidtest.Speakerphone())
	if !d.Numbered || len(d.Fields) != 5 {
		t.Fatalf("%+v", d)
	}
	for _, c := range []struct {
		kind     hid.Kind
		usage    hid.Usage
		report   uint8
		bit      int // with the position
		relative bool
	}{
		{hid.Input, 0x0C00EA, 1, 1, false},
		{hid.Input, 0x0B0020, 2, 0, false},
		{hid.Input, 0x0B002F, 2, 2, true},
		{hid.Input, 0x090007, 2, 4, false}, // its page came after it
		{hid.Output, 0x080017, 2, 0, false},
		{hid.Output, 0x080009, 2, 1, false},
		{hid.Output, 0x080020, 2, 3, false},
	} {
		f, at := field(t, d, c.kind, c.usage)
		if f.Report != c.report || f.Bit+at*f.Size != c.bit || f.Flags&hid.Relative != 0 != c.relative {
			t.Errorf("%s: position %d of %+v", c.usage, at, f)
		}
	}
	if n := d.Length(hid.Output, 2); n != 1 {
		t.Errorf("the output report has %d bytes", n)
	}
	if n := d.Length(hid.Output, 3); n != 0 {
		t.Errorf("a report that is not there has %d bytes", n)
	}
}

func TestParseKeyboard(t *testing.T) {
	d := parse(t, hidtest.Keyboard())
	if d.Numbered {
		t.Error("its reports have no IDs")
	}
	keys, at := field(t, d, hid.Input, 0x070004)
	if keys.Bit != 8 || keys.Count != 6 || keys.Max != 255 || at != 4 {
		t.Errorf("keys: position %d of %+v", at, keys)
	}
	if n := d.Length(hid.Input, 0); n != 7 {
		t.Errorf("the input report has %d bytes", n)
	}
	if v, ok := keys.Value([]byte{0, 9, 8, 7, 6, 5, 4}, 5); !ok || v != 4 {
		t.Errorf("the last key is %d, %t", v, ok)
	}
	if _, ok := keys.Value([]byte{0, 9, 8, 7, 6, 5}, 5); ok {
		t.Error("a key beyond the report has a value")
	}
}

// TestParseState: what is kept and taken back, usages with a page of their own, sets of usages, and long items.
func TestParseState(t *testing.T) {
	d := parse(t, []byte{
		0xFE, 0x02, 0x10, 0xAA, 0xBB, // a long item
		0x05, 0x0B, 0x75, 0x01, 0x95, 0x02, 0xA4, // kept: page 0B, 2 times 1 bit
		0x05, 0x08, 0x75, 0x08, 0x95, 0x01, 0x15, 0x81, 0x25, 0x7F, // page 08, 8 bits, -127 to 127
		0x0B, 0x30, 0x00, 0x01, 0x00, 0x81, 0x06, // usage 01/30, whatever the page
		0xB4,                                                       // taken back
		0xA9, 0x01, 0x09, 0x20, 0x09, 0x21, 0xA9, 0x00, 0x09, 0x2F, // 20 or 21, which is the same, and 2F
		0x81, 0x02,
	})
	x, _ := field(t, d, hid.Input, 0x010030)
	if v, ok := x.Value([]byte{0xFE}, 0); !ok || v != -2 {
		t.Errorf("-2 is read as %d, %t", v, ok)
	}
	if f, at := field(t, d, hid.Input, 0x0B002F); at != 1 || f.Bit != 8 || f.Size != 1 {
		t.Errorf("position %d of %+v", at, f)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"an item that is cut off":              "05",
		"a long item that is cut off":          "fe 05 00 01",
		"a long item without its head":         "fe 05",
		"a collection without an end":          "a1 01",
		"an end without a collection":          "c0",
		"a report with the ID 0":               "85 00",
		"a report with the ID 256":             "86 00 01",
		"a state that was not kept":            "b4",
		"too many states":                      "a4 a4 a4 a4 a4",
		"a control of 257 bits":                "76 01 01",
		"too many controls":                    "97 ff ff ff ff",
		"a report that is too long":            "75 20 96 00 40 81 02",
		"a descriptor that is longer than all": strings.Repeat("a4 b4", 2049),
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := hid.Parse(b); !errors.Is(err, hid.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSet(t *testing.T) {
	d := parse(t, hidtest.Speakerphone())
	f, at := field(t, d, hid.Output, 0x080009)
	data := []byte{0xFF}
	if !f.Set(data, at, false) || data[0] != 0xFD {
		t.Errorf("% X", data)
	}
	if !f.Set(data, at, true) || data[0] != 0xFF {
		t.Errorf("% X", data)
	}
	if f.Set(nil, at, true) || f.Set(data, 4, true) || f.Set(data, -1, true) {
		t.Error("what is not there was set")
	}
}

// TestFind: devices in a copy of the kernel's tree, and a tree without any.
func TestFind(t *testing.T) {
	root := t.TempDir()
	if all, err := hid.Find(root); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	for node, name := range map[string]string{"hidraw0": "Example Keyboard", "hidraw1": "Example Phone"} {
		dir := filepath.Join(root, "sys/class/hidraw", node, "device")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, text := range map[string][]byte{
			"report_descriptor": hidtest.Speakerphone(),
			"uevent":            []byte("DRIVER=hid-generic\nHID_ID=0003:00001209:00000001\nHID_NAME=" + name + "\nHID_UNIQ=\n"),
		} {
			if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "sys/class/hidraw/hidraw2"), 0o755); err != nil { // it goes away meanwhile
		t.Fatal(err)
	}
	all, err := hid.Find(root)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if d := all[1]; d.Node != "/dev/hidraw1" || d.Name != "Example Phone" || !bytes.Equal(d.Report, hidtest.Speakerphone()) {
		t.Errorf("%+v", d)
	}
}

// TestOpenRefuses: what is no HID device says so.
func TestOpenRefuses(t *testing.T) {
	if _, err := hid.Open(hid.Found{Node: filepath.Join(t.TempDir(), "hidraw0")}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := hid.Open(hid.Found{Node: "/dev/null"}); err == nil {
		t.Error("/dev/null passes for a HID device")
	}
}

// FuzzParse: whatever a device says, there is an error, or fields that lie in their reports.
func FuzzParse(f *testing.F) {
	f.Add(hidtest.Speakerphone())
	f.Add(hidtest.Latch())
	f.Add(hidtest.Keyboard())
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := hid.Parse(b)
		if err != nil {
			if !errors.Is(err, hid.ErrMalformed) {
				t.Errorf("an error of another kind: %v", err)
			}
			return
		}
		for _, field := range d.Fields {
			length := d.Length(field.Kind, field.Report)
			if field.Bit < 0 || field.Bit+field.Size*field.Count > 8*length {
				t.Errorf("%+v goes beyond its report of %d bytes", field, length)
			}
			data := bytes.Repeat([]byte{0xA5}, min(length, 64))
			for i := range min(field.Count, 64) {
				v, ok := field.Value(data, i)
				if ok && (v < -1<<31 || v >= 1<<32) {
					t.Errorf("a control of %d bits has the value %d", field.Size, v)
				}
				if field.Set(data, i, true) && field.Size <= 32 && field.Size > 1 {
					if v, ok := field.Value(data, i); !ok || v != 1 {
						t.Errorf("1 was set, and %d is read", v)
					}
				}
			}
			if at, ok := field.Position(0x0B002F); ok && at < 0 {
				t.Errorf("position %d", at)
			}
		}
	})
}
