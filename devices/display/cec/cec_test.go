package cec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"greenroom/devices/display"
)

// cable is a display in software at the other end of a cable.
type cable struct {
	seen  []string
	power byte
	fails error
}

func (c *cable) Claim() (byte, uint16, error) { return 4, 0x2100, c.fails }
func (c *cable) Close() error                 { return nil }

func (c *cable) Send(m []byte, reply byte) ([]byte, error) {
	c.seen = append(c.seen, fmt.Sprintf("% X", m))
	if reply == opPowerStatus {
		return []byte{0x04, opPowerStatus, c.power}, nil
	}
	return nil, nil
}

// TestMessages holds each command to the bytes of HDMI 1.4b's supplement 1, from playback device 4 at 2.1.0.0.
func TestMessages(t *testing.T) {
	for want, do := range map[string]func(context.Context, *Display) error{
		"40 04":       func(ctx context.Context, d *Display) error { return d.SetPower(ctx, true) },
		"40 36":       func(ctx context.Context, d *Display) error { return d.SetPower(ctx, false) },
		"4F 82 21 00": func(ctx context.Context, d *Display) error { return d.SetInput(ctx, Own) },
		"40 44 65":    func(ctx context.Context, d *Display) error { return d.SetMute(ctx, true) },
		"40 44 66":    func(ctx context.Context, d *Display) error { return d.SetMute(ctx, false) },
	} {
		c := &cable{}
		if err := do(t.Context(), New(c)); err != nil || c.seen[0] != want {
			t.Errorf("%q was sent, want %s; %v", c.seen, want, err)
		}
		if len(c.seen) > 1 && c.seen[1] != "40 45" {
			t.Errorf("the key is not released: %q", c.seen)
		}
	}
	for power, want := range []display.Power{display.PowerOn, display.PowerOff, display.PowerWarming, display.PowerCooling} {
		s, err := New(&cable{power: byte(power)}).Status(t.Context())
		if err != nil || s.Power != want || s.Volume != -1 {
			t.Errorf("%d: %+v, %v", power, s, err)
		}
	}
	d := New(&cable{power: 9})
	if _, err := d.Status(t.Context()); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
	if err := errors.Join(d.SetVolume(t.Context(), 3), d.SetInput(t.Context(), "hdmi1")); !errors.Is(err, display.ErrUnsupported) {
		t.Error(err)
	}
	if err := New(&cable{fails: ErrNoDisplay}).SetPower(t.Context(), true); !errors.Is(err, ErrNoDisplay) {
		t.Error(err)
	}
}

// TestOutcome: each way in which the kernel says that a message fared.
func TestOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		m    message
		want error
	}{
		"nobody there": {message{TxStatus: txNack | 1<<5}, ErrNoDisplay},
		"disturbed":    {message{TxStatus: 1 << 4}, display.ErrSilent},
		"no answer":    {message{TxStatus: txOK, RxStatus: 1 << 1}, display.ErrSilent},
		"not known":    {message{TxStatus: txOK, RxStatus: rxOK | rxAbort}, display.ErrUnsupported},
		"too long":     {message{TxStatus: txOK, RxStatus: rxOK, Len: 17}, ErrMalformed},
		"answered":     {message{TxStatus: txOK, RxStatus: rxOK, Len: 3}, nil},
	} {
		if b, err := c.m.outcome([]byte{0x40, 0x8F}, opPowerStatus); !errors.Is(err, c.want) || err == nil && len(b) != 3 {
			t.Errorf("%s: % X, %v", name, b, err)
		}
	}
	if _, err := newMessage(make([]byte, 17), 0); err == nil {
		t.Error("17 bytes were taken")
	}
	if m, err := newMessage([]byte{0x40, 0x8F}, opPowerStatus); err != nil || m.Len != 2 || m.Timeout != 1000 || m.Msg[1] != 0x8F {
		t.Errorf("%+v, %v", m, err)
	}
	// The numbers of linux/cec.h, as a C compiler makes them.
	for got, want := range map[uintptr]uintptr{getPhysical: 0x80026101, getAddresses: 0x805C6103, setAddresses: 0xC05C6104, transmit: 0xC0386105} {
		if got != want {
			t.Errorf("%#x, want %#x", got, want)
		}
	}
}

func TestOpen(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.SetPower(t.Context(), true); err == nil {
		t.Error("a file that is no CEC device was told something")
	}
}

// FuzzPower: whatever a display reports, a power comes of it or an error that is named.
func FuzzPower(f *testing.F) {
	f.Add([]byte{0x04, 0x90, 0x00})
	f.Fuzz(func(t *testing.T, m []byte) {
		p, err := parsePower(m)
		if (err == nil) == (p == display.PowerUnknown) || err != nil && !errors.Is(err, ErrMalformed) {
			t.Errorf("% X: %q, %v", m, p, err)
		}
	})
}
