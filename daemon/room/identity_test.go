package room_test

import (
	"testing"

	"greenroom/daemon/room"
)

func (d *drive) wantKey(c room.Command, code string, effects ...room.Effect) {
	d.t.Helper()
	if got := d.do(c); got != code {
		d.t.Errorf("%s %q is refused with %q, want %q", c, c.Text, got, code)
	}
	d.wantEffects(effects...)
}

func TestCommandsAboutTheKey(t *testing.T) {
	rotate, move, reset := room.CommandKeyRotate, room.CommandKeyMove, room.CommandKeyReset
	d := idleDrive(t) // the key is in a file
	d.wantKey(room.Command{Do: rotate}, "", room.RotateKey{Command: rotate})
	d.wantKey(room.Command{Do: move, Text: "tpm"}, "", room.RotateKey{Command: move, To: "tpm"})
	d.wantKey(room.Command{Do: move, Text: "file"}, room.CodeKeyThere)
	d.wantKey(room.Command{Do: move, Text: "cloud"}, room.CodeBackendUnknown)
	for _, wrong := range []string{"", "aspen", "Aspen ", "Birch"} {
		d.wantKey(room.Command{Do: reset, Text: wrong}, room.CodeNameWrong)
	}
	d.wantKey(room.Command{Do: reset, Text: "Aspen"}, "", room.ResetKey{})
}

// TestResetIsTheWayOutOfAFault: it needs no key that works.
func TestResetIsTheWayOutOfAFault(t *testing.T) {
	for _, code := range []string{room.FaultKeystoreCorrupt, room.FaultTPMReplaced, room.FaultTPMCleared} {
		d := newDrive(t).apply(room.FaultRaised{Fault: room.FaultOf(code)})
		d.wantKey(room.Command{Do: room.CommandKeyRotate}, room.CodeFault)
		d.wantKey(room.Command{Do: room.CommandKeyReset, Text: "Aspen"}, "", room.ResetKey{})
	}
}

// TestKeyThatWaits: a move may be asked for again while the hub has not acknowledged it, and what failed is said.
func TestKeyThatWaits(t *testing.T) {
	d := idleDrive(t)
	id := d.state().Identity
	id.Next = &room.NextIdentity{Backend: "tpm", Fingerprint: "1111 2222", Text: "The server cannot be reached."}
	d.apply(room.IdentityKnown{Identity: id})
	d.wantKey(room.Command{Do: room.CommandKeyMove, Text: "tpm"}, "", room.RotateKey{Command: room.CommandKeyMove, To: "tpm"})
	d.wantKey(room.Command{Do: room.CommandKeyMove, Text: "file"}, "", room.RotateKey{Command: room.CommandKeyMove, To: "file"})
	d.apply(room.KeyFailed{Command: room.CommandKeyMove, Code: room.CodeKeyPending})
	if r := d.state().Refusal; r == nil || r.Code != room.CodeKeyPending || r.Text != room.TextOf(room.CodeKeyPending) || r.Command != "key-move" {
		t.Errorf("the refusal is %+v", r)
	}
	d.apply(room.KeyFailed{Command: room.CommandKeyReset})
	if r := d.state().Refusal; r == nil || r.Code != room.CodeKeyFailed {
		t.Errorf("the refusal is %+v", r)
	}
}
