package speakerphone_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"testing"

	"greenroom/devices/hid"
	"greenroom/devices/hid/hidtest"
	"greenroom/devices/speakerphone"
)

func phone(t *testing.T, descriptor []byte) *speakerphone.Phone {
	t.Helper()
	d, err := hid.Parse(descriptor)
	if err != nil {
		t.Fatal(err)
	}
	return speakerphone.New(d)
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What devices that are sold say of themselves, as others have noted it down.
const (
	// A headset: in report 2 hook switch, line busy, mute, flash, redial, speed dial, button 7 and a key pad of 4 bits; out
	// off-hook, mute, ring, hold, microphone.
	headset = "050b0905a10185021500250109200997750195028122092f09210924095075019504810609070509750195018102050b0906a10219b029bb" +
		"1500250b750495018100c07501950581010508150025010917090909180920092175019505912205 0b15002501099e7501950191227501950a9101c0"
	// Earphones: volume and player keys, then redial, hook switch and mute in the same report 1; no lights.
	earphones = "050c0901a10185011500250175019501" +
		"09e9810209ea810209cd810209b5810209b6810209b7810209b3810209b48102050b0924810209208102092f810695058101c0"
	// A phone whose keys are an array of usages 20 to 2F, 8 bits each, without lights.
	array = "050b0901a10115002510750895021920292f8100c0"
	// A control that says on and off by 1 and -1.
	twoWay = "050b0901a10115ff25017508950109 2f8106c0"
	// A button that calls itself absolute, and returns by itself.
	momentary = "050b0901a101150025017501950109 2f810295078101c0"
)

func TestPresses(t *testing.T) {
	const (
		none, toggle, mute, unmute = speakerphone.Press(0), speakerphone.Toggle, speakerphone.Mute, speakerphone.Unmute
	)
	for name, c := range map[string]struct {
		descriptor []byte
		reports    []string
		want       []speakerphone.Press // of each report
	}{
		"a button": {
			hidtest.Speakerphone(),
			[]string{"0204", "0204", "0200", "0204", "0104", "0200", "0201"}, // held, let go, pressed, a volume key, let go, the hook
			[]speakerphone.Press{toggle, none, none, toggle, none, none, none},
		},
		"a headset": {
			unhex(t, clean(headset)),
			[]string{"020500", "020100", "020100", "020580", "028100"},
			[]speakerphone.Press{toggle, none, none, toggle, none},
		},
		"earphones": {
			unhex(t, earphones),
			[]string{"010004", "010000", "010104"},
			[]speakerphone.Press{toggle, none, toggle},
		},
		"a switch that stays": {
			hidtest.Latch(),
			[]string{"00", "01", "01", "00", "01"}, // what it is at first is no change
			[]speakerphone.Press{none, mute, none, unmute, mute},
		},
		"a switch that is on at first": {
			hidtest.Latch(), []string{"01", "00"}, []speakerphone.Press{mute, unmute},
		},
		"on and off":      {unhex(t, clean(twoWay)), []string{"01", "00", "ff", "00", "ff"}, []speakerphone.Press{mute, none, unmute, none, unmute}},
		"absolute":        {unhex(t, clean(momentary)), []string{"01", "00", "01"}, []speakerphone.Press{toggle, none, toggle}},
		"an array":        {unhex(t, array), []string{"0000", "000f", "0f00", "0001", "0f0f"}, []speakerphone.Press{none, toggle, none, none, toggle}},
		"too short":       {hidtest.Speakerphone(), []string{"", "02", "0204"}, []speakerphone.Press{none, none, toggle}},
		"another's ID":    {hidtest.Speakerphone(), []string{"0304"}, []speakerphone.Press{none}},
		"longer than due": {hidtest.Speakerphone(), []string{"0204ffff"}, []speakerphone.Press{toggle}},
	} {
		t.Run(name, func(t *testing.T) {
			p := phone(t, c.descriptor)
			for i, text := range c.reports {
				got := p.Read(unhex(t, text))
				if c.want[i] == none && len(got) == 0 || slices.Equal(got, c.want[i:i+1]) {
					continue
				}
				t.Errorf("report %d, %s: %v, want %v", i, text, got, c.want[i])
			}
		})
	}
}

func clean(text string) string { return string(bytes.ReplaceAll([]byte(text), []byte(" "), nil)) }

func TestLights(t *testing.T) {
	for name, c := range map[string]struct {
		descriptor  []byte
		muted, call bool
		want        []string
	}{
		"dark":           {hidtest.Speakerphone(), false, false, []string{"0200"}},
		"a call":         {hidtest.Speakerphone(), false, true, []string{"0201"}},
		"a muted call":   {hidtest.Speakerphone(), true, true, []string{"0203"}},
		"muted":          {hidtest.Speakerphone(), true, false, []string{"0202"}},
		"a headset":      {unhex(t, clean(headset)), true, true, []string{"020300"}},
		"without an ID":  {hidtest.Latch(), true, true, []string{"0001"}},
		"without lights": {unhex(t, earphones), true, true, nil},
	} {
		p := phone(t, c.descriptor)
		var got []string
		for _, report := range p.Lights(c.muted, c.call) {
			got = append(got, hex.EncodeToString(report))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if p.Lit() != (len(c.want) > 0) {
			t.Errorf("%s: Lit is %t", name, p.Lit())
		}
	}
}

// TestNoPhone: a keyboard has a light with the number of the mute light's page, and no mute button.
func TestNoPhone(t *testing.T) {
	if phone(t, hidtest.Keyboard()) != nil {
		t.Error("a keyboard passes for a telephone")
	}
}

// FuzzPhone: a device that says anything of itself, and sends anything. Nothing of it harms; its lights are no longer than
// its reports.
func FuzzPhone(f *testing.F) {
	f.Add(hidtest.Speakerphone(), []byte{2, 4})
	f.Add(hidtest.Latch(), []byte{1})
	f.Add([]byte(nil), []byte{})
	f.Fuzz(func(t *testing.T, descriptor, report []byte) {
		d, err := hid.Parse(descriptor)
		if err != nil {
			return
		}
		p := speakerphone.New(d)
		if p == nil {
			return
		}
		p.Read(report)
		if again := p.Read(report); slices.Contains(again, speakerphone.Toggle) {
			t.Error("the same report once more is another press")
		}
		for _, out := range p.Lights(true, true) {
			if want := 1 + d.Length(hid.Output, out[0]); len(out) != want {
				t.Errorf("a report has %d bytes instead of %d", len(out), want)
			}
		}
		if p.Longest() < 1 {
			t.Error("no report fits")
		}
	})
}
