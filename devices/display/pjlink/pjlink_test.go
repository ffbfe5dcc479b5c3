package pjlink_test

import (
	"bufio"
	"crypto/md5"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"greenroom/devices/display"
	"greenroom/devices/display/pjlink"
)

// projector answers over real TCP: each connection is greeted, and one line answered.
func projector(t *testing.T, greeting string, answer func(line string) string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte(greeting))
			if line, err := bufio.NewReader(conn).ReadString('\r'); err == nil {
				_, _ = conn.Write([]byte(answer(line)))
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestDigest: the example of the specification, section 5.1: 498e4a67 and JBMIAProjectorLink.
func TestDigest(t *testing.T) {
	const want = "5d8409bc1c3fa39749434aa3a5c38682"
	if sum := fmt.Sprintf("%x", md5.Sum([]byte("498e4a67JBMIAProjectorLink"))); sum != want {
		t.Fatal(sum)
	}
	address := projector(t, "PJLINK 1 498e4a67\r", func(line string) string {
		if line == want+"%1POWR 1\r" {
			return "%1POWR=OK\r"
		}
		return "PJLINK ERRA\r"
	})
	if err := (pjlink.Display{Address: address, Password: "JBMIAProjectorLink"}).SetPower(t.Context(), true); err != nil {
		t.Error(err)
	}
	for _, password := range []string{"", "wrong"} {
		if err := (pjlink.Display{Address: address, Password: password}).SetPower(t.Context(), true); !errors.Is(err, pjlink.ErrPassword) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestStatus(t *testing.T) {
	d := pjlink.Display{Address: projector(t, "PJLINK 0\r", func(line string) string {
		return map[string]string{"%1POWR ?\r": "%1POWR=1\r", "%1INPT ?\r": "%1INPT=31\r", "%1AVMT ?\r": "%1AVMT=21\r", "%1AVMT 20\r": "%1AVMT=OK\r", "%1INPT 32\r": "%1INPT=OK\r"}[line]
	})}
	if s, err := d.Status(t.Context()); err != nil || s != (display.Status{Power: display.PowerOn, Input: "31", Muted: true, Volume: -1}) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := errors.Join(d.SetMute(t.Context(), false), d.SetInput(t.Context(), "32")); err != nil {
		t.Error(err)
	}
	if d.SetInput(t.Context(), "HDMI") == nil || !errors.Is(d.SetVolume(t.Context(), 3), display.ErrUnsupported) {
		t.Error("what class 1 does not have was taken")
	}
}

func TestErrors(t *testing.T) {
	for answer, want := range map[string]error{
		"%1POWR=ERR1\r": display.ErrUnsupported, "%1POWR=ERR2\r": display.ErrRefused, "%1POWR=ERR3\r": display.ErrBusy,
		"%1POWR=ERR4\r": display.ErrRefused, "%1INPT=OK\r": pjlink.ErrMalformed, "": display.ErrSilent, "%1PO": display.ErrSilent,
		"%1POWR=what\r": pjlink.ErrMalformed, strings.Repeat("x", 200) + "\r": pjlink.ErrMalformed,
	} {
		d := pjlink.Display{Address: projector(t, "PJLINK 0\r", func(string) string { return answer })}
		if err := d.SetPower(t.Context(), false); !errors.Is(err, want) {
			t.Errorf("%.20q: %v", answer, err)
		}
	}
	d := pjlink.Display{Address: projector(t, "SSH-2.0\r", func(string) string { return "" })}
	if err := d.SetPower(t.Context(), true); !errors.Is(err, pjlink.ErrMalformed) {
		t.Errorf("another service: %v", err)
	}
}
