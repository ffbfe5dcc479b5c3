package daemon

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/daemon/room"
	"greenroom/keystore"
	"greenroom/keystore/custody"
)

// keyring looks after the room's keystore while it is open:
//
//	         RotateKey            the hub acknowledged
//	settled ----------> pending ----------------------> settled, with a new self
//	   |                   |  the hub refused, and goes on knowing the old key
//	   |                   +--------------------------> settled
//	   +--- ResetKey ---> set aside; the keystore is opened again, with an identity that nobody knows
//
// A pending rotation is in the keystore and outlives the daemon. The hub is asked to acknowledge it only while the room is
// in no meeting, since a meeting knows its members by the keys that they came with; before each attempt to join it is
// asked at once, so that an acknowledgement whose answer was lost keeps nobody out.
type keyring struct {
	d      *Daemon
	health keyHealth

	asked    chan room.Effect   // RotateKey and ResetKey, one at a time
	settling chan chan struct{} // an attempt waits until the hub was asked; closed then
	pending  atomic.Bool        // whether a rotation is

	// inUse is held for reading by attempts to join and the meetings that come of them, and for writing while the room's
	// self is changed.
	inUse sync.RWMutex
}

func newKeyring(d *Daemon) *keyring {
	return &keyring{
		d:        d,
		health:   keyHealth{post: d.post, ill: make(chan struct{}, 1)},
		asked:    make(chan room.Effect, 1),
		settling: make(chan chan struct{}),
	}
}

// ask has the keyring carry out an effect. It never waits.
func (k *keyring) ask(e room.Effect) {
	select {
	case k.asked <- e:
	default:
		k.failed(commandOf(e), room.CodeKeyPending, "")
	}
}

func commandOf(e room.Effect) room.CommandName {
	if rotate, ok := e.(room.RotateKey); ok {
		return rotate.Command
	}
	return room.CommandKeyReset
}

func (k *keyring) failed(c room.CommandName, code, text string) {
	k.d.post(room.KeyFailed{Command: c, Code: code, Text: text})
}

// settle returns when a rotation that is pending was brought before the hub, or none is.
func (k *keyring) settle(ctx context.Context) {
	if !k.pending.Load() {
		return
	}
	done := make(chan struct{})
	select {
	case k.settling <- done:
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// next is what becomes of the vault when tend returns.
type next int

const (
	ended   next = iota // ctx ended
	renewed             // the room has a new self
	reset               // it is to be set aside
)

// handoverAgain is how soon the hub is asked again to acknowledge a new key.
const handoverAgain = 5 * time.Second

// tend looks after an open vault until the room's self changes.
func (k *keyring) tend(ctx context.Context, v *custody.Vault, s *self) (next, error) {
	_, pending := v.Pending()
	k.pending.Store(pending)
	k.tell(v, "")
	x := handover{keyring: k, vault: v, self: s}
	again, probe := time.NewTimer(0), time.NewTimer(time.Hour)
	defer again.Stop()
	defer probe.Stop()
	probe.Stop()
	var ill pause
	for {
		renew, err := false, error(nil)
		select {
		case <-ctx.Done():
			return ended, nil
		case e := <-k.asked:
			rotate, isRotate := e.(room.RotateKey)
			if !isRotate {
				return reset, nil
			}
			if x.rotate(rotate) {
				renew, err = x.try(ctx, false)
			}
		case done := <-k.settling:
			renew, err = x.try(ctx, true)
			close(done)
		case <-again.C:
			renew, err = x.try(ctx, false)
		case <-s.hub.outdated:
			if !k.pending.Load() {
				k.d.post(room.FaultRaised{Fault: room.FaultOf(room.FaultKeySucceeded)})
				continue
			}
			renew, err = x.try(ctx, false)
		case <-k.health.ill:
			probe.Reset(ill.longer())
		case <-probe.C:
			if k.probe(s); !k.health.well() {
				probe.Reset(ill.longer())
				continue
			}
			ill.succeed()
		}
		switch {
		case err != nil:
			return ended, err
		case renew:
			return renewed, nil
		case k.pending.Load():
			again.Reset(handoverAgain)
		}
	}
}

// probe has a key sign that did not, to find out whether it does again.
func (k *keyring) probe(s *self) {
	digest := sha256.Sum256([]byte("greenroom-1 does the identity key sign?"))
	_, err := s.key.Sign(k.d.rand, digest[:], crypto.SHA256)
	if err == nil {
		k.d.log.Info("the identity key signs again")
	}
}

// setAside sets the keystore aside. It is closed already.
func (k *keyring) setAside() {
	aside, err := custody.Reset(k.d.cfg.State.KeystoreDir(), k.d.now())
	switch {
	case errors.Is(err, keystore.ErrMissing): // there is nothing to set aside
	case err != nil:
		k.d.log.Error("the keystore was not set aside", "error", err)
		k.failed(room.CommandKeyReset, room.CodeKeyFailed, explainKey(err))
	default:
		k.d.log.Warn("the keystore was set aside, since somebody asked for it; a new identity is made", "folder", aside)
	}
}

// explainKey says for the people at the screen what is wrong with the keystore: without paths, which stand in the log.
func explainKey(err error) string {
	var wrong *keystore.Error
	if !errors.As(err, &wrong) {
		return ""
	}
	text := sentence(errors.New(wrong.Text()))
	if wrong.Do != "" {
		text += " " + wrong.Do
	}
	return text
}
